import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from course_utils.device import seed_everything
from course_utils.training import Batches, Checkpoint, EarlyStopping, ema, linear_tail, train
from course_utils.training.loop import History

pytestmark = pytest.mark.usefixtures("unchecked")  # beartype draws from Python's generator

STEPS = 40
X = torch.linspace(-2, 2, 50).sin().outer(torch.linspace(0.1, 1, 4))


class Run(SimpleNamespace):
    """A run whose step draws from every generator and changes every kind of part."""

    def __init__(self, path: Path, every: int = 7, width: int = 3) -> None:
        seed_everything(5)
        self.model = nn.Sequential(nn.Linear(4, width), nn.Dropout(0.2), nn.Linear(width, 4))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.05, fused=True)
        self.schedule = linear_tail(self.optimizer, steps=STEPS, tail=0.8)
        self.average = ema(self.model, decay=0.9)
        self.own = torch.Generator().manual_seed(11)
        self.batches = Batches(X, size=8, seed=2)
        self.stop = EarlyStopping(
            self.model, lambda: self.loss(X, 1.0).item(), every=3, patience=1000
        )
        names = ("model", "optimizer", "schedule", "average", "own", "stop")
        self.checkpoint = Checkpoint(path, every=every, **{n: getattr(self, n) for n in names})

    def loss(self, x: Tensor, factor: float) -> Tensor:
        return (self.model(x) - factor * x).square().mean()

    def step(self, x: Tensor) -> dict[str, Tensor | float]:
        own = torch.randn(x.shape, generator=self.own)
        noisy = x + 0.1 * own + 0.1 * torch.randn_like(x)
        loss = self.loss(noisy, random.random() + np.random.randn())
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.schedule.step()
        self.average.update_parameters(self.model)
        return {"loss": loss, "drawn": own.mean(), "python": random.random()}

    def train(self, steps: int) -> History:
        return train(self.step, self.batches, steps, stop=self.stop, checkpoint=self.checkpoint)

    def fingerprint(self) -> list[Tensor]:
        """Every number that decides the next step."""
        optimizer = self.optimizer.state_dict()["state"].values()
        stop = self.stop
        return [
            *self.model.state_dict().values(),
            *self.average.state_dict().values(),
            *(torch.as_tensor(value) for state in optimizer for value in state.values()),
            torch.tensor(self.optimizer.param_groups[0]["lr"], dtype=torch.float64),
            torch.tensor([self.schedule.last_epoch, stop.steps, stop.waited]),
            torch.tensor(stop.best, dtype=torch.float64),
            *stop.best_weights.values(),
            self.own.get_state(),
            torch.get_rng_state(),
            torch.from_numpy(np.random.get_state()[1].astype(np.int64)),
            torch.tensor(np.random.get_state()[2:], dtype=torch.float64),
            torch.tensor(random.getstate()[1]),
            self.batches.order,
            torch.tensor(self.batches.position),
            self.batches.generator.get_state(),
        ]


def same(a: list[Tensor], b: list[Tensor]) -> bool:
    return all(torch.equal(one, other) for one, other in zip(a, b, strict=True))


@pytest.mark.parametrize("first", [1, 6, 7, 20, 39])
def test_resumed_run_is_the_uninterrupted_run_to_the_bit(tmp_path: Path, first: int) -> None:
    whole = Run(tmp_path / "whole.pt")
    history, state = whole.train(STEPS), whole.fingerprint()

    Run(tmp_path / "parts.pt").train(first)
    seed_everything(99)
    rest = Run(tmp_path / "parts.pt")
    seed_everything(123)  # whatever the new process happens to hold
    rest.own.manual_seed(77)

    assert rest.train(STEPS) == history
    assert same(rest.fingerprint(), state)
    assert len(history["loss"]) == STEPS


def test_saving_does_not_change_the_run(tmp_path: Path) -> None:
    often = Run(tmp_path / "often.pt", every=1)
    history, state = often.train(STEPS), often.fingerprint()
    never = Run(tmp_path / "never.pt", every=1000)

    assert never.train(STEPS) == history
    assert same(state, never.fingerprint())


def test_finished_run_is_not_continued(tmp_path: Path) -> None:
    history = Run(tmp_path / "run.pt").train(12)
    again = Run(tmp_path / "run.pt")
    before = (tmp_path / "run.pt").read_bytes()

    assert again.train(12) == history
    assert (tmp_path / "run.pt").read_bytes() == before


def test_longer_run_goes_on_from_a_finished_one(tmp_path: Path) -> None:
    whole = Run(tmp_path / "whole.pt")
    history, state = whole.train(20), whole.fingerprint()
    for steps in (5, 12, 20):
        run = Run(tmp_path / "run.pt")
        found = run.train(steps)

    assert found == history
    assert same(run.fingerprint(), state)


@pytest.mark.parametrize(("steps", "saved"), [(5, [5]), (6, [3, 6]), (8, [3, 6, 8]), (2, [2])])
def test_saves_come_at_their_steps_and_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: int, saved: list[int]
) -> None:
    run, seen = Run(tmp_path / "run.pt", every=5 if steps == 5 else 3), []
    save = Checkpoint.save

    def spy(self: Checkpoint, step: int, batches: object, history: History) -> None:
        assert len(history["loss"]) == step
        seen.append(step)
        save(self, step, batches, history)

    monkeypatch.setattr(Checkpoint, "save", spy)
    run.train(steps)
    assert seen == saved


def test_end_by_stop_and_end_of_the_batches_are_saved(tmp_path: Path) -> None:
    numbers = iter(range(1, 100))
    stopped, ended = Checkpoint(tmp_path / "a.pt"), Checkpoint(tmp_path / "b.pt")
    train(
        lambda x: {},
        Batches(X, size=8, seed=0),
        50,
        stop=lambda: next(numbers) == 4,
        checkpoint=stopped,
    )
    train(lambda x: {"a": 1.0}, [X] * 6, 50, checkpoint=ended)

    assert stopped.read()["step"] == 4
    assert ended.read()["step"] == 6
    assert ended.read()["history"] == {"a": [1.0] * 6}


def test_interrupted_run_is_saved_and_resumes_to_the_bit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = Run(tmp_path / "whole.pt", every=1000)
    history, state = whole.train(STEPS), whole.fingerprint()

    run = Run(tmp_path / "run.pt", every=1000)
    step = run.step

    def interrupted(x: Tensor) -> dict[str, Tensor | float]:
        if run.schedule.last_epoch == 16:
            signal.raise_signal(signal.SIGINT)
        return step(x)

    run.step = interrupted
    assert len(run.train(STEPS)["loss"]) == 17
    assert capsys.readouterr().out.startswith("Interrupted after step 17 of 40")

    rest = Run(tmp_path / "run.pt", every=1000)
    assert rest.train(STEPS) == history
    assert same(rest.fingerprint(), state)


SCRIPT = """
import os, pathlib, signal, sys
sys.path.insert(0, {tests!r})
from test_checkpoint import STEPS, Run
import torch

path, killed = pathlib.Path(sys.argv[1]), sys.argv[2]
run = Run(path, every=6)
step = run.step

def deadly(x):
    if killed == "kill" and run.schedule.last_epoch == 15:
        os.kill(os.getpid(), signal.SIGKILL)
    return step(x)

run.step = deadly
history = run.train(STEPS)
torch.save((history, run.fingerprint()), path.with_suffix(".end"))
"""


def process(path: Path, ending: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.format(tests=str(Path(__file__).parent)), path, ending],
        env={**os.environ, "COURSE_PROGRESS": "0", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL on Windows")
def test_killed_process_resumes_to_the_bit(tmp_path: Path) -> None:
    killed = process(tmp_path / "run.pt", "kill")
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "run.end").exists()
    assert Checkpoint(tmp_path / "run.pt").read()["step"] == 12  # three steps are lost

    finished = process(tmp_path / "run.pt", "go on")
    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "", "")

    history, state = torch.load(tmp_path / "run.end", weights_only=True)
    whole = Run(tmp_path / "whole.pt")
    assert whole.train(STEPS) == history
    assert same(whole.fingerprint(), state)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The bytes of a good checkpoint after 9 steps."""
    path = tmp_path_factory.mktemp("good") / "run.pt"
    Run(path).train(9)
    return path.read_bytes()


def refusal(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"run\.pt") as caught:
        Run(path).train(STEPS)

    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_truncated_file_is_named_as_damaged(tmp_path: Path, good: bytes) -> None:
    for share in (0.0, 0.01, 0.3, 0.9, 0.999):
        line = refusal(tmp_path / "run.pt", good[: int(share * len(good))])
        assert line.startswith(f"{tmp_path / 'run.pt'}: damaged or no checkpoint")


def test_random_bytes_are_named_as_damaged(tmp_path: Path) -> None:
    chance = random.Random(0)
    for size in [1, 5, 20, 100, 400] * 40:
        start = chance.choice([b"", b"\x80\x02", b"PK\x03\x04"])
        assert "damaged" in refusal(tmp_path / "run.pt", start + chance.randbytes(size))


def test_one_flipped_bit_in_a_number_is_named_as_damaged(tmp_path: Path, good: bytes) -> None:
    run = Run(tmp_path / "other.pt")
    weights = run.model[0].weight
    Checkpoint(tmp_path / "other.pt", model=run.model).save(1, [], {})
    content = bytearray((tmp_path / "other.pt").read_bytes())
    place = bytes(content).index(weights.detach().numpy().tobytes())
    content[place] ^= 1

    assert "damaged" in refusal(tmp_path / "run.pt", bytes(content))


@pytest.mark.parametrize(
    "content", [torch.zeros(2), {"weight": torch.zeros(2)}, {"step": 3, "parts": {}}, [1, 2]]
)
def test_other_torch_file_is_no_checkpoint(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "other")

    line = refusal(tmp_path / "run.pt", (tmp_path / "other").read_bytes())
    assert line.endswith("a torch file, but no checkpoint of this course")


def test_pickled_code_is_not_executed(tmp_path: Path) -> None:
    torch.save({"step": nn.Linear(1, 1)}, tmp_path / "other")

    assert "damaged" in refusal(tmp_path / "run.pt", (tmp_path / "other").read_bytes())


def test_other_parts_are_named(tmp_path: Path) -> None:
    model = nn.Linear(1, 1)
    Checkpoint(tmp_path / "run.pt", model=model).save(3, [], {})

    other = Checkpoint(tmp_path / "run.pt", discriminator=model)
    with pytest.raises(ValueError, match=r"expected the parts \['discriminator'\], found \['mod"):
        other.resume([], {})


def test_batches_that_cannot_be_resumed_are_other_parts(tmp_path: Path) -> None:
    model, batches = nn.Linear(1, 1), Batches(X, size=8, seed=0)
    checkpoint = Checkpoint(tmp_path / "run.pt", model=model)

    checkpoint.save(3, batches, {})
    with pytest.raises(ValueError, match=r"expected the parts \['model'\], found"):
        checkpoint.resume([X], {})
    checkpoint.save(3, [X], {})
    with pytest.raises(ValueError, match="expected the parts"):
        checkpoint.resume(batches, {})


@pytest.mark.parametrize("part", ["model", "optimizer", "own"])
def test_part_of_another_shape_is_named(tmp_path: Path, part: str) -> None:
    def parts(width: int) -> dict[str, object]:
        model = nn.Linear(width, 1, bias=width > 2)
        return {"model": model, "optimizer": torch.optim.Adam(model.parameters())}

    small, large = parts(2), parts(3)
    if part == "own":
        small["own"], large["own"] = small["model"], torch.Generator()
    Checkpoint(tmp_path / "run.pt", **{part: small[part]}).save(3, [], {})

    with pytest.raises(ValueError, match=f"{part}: saved with another shape; delete the file"):
        Checkpoint(tmp_path / "run.pt", **{part: large[part]}).resume([], {})


def test_batches_of_another_size_are_named(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "run.pt")
    checkpoint.save(3, Batches(X, size=8, seed=0), {})

    with pytest.raises(ValueError, match=r"run\.pt: the batches: saved with another shape"):
        checkpoint.resume(Batches(X, size=9, seed=0), {})


def test_failed_write_leaves_the_last_good_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Run(tmp_path / "run.pt").train(9)
    before = (tmp_path / "run.pt").read_bytes()

    def half(state: object, path: Path) -> None:
        Path(path).write_bytes(before[:100])
        raise OSError("no space left on device")

    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(OSError, match="no space left"):
        Run(tmp_path / "run.pt").train(STEPS)
    assert (tmp_path / "run.pt").read_bytes() == before

    monkeypatch.undo()
    history = Run(tmp_path / "run.pt").train(STEPS)
    assert Run(tmp_path / "whole.pt").train(STEPS) == history


def test_failed_step_leaves_the_last_good_file(tmp_path: Path) -> None:
    run = Run(tmp_path / "run.pt", every=4)
    step = run.step
    run.step = lambda x: step(x) | ({"bad": np.nan} if run.schedule.last_epoch == 10 else {})

    with pytest.raises(FloatingPointError, match="bad became nan at step 10"):
        run.train(STEPS)
    assert run.checkpoint.read()["step"] == 8


def test_folder_is_made_and_no_other_file_stays(tmp_path: Path) -> None:
    Run(tmp_path / "new" / "folder" / "run.pt").train(3)

    assert [path.name for path in (tmp_path / "new" / "folder").iterdir()] == ["run.pt"]


def test_file_may_be_moved_and_begun_again(tmp_path: Path) -> None:
    history = Run(tmp_path / "run.pt").train(9)
    shutil.move(tmp_path / "run.pt", tmp_path / "moved.pt")

    assert Run(tmp_path / "moved.pt").train(9) == history
    assert Run(str(tmp_path / "run.pt")).train(9) == history


def test_part_without_a_state_and_no_steps_between_saves_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="rate: expected a part with a state_dict, got float"):
        Checkpoint(tmp_path / "run.pt", rate=0.1)
    with pytest.raises(ValueError, match="every: expected at least 1 step, got 0"):
        Checkpoint(tmp_path / "run.pt", every=0)


def test_devices_that_are_here_are_saved_and_those_that_are_not_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []
    for module in (torch.cuda, torch.mps):
        suffix = "_all" if module is torch.cuda else ""
        state = [torch.ones(1)] if suffix else torch.ones(1)
        monkeypatch.setattr(module, f"get_rng_state{suffix}", lambda state=state: state)
        monkeypatch.setattr(module, f"set_rng_state{suffix}", calls.append)
    here = pytest.MonkeyPatch()
    here.setattr(torch.cuda, "is_available", lambda: True)
    here.setattr(torch.backends.mps, "is_available", lambda: True)
    checkpoint = Checkpoint(tmp_path / "run.pt")

    checkpoint.save(3, [], {})
    assert checkpoint.resume([], {}) == 3
    assert calls == [[torch.ones(1)], torch.ones(1)]

    here.undo()
    assert checkpoint.resume([], {}) == 3
    assert len(calls) == 2
