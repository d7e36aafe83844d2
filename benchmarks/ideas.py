"""Which ideas make a step faster? Each against the step as it is, side by side, in one process.

    OMP_NUM_THREADS=2 GOMP_SPINCOUNT=20000 python benchmarks/ideas.py --rounds 15

The variants take turns, a few steps each; printed is the median of the ratios of their times to the
step of the course in the same round: above 1 is slower. Each model's variants start from the same
weights. What changes the numbers (bf16) is followed by how far its loss is off.
"""

import argparse
import copy
import statistics
import time
from collections.abc import Callable

import torch
import torch.nn.functional as F
from cases import CASES, Case, Halves, digit_loss, vae_step
from torch import Tensor

from course_utils.device import seed_everything
from course_utils.divergences import kl_to_prior

Step = Callable[[Tensor], object]
STEPS = {"vae": 20, "dcgan": 4, "faces": 2}


def as_it_is(case: Case, model: Halves) -> Step:
    """The step of the course, from bytes to new weights."""
    return from_bytes(case.step(model))


def from_bytes(step: Callable[[Tensor], dict[str, Tensor]]) -> Step:
    """The loss of a step that is handed bytes."""
    return lambda images: step(images / 255)["loss"].detach()


def with_adam(model: Halves, **options: bool) -> Step:
    """The digits' step with another kind of Adam."""
    return from_bytes(vae_step(model, digit_loss, **options))


def with_loss(model: Halves, error: Callable[[Tensor, Tensor], Tensor]) -> Step:
    """The digits' step with the cross-entropy written another way."""

    def loss(model: Halves, x: Tensor) -> Tensor:
        logits, mu, logvar = model(x)
        return error(logits, x).sum(dim=1) + kl_to_prior(mu, logvar)

    return from_bytes(vae_step(model, loss))


def autocast(case: Case, model: Halves) -> Step:
    """Matrix products and convolutions in bf16."""
    step = as_it_is(case, model)

    def cast(images: Tensor) -> Tensor:
        with torch.autocast(images.device.type, torch.bfloat16):
            return step(images)

    return cast


def waiting(case: Case, model: Halves) -> Step:
    """The loss is read in each step."""
    step = as_it_is(case, model)
    return lambda images: step(images).item()


def rounded_products(case: Case, model: Halves) -> Step:
    """float32 throughout, but products may round to bf16 inside, where the processor can."""
    step = as_it_is(case, model)

    def rounding(images: Tensor) -> Tensor:
        torch.set_float32_matmul_precision("medium")
        try:
            return step(images)
        finally:
            torch.set_float32_matmul_precision("highest")

    return rounding


def rows_first(case: Case, model: Halves) -> Step:
    """Convolutions in the default layout, channels before rows."""
    return as_it_is(case, model.to(memory_format=torch.contiguous_format))


def softplus_loss(logits: Tensor, x: Tensor) -> Tensor:
    """The same cross-entropy as softplus(l) − x l."""
    return F.softplus(logits) - x * logits


def sigmoid_loss(logits: Tensor, x: Tensor) -> Tensor:
    """The same on probabilities."""
    return F.binary_cross_entropy(logits.sigmoid(), x, reduction="none")


def variants(name: str) -> dict[str, Callable[[Case, Halves], Step]]:
    """The ideas for a case, the course's own step first."""
    ideas = {
        "as it is": as_it_is,
        "bf16 by autocast": autocast,
        "bf16 inside products": rounded_products,
        ".item() in each step": waiting,
    }
    if name == "vae":
        ideas |= {
            "Adam, one loop a tensor": lambda c, m: with_adam(m, foreach=False),
            "Adam, foreach": lambda c, m: with_adam(m, foreach=True),
            "sigmoid, then cross-entropy": lambda c, m: with_loss(m, sigmoid_loss),
            "softplus(l) - x l": lambda c, m: with_loss(m, softplus_loss),
        }
    else:
        ideas["channels before rows"] = rows_first
    return ideas


def race(name: str, rounds: int) -> None:
    """Print the ratios of one case."""
    case, seed = CASES[name], 0
    seed_everything(seed)
    model, images = case.at_hand(torch.device("cpu")), case.data(case.size * 40)
    steps = {idea: make(case, copy.deepcopy(model)) for idea, make in variants(name).items()}
    ratios: dict[str, list[float]] = {idea: [] for idea in steps}
    losses = {}
    for i in range(1 + rounds):
        took = {}
        for idea, step in steps.items():
            torch.manual_seed(i)
            start = time.perf_counter()
            for j in range(STEPS[name]):
                k = (i * STEPS[name] + j) % 40
                losses[idea] = step(images[k * case.size : (k + 1) * case.size])
            took[idea] = time.perf_counter() - start
        if i:
            for idea, seconds in took.items():
                ratios[idea].append(seconds / took["as it is"])

    print(f"\n{name}: {1000 * took['as it is'] / STEPS[name]:.1f} ms a step as it is")
    for idea, found in ratios.items():
        low, high = min(found), max(found)
        off = abs(float(losses[idea]) / float(losses["as it is"]) - 1)
        print(
            f"{idea:28} {statistics.median(found):5.2f} ({low:.2f}-{high:.2f}) loss off {off:.0e}"
        )


def main() -> None:
    """Print a table for each case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    print(f"{torch.get_num_threads()} threads, torch {torch.__version__}")
    for name in CASES:
        race(name, rounds)


if __name__ == "__main__":
    main()
