"""A recorded step trains as the plain one does; on a CPU nothing is recorded at all."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.optim import Adam

from course_utils.training import Batches, compiled, train
from course_utils.training.compiled import WARM_UP, replayed


class Tape:
    """Records as a GPU does: nothing runs, and each replay overwrites the same tensors."""

    def __init__(self) -> None:
        self.warmed = self.recorded = self.replays = 0

    def warm(self, action: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        self.warmed += 1
        return action()

    def record(self, action: Callable) -> tuple[dict[str, Tensor], Callable[[], None]]:
        self.recorded += 1
        numbers = {"loss": torch.zeros(())}

        def replay() -> None:
            self.replays += 1
            numbers["loss"].copy_(action()["loss"])

        return numbers, replay


def regression() -> tuple[nn.Linear, Callable[[Tensor, Tensor], dict[str, Tensor]]]:
    torch.manual_seed(0)
    model = nn.Linear(3, 1)
    optimizer = Adam(model.parameters(), lr=0.01)

    def step(x: Tensor, y: Tensor) -> dict[str, Tensor]:
        loss = (model(x) - y).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return {"loss": loss}

    return model, step


def batches() -> Batches:
    g = torch.Generator().manual_seed(1)
    return Batches(torch.randn(64, 3, generator=g), torch.randn(64, 1, generator=g), size=8, seed=0)


def test_recorded_step_trains_bit_for_bit_as_the_plain_one() -> None:
    (model, step), (other, same), tape = regression(), regression(), Tape()

    plain, fast = train(step, batches(), 20), train(replayed(same, tape), batches(), 20)

    assert plain == fast
    assert torch.equal(model.weight, other.weight)
    assert (tape.warmed, tape.recorded, tape.replays) == (WARM_UP, 1, 20 - WARM_UP)


def test_numbers_kept_for_fifty_steps_are_not_overwritten_by_the_next_replay() -> None:
    _, step = regression()
    fast = replayed(step, Tape())
    rows = iter(batches())

    kept = [fast(*next(rows))["loss"] for _ in range(8)]

    assert len({number.item() for number in kept}) == 8


def test_batches_are_left_as_they_were() -> None:
    _, step = regression()
    fast = replayed(step, Tape())
    rows = [(torch.full((8, 3), float(i)), torch.ones(8, 1)) for i in range(8)]

    for row in rows:
        fast(*row)

    assert [x[0, 0].item() for x, _ in rows] == list(range(8))


def test_another_shape_is_trained_on_without_the_recording() -> None:
    _, step = regression()
    tape = Tape()
    fast = replayed(step, tape)
    for _ in range(5):
        fast(torch.ones(8, 3), torch.ones(8, 1))

    loss = fast(torch.ones(2, 3), torch.ones(2, 1))["loss"]

    assert loss.shape == ()
    assert tape.replays == 2


def test_number_that_was_read_is_refused_by_name() -> None:
    class Eager(Tape):
        def record(self, action: Callable) -> tuple[dict[str, Tensor], Callable[[], None]]:
            return action(), lambda: None

    fast = replayed(lambda x: {"loss": 0.5}, Eager())
    for _ in range(WARM_UP):
        fast(torch.ones(1))

    with pytest.raises(ValueError, match=r"compiled: expected tensors, got loss = 0\.5"):
        fast(torch.ones(1))


def test_on_a_cpu_each_call_is_the_step_itself() -> None:
    seen = []

    def step(x: Tensor) -> dict[str, float]:
        seen.append(x)
        return {"loss": 1.0}

    fast, x = compiled(step), torch.ones(2)
    for _ in range(WARM_UP + 3):
        assert fast(x) == {"loss": 1.0}

    assert all(kept is x for kept in seen)
    assert len(seen) == WARM_UP + 3


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_graph_on_a_gpu_trains_as_the_plain_step() -> None:
    histories = []
    for make in (lambda step: step, compiled):
        torch.manual_seed(0)
        model = nn.Linear(3, 1, device="cuda")
        optimizer = Adam(model.parameters(), lr=0.01, capturable=True)

        def step(x: Tensor, y: Tensor, model=model, optimizer=optimizer) -> dict[str, Tensor]:
            loss = (model(x) - y).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            return {"loss": loss}

        g = torch.Generator().manual_seed(1)
        x, y = torch.randn(64, 3, generator=g).cuda(), torch.randn(64, 1, generator=g).cuda()
        histories.append(train(make(step), Batches(x, y, size=8, seed=0), 30)["loss"])

    assert histories[0] == pytest.approx(histories[1], abs=1e-5)
