"""The checks of notebook 00."""

import math

import torch

from course_utils.checks.framework import FunctionCheck, Mistake, NumberCheck
from course_utils.divergences import wasserstein1
from course_utils.types import Samples, Scalar


def unsorted_gap(a: Samples, b: Samples) -> Scalar:
    """Compares the numbers in the order in which they came."""
    return (a - b).abs().mean()


def gap_of_means(a: Samples, b: Samples) -> Scalar:
    """Only the means count."""
    return (a.mean() - b.mean()).abs()


def signed_gap(a: Samples, b: Samples) -> Scalar:
    """Forgets the absolute value."""
    return (a.sort().values - b.sort().values).mean()


def squared_gap(a: Samples, b: Samples) -> Scalar:
    """Squares instead of absolute values: that is W₂ squared."""
    return (a.sort().values - b.sort().values).square().mean()


def summed_gap(a: Samples, b: Samples) -> Scalar:
    """A sum where the mean is wanted."""
    return (a.sort().values - b.sort().values).abs().sum()


earth = FunctionCheck(
    "0.2",
    wasserstein1,
    cases={
        "a shift by 2": lambda: (torch.tensor([3.0, 1.0, 2.0]), torch.tensor([4.0, 5.0, 3.0])),
        "two widths": lambda: (torch.tensor([-1.0, 0.0, 1.0]), torch.tensor([3.0, -3.0, 0.0])),
        "equal samples in another order": lambda: (
            torch.tensor([0.5, 2.0, -1.0, 4.0]),
            torch.tensor([4.0, -1.0, 0.5, 2.0]),
        ),
    },
    mistakes=(
        Mistake(unsorted_gap, "a sample has no order: which pairs are the cheapest to match?"),
        Mistake(gap_of_means, "two heaps with the same centre can have different widths."),
        Mistake(signed_gap, "earth moved to the left costs as much as earth moved to the right."),
        Mistake(squared_gap, "the price of a grain is the way it goes, not its square."),
        Mistake(summed_gap, "each grain weighs one n-th: the mean, not the sum."),
    ),
)

coin_flips = NumberCheck(
    "0.1",
    784 * math.log(2),
    tolerance=0.5,
    lesson="That is what knowing nothing costs. Every model in this course has to stay below it.",
    mistakes=(
        Mistake(784.0, "that is in bits: a fair coin costs log 2 nats."),
        Mistake(math.log(2), "that is one pixel: the log-probabilities of 784 pixels add up."),
        Mistake(-784 * math.log(2), "a cost is −log p: which sign has it?"),
        Mistake(0.0, "p = 1 would cost nothing; here p is 2 to the power −784."),
        Mistake(784 * math.log(10), "log here is the natural one, and a pixel has two values."),
    ),
)
