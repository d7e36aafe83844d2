import math
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.optim import Adam

from course_utils.training import Batches, EarlyStopping, ema, linear_tail, train
from course_utils.training.batches import unit
from course_utils.training.loop import FLUSH

ROWS = torch.arange(23.0)


def take(batches: Batches, count: int) -> list[Tensor]:
    return list(islice(batches, count))


def counting() -> Callable[[Tensor], dict[str, Tensor]]:
    """A step whose number is 1, 2, 3, ..."""
    numbers = iter(range(1, 10**6))
    return lambda batch: {"count": torch.tensor(float(next(numbers)))}


def forever() -> Iterator[Tensor]:
    while True:
        yield torch.zeros(1)


@given(n=st.integers(1, 40), size=st.integers(1, 40), seed=st.integers(0, 10))
def test_epoch_visits_rows_at_most_once_and_all_that_fill_batches(
    n: int, size: int, seed: int
) -> None:
    size = min(size, n)
    batches = Batches(torch.arange(float(n)), size=size, seed=seed)
    assert batches.per_epoch == n // size

    for _ in range(3):
        epoch = take(batches, n // size)
        assert [len(batch) for batch in epoch] == [size] * (n // size)
        rows = torch.cat(epoch).tolist()
        assert len(set(rows)) == len(rows) == n // size * size
        assert set(rows) <= set(range(n))


def test_every_row_comes_up_within_a_few_epochs() -> None:
    seen = torch.cat(take(Batches(ROWS, size=5, seed=0), 10 * 4))

    assert set(seen.tolist()) == set(ROWS.tolist())


def test_shuffles_differ_by_epoch_and_by_seed_and_repeat_with_the_seed() -> None:
    first, second, other = (take(Batches(ROWS, size=23, seed=s), 2) for s in (0, 0, 1))

    assert all(torch.equal(a, b) for a, b in zip(first, second))
    assert not torch.equal(first[0], first[1])
    assert not torch.equal(first[0], other[0])
    assert not torch.equal(first[0], ROWS)


def test_shuffles_leave_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    take(Batches(ROWS, size=5, seed=0), 9)

    assert torch.equal(torch.get_rng_state(), before)


def test_bytes_become_numbers_in_zero_to_one_and_others_stay() -> None:
    grey = torch.arange(256, dtype=torch.uint8)[:, None]
    (batch,) = take(Batches(grey, size=256, seed=0), 1)

    assert batch.dtype == torch.float32
    torch.testing.assert_close(batch.sort(dim=0).values, torch.linspace(0, 1, 256)[:, None])
    for kept in (torch.arange(3), torch.rand(3), torch.rand(3, dtype=torch.float64)):
        assert unit(kept) is kept


def test_one_tensor_comes_bare_and_several_come_aligned() -> None:
    x = torch.randn(30, 2, 3)
    (bare,) = take(Batches(x, size=4, seed=0), 1)
    assert bare.shape == (4, 2, 3)

    y, z = torch.arange(30), x.sum(dim=(1, 2))
    for batch_x, batch_y, batch_z in take(Batches(x, y, z, size=4, seed=0), 20):
        assert torch.equal(batch_x, x[batch_y])
        assert torch.equal(batch_z, z[batch_y])
        assert batch_y.dtype == torch.int64


@given(done=st.integers(0, 20))
def test_resumed_batches_go_on_with_the_very_next_one(done: int) -> None:
    whole = take(Batches(ROWS, size=5, seed=3), done + 9)
    batches = Batches(ROWS, size=5, seed=3)
    take(batches, done)
    state = batches.state_dict()

    resumed = Batches(ROWS, size=5, seed=99)
    take(resumed, 7)
    resumed.load_state_dict(state)
    assert all(torch.equal(a, b) for a, b in zip(take(resumed, 9), whole[done:], strict=True))


def test_batches_go_on_across_iterators() -> None:
    whole = take(Batches(ROWS, size=5, seed=3), 7)
    batches = Batches(ROWS, size=5, seed=3)

    pieces = [*take(batches, 3), *take(batches, 4)]
    assert all(torch.equal(a, b) for a, b in zip(pieces, whole, strict=True))


def test_order_lives_on_the_device_of_the_data() -> None:
    batches = Batches(torch.zeros(23, 2, device="meta"), size=5, seed=0)

    assert batches.order.device.type == "meta"
    assert next(iter(batches)).device.type == "meta"


@pytest.mark.parametrize(("rows", "size"), [(50, 5), (23, 23)])
def test_batches_refuse_the_state_of_another_size(rows: int, size: int) -> None:
    batches = Batches(ROWS, size=5, seed=0)

    with pytest.raises(ValueError, match=rf"\(rows, size\) \({rows}, {size}\), found \(23, 5\)"):
        Batches(torch.zeros(rows), size=size, seed=0).load_state_dict(batches.state_dict())


def test_batches_refuse_tensors_of_unequal_length_and_impossible_sizes() -> None:
    with pytest.raises(ValueError, match=r"same number of rows in each, got \[3, 4\]"):
        Batches(torch.zeros(3), torch.zeros(4), size=1, seed=0)
    for size in (0, 4):
        with pytest.raises(ValueError, match=f"expected 1 to 3 examples a batch, got {size}"):
            Batches(torch.zeros(3), size=size, seed=0)


@pytest.mark.parametrize("steps", [0, 1, FLUSH - 1, FLUSH, FLUSH + 1, 3 * FLUSH + 7])
def test_history_has_the_number_of_every_step(steps: int) -> None:
    history = train(counting(), forever(), steps)

    assert history == ({"count": [float(i) for i in range(1, steps + 1)]} if steps else {})


def test_loop_takes_exactly_as_many_batches_as_steps() -> None:
    batches = iter(range(100))
    train(lambda i: {"i": float(i)}, batches, 60)

    assert next(batches) == 60


def test_numbers_may_be_tensors_or_floats_and_come_without_their_graph() -> None:
    weight = torch.ones((), requires_grad=True)
    history = train(lambda x: {"a": 2 * weight, "b": 3, "c": 0.5}, forever(), 2)

    assert history == {"a": [2.0, 2.0], "b": [3.0, 3.0], "c": [0.5, 0.5]}
    assert all(type(value) is float for values in history.values() for value in values)


def test_several_tensors_come_as_several_arguments() -> None:
    x, y = torch.randn(20, 3), torch.arange(20)
    seen: list[tuple[torch.Size, torch.Size]] = []

    def step(x: Tensor, y: Tensor) -> dict[str, Tensor]:
        seen.append((x.shape, y.shape))
        return {}

    assert train(step, Batches(x, y, size=4, seed=0), 3) == {}
    assert seen == [((4, 3), (4,))] * 3


@pytest.mark.parametrize("length", [0, 1, FLUSH, FLUSH + 5])
def test_finite_batches_end_the_run_with_all_their_numbers(length: int) -> None:
    history = train(counting(), [torch.zeros(1)] * length, 1000)

    assert history.get("count", []) == [float(i) for i in range(1, length + 1)]


def test_finite_batches_name_the_step_of_a_bad_number() -> None:
    numbers = iter([1.0] * (FLUSH + 2) + [math.nan, 1.0])

    with pytest.raises(FloatingPointError, match=f"at step {FLUSH + 3}$"):
        train(lambda x: {"a": next(numbers)}, [torch.zeros(1)] * (FLUSH + 4), 1000)


def test_device_is_read_only_every_fifty_steps() -> None:
    calls = []

    def step(x: Tensor) -> dict[str, float]:
        calls.append(1)
        return {"a": math.nan if len(calls) == 3 else 1.0}

    with pytest.raises(FloatingPointError, match=r"at step 3$"):
        train(step, forever(), 200)
    assert len(calls) == FLUSH == 50


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("bad", [1, 23, FLUSH, FLUSH + 1, 2 * FLUSH - 3])
def test_number_that_is_not_finite_is_named_with_its_step(bad: int, value: float) -> None:
    numbers = iter(range(1, 10**6))

    def step(x: Tensor) -> dict[str, Tensor]:
        return {"fine": x.sum(), "loss": torch.tensor(value if next(numbers) == bad else 1.0)}

    with pytest.raises(FloatingPointError, match=rf"^loss became {value} at step {bad}$"):
        train(step, forever(), 3 * FLUSH)


def test_stop_ends_the_run_after_the_step_it_saw() -> None:
    calls = iter(range(1, 1000))
    history = train(counting(), forever(), 100, stop=lambda: next(calls) == 7)

    assert history["count"] == [float(i) for i in range(1, 8)]


def test_two_models_with_two_optimisers_train_by_the_same_loop() -> None:
    """A one-parameter GAN: real data are 2, and the generator's shift has to follow."""
    generator, discriminator = nn.Linear(1, 1).double(), nn.Linear(1, 1).double()
    adam_g = torch.optim.Adam(generator.parameters(), lr=0.02, betas=(0.5, 0.9))
    adam_d = torch.optim.Adam(discriminator.parameters(), lr=0.02, betas=(0.5, 0.9))
    softplus = nn.functional.softplus

    def step(x_real: Tensor) -> dict[str, Tensor]:
        x_fake = generator(torch.randn_like(x_real))
        loss_d = (
            softplus(-discriminator(x_real)) + softplus(discriminator(x_fake.detach()))
        ).mean()
        adam_d.zero_grad()
        loss_d.backward()
        adam_d.step()

        loss_g = softplus(-discriminator(x_fake)).mean()
        adam_g.zero_grad()
        loss_g.backward()
        adam_g.step()
        return {"discriminator": loss_d, "generator": loss_g, "shift": generator.bias[0]}

    data = 2 + 0.1 * torch.randn(256, 1, dtype=torch.float64)
    history = train(step, Batches(data, size=64, seed=0), 400)
    assert {name: len(values) for name, values in history.items()} == dict.fromkeys(history, 400)
    assert set(history) == {"discriminator", "generator", "shift"}
    assert abs(np.mean(history["shift"][-100:]) - 2) < 0.7 < abs(history["shift"][0] - 2)


def test_interrupt_lets_the_step_finish_and_keeps_the_history(
    capsys: pytest.CaptureFixture[str],
) -> None:
    finished = []

    def step(x: Tensor) -> dict[str, float]:
        if len(finished) == 3:
            signal.raise_signal(signal.SIGINT)
        finished.append(1)
        return {"n": float(len(finished))}

    before = signal.getsignal(signal.SIGINT)
    history = train(step, forever(), 100)
    assert history == {"n": [1.0, 2.0, 3.0, 4.0]}
    assert len(finished) == 4
    assert capsys.readouterr().out == (
        "Interrupted after step 4 of 100: model and history are kept.\n"
    )
    assert signal.getsignal(signal.SIGINT) is before


def test_second_interrupt_does_not_wait_for_the_step() -> None:
    before = signal.getsignal(signal.SIGINT)

    def step(x: Tensor) -> dict[str, float]:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        pytest.fail("the second interrupt was swallowed")

    with pytest.raises(KeyboardInterrupt):
        train(step, forever(), 5)
    assert signal.getsignal(signal.SIGINT) is before


def test_handler_is_restored_after_an_error_too() -> None:
    before = signal.getsignal(signal.SIGINT)

    with pytest.raises(FloatingPointError):
        train(lambda x: {"a": math.nan}, forever(), 3)
    assert signal.getsignal(signal.SIGINT) is before


def test_uninterrupted_run_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    train(counting(), forever(), 5)

    assert capsys.readouterr().out == ""


def test_loop_runs_in_a_thread_where_no_signal_can_come() -> None:
    histories = []
    thread = threading.Thread(target=lambda: histories.append(train(counting(), forever(), 3)))
    thread.start()
    thread.join()

    assert histories == [{"count": [1.0, 2.0, 3.0]}]


def test_progress_bar_is_hidden_by_the_environment_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COURSE_PROGRESS", "0")
    train(counting(), forever(), 60)
    assert capsys.readouterr().err == ""

    monkeypatch.setenv("CI", "true")
    monkeypatch.delenv("COURSE_PROGRESS")
    train(counting(), forever(), 60)
    shown = capsys.readouterr().err
    assert "60/60" in shown
    assert "step/s" in shown or "s/step" in shown
    assert "count=60" in shown


def test_bar_ends_where_the_batches_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COURSE_PROGRESS")
    train(counting(), [torch.zeros(1)] * 55, 100)

    assert "55/100" in capsys.readouterr().err.splitlines()[-1].split("\r")[-1]


def moving(values: list[float]) -> tuple[nn.Linear, EarlyStopping, Callable[[Tensor], dict]]:
    """A model whose weight counts the steps, and validation losses to come."""
    model, coming = nn.Linear(1, 1), iter(values)
    nn.init.zeros_(model.weight)

    def step(x: Tensor) -> dict[str, float]:
        with torch.no_grad():
            model.weight += 1
        return {"weight": model.weight.item()}

    return model, EarlyStopping(model, lambda: next(coming), every=2, patience=2), step


def test_early_stopping_ends_after_patience_and_restores_the_best() -> None:
    model, stop, step = moving([5.0, 3.0, 4.0, 3.0, 1.0])
    history = train(step, forever(), 100, stop=stop)
    assert len(history["weight"]) == 8  # best at 4, then two validations no better
    assert model.weight.item() == 8

    stop.restore()
    assert model.weight.item() == 4
    assert stop.best == 3.0


def test_improvement_resets_the_patience() -> None:
    _, stop, step = moving([5.0, 6.0, 4.0, 6.0, 3.0, 7.0, 7.0])

    assert len(train(step, forever(), 100, stop=stop)["weight"]) == 14


def test_loss_that_is_not_a_number_is_no_improvement() -> None:
    model, stop, step = moving([5.0, math.nan, math.nan])
    assert len(train(step, forever(), 100, stop=stop)["weight"]) == 6

    stop.restore()
    assert model.weight.item() == 2


def test_early_stopping_does_not_validate_between_times() -> None:
    validations = []
    stop = EarlyStopping(nn.Linear(1, 1), lambda: validations.append(1) or 1.0, every=3, patience=9)

    assert [stop() for _ in range(8)] == [False] * 8
    assert len(validations) == 2


def test_restoring_without_a_validation_is_refused() -> None:
    _, stop, _ = moving([])

    with pytest.raises(RuntimeError, match="no validation in 0 steps"):
        stop.restore()


@pytest.mark.parametrize(("every", "patience"), [(0, 1), (1, 0)])
def test_early_stopping_refuses_counts_below_one(every: int, patience: int) -> None:
    with pytest.raises(ValueError, match=f"got {every} and {patience}"):
        EarlyStopping(nn.Linear(1, 1), float, every=every, patience=patience)


def test_average_follows_the_written_out_recursion() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3)).double()
    decay, average = 0.8, ema(model, decay=0.8)
    expected: dict[str, Tensor] = {}

    for i in range(6):
        model(torch.randn(5, 2, dtype=torch.float64))
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter))
        average.update_parameters(model)
        for name, w in model.state_dict().items():
            if w.is_floating_point():
                past = expected.get(name, w)
                expected[name] = w.clone() if i == 0 else decay * past + (1 - decay) * w

    found = average.module.state_dict()
    assert {"0.weight", "1.running_mean", "1.running_var"} <= set(expected)
    for name, w in expected.items():
        torch.testing.assert_close(found[name], w)


def test_average_leaves_the_model_alone_and_is_a_model() -> None:
    model = nn.Linear(2, 1)
    average = ema(model, decay=0.5)
    before = model.weight.detach().clone()
    with torch.no_grad():
        average.module.weight.zero_()

    assert torch.equal(model.weight, before)
    assert average(torch.ones(1, 2)).item() == average.module.bias.item()


@pytest.mark.parametrize("decay", [0.0, 1.0, -0.1, 1.5])
def test_average_refuses_decays_outside_zero_to_one(decay: float) -> None:
    with pytest.raises(ValueError, match=f"decay: expected .* got {decay}"):
        ema(nn.Linear(1, 1), decay=decay)


def rates(steps: int, tail: float, count: int) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=2.0)
    schedule = linear_tail(optimizer, steps=steps, tail=tail)
    found = []
    for _ in range(count):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()

    return found


def test_rate_is_constant_and_then_falls_linearly_to_zero() -> None:
    assert rates(10, 0.4, 13) == pytest.approx([2.0] * 7 + [1.5, 1.0, 0.5, 0.0, 0.0, 0.0])


def test_rate_of_a_whole_tail_falls_from_the_first_step() -> None:
    assert rates(4, 1.0, 5) == pytest.approx([2.0, 1.5, 1.0, 0.5, 0.0])


def test_tail_is_the_last_three_tenths_unless_said_otherwise() -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    factor = linear_tail(optimizer, steps=100).lr_lambdas[0]

    assert [factor(i) for i in (0, 70, 85, 100)] == pytest.approx([1.0, 1.0, 0.5, 0.0])


@pytest.mark.parametrize("tail", [0.0, -0.2, 1.1])
def test_tail_outside_zero_to_one_is_refused(tail: float) -> None:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)

    with pytest.raises(ValueError, match=f"tail: expected .* got {tail}"):
        linear_tail(optimizer, steps=10, tail=tail)


@pytest.mark.usefixtures("unchecked")  # beartype draws from Python's generator
def test_loop_draws_nothing_from_the_global_generators() -> None:
    train(counting(), Batches(ROWS, size=5, seed=0), 20)
    after = random.random(), np.random.rand(), torch.rand(()).item()

    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    assert after == (random.random(), np.random.rand(), torch.rand(()).item())


def test_tiny_numbers_count_as_zero_inside_the_loop_and_nowhere_else() -> None:
    tiny = torch.tensor(1e-20)

    history = train(lambda x: {"product": tiny * 1e-20}, forever(), 3)

    assert history["product"] == [0, 0, 0]
    assert (tiny * 1e-20).item() > 0


def test_threads_that_start_inside_the_loop_count_tiny_numbers_as_zero_too() -> None:
    """In a process of its own, since threads keep what they had when they started."""
    code = (
        "import torch; from course_utils.training import train; torch.set_num_threads(2);"
        "x = torch.tensor([1e-20]).expand(1_000_000);"
        "count = lambda x: {'count': (x * x).count_nonzero()};"
        "print(train(count, [x], 1)['count'])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[0.0]\n"


def test_tiny_numbers_are_back_after_an_error_too() -> None:
    with pytest.raises(FloatingPointError):
        train(lambda x: {"loss": math.nan}, forever(), 1)

    assert (torch.tensor(1e-20) * 1e-20).item() > 0


def test_counting_tiny_numbers_as_zero_changes_nothing_that_is_learned() -> None:
    """2,000 steps of Adam after the gradient has stopped: its average is far below 1e-38."""

    def learned(flush: bool) -> tuple[Tensor, float]:
        torch.set_flush_denormal(flush)
        torch.manual_seed(0)
        model = nn.Linear(4, 1)
        optimizer = Adam(model.parameters(), lr=0.01, fused=True)
        for i in range(2000):
            x = torch.randn(8, 4)
            x[:, 0] = float(i < 5)
            optimizer.zero_grad()
            (model(x) - x.sum(dim=1, keepdim=True)).square().mean().backward()
            optimizer.step()
        average = optimizer.state[model.weight]["exp_avg"]
        return model.weight.detach().clone(), average[0, 0].item()

    (flushed, zero), (kept, tiny) = learned(True), learned(False)

    assert 0 < abs(tiny) < 1e-38
    assert zero == 0
    assert torch.equal(kept, flushed)
