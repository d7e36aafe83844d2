"""The contenders of the benchmark compute the same thing: only the way differs."""

import copy
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import cases  # noqa: E402
import clock  # noqa: E402
import floor  # noqa: E402
import loops  # noqa: E402

CPU = torch.device("cpu")
every_case = pytest.mark.parametrize("name", cases.CASES)


def batch(case: cases.Case) -> torch.Tensor:
    return case.data(case.size)


@pytest.mark.parametrize("name", ["vae", "faces"])
def test_usual_loop_minimises_what_the_course_minimises(name: str) -> None:
    case = cases.CASES[name]
    torch.manual_seed(0)
    model = case.build()
    other, x = copy.deepcopy(model), batch(case) / 255

    torch.manual_seed(1)
    our = case.step(model)(x)["loss"].item()
    torch.manual_seed(1)
    their = loops.usual_vae_step(other, case)(x)

    assert our == pytest.approx(their, rel=1e-5)
    for a, b in zip(model.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(a, b, atol=2e-4, rtol=1e-3)


def test_usual_game_is_the_course_s_game() -> None:
    case = cases.CASES["dcgan"]
    torch.manual_seed(0)
    model = case.build()
    other, x = copy.deepcopy(model), batch(case) / 255

    torch.manual_seed(1)
    numbers = case.step(model)(x)
    torch.manual_seed(1)
    together = loops.usual_gan_step(other)(x)

    assert sum(number.item() for number in numbers.values()) == pytest.approx(together, rel=1e-3)


@every_case
def test_usual_pictures_are_the_same_numbers(name: str) -> None:
    images = cases.CASES[name].data(3)

    picture, _ = loops.Pictures(images)[2]

    torch.testing.assert_close(picture.reshape(images[2].shape), images[2] / 255)


def test_arithmetic_of_a_step_is_what_a_pencil_counts() -> None:
    """Two products backward for each forward, but none for the gradient of the images."""
    weights = [784 * 400, 400 * 40, 20 * 400, 400 * 784]
    pencil = 2 * 128 * (3 * sum(weights) - weights[0])

    counted = floor.floor(cases.CASES["vae"], CPU)["GFLOP a step"]

    assert counted == pytest.approx(pencil / 1e9)


def test_clock_stops_at_the_target_but_times_an_epoch_that_is_warm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = cases.CASES["vae"]
    scores = iter([100.0, 100.0])
    monkeypatch.setattr(cases.Case, "score", lambda self, model: next(scores))
    watch = clock.Clock(case, CPU)
    going = True
    while going:
        watch.start()
        going = watch.stop(case.build())

    found = watch.found()

    assert found["epochs"] == 2
    assert found["epoch"] == watch.seconds[1]
    assert found["target"] == pytest.approx(sum(watch.seconds))
