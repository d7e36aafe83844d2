"""The checks of notebook 05."""

import math

import torch

from course_utils.checks.framework import FunctionCheck, Mistake, NumberCheck
from course_utils.evaluation import roc_auc as reference_auc
from course_utils.objectives import best_log_likelihood as reference_likelihood
from course_utils.types import Labels, PerExample, Scalar


def eight_scores() -> tuple[PerExample, Labels]:
    """Eight different scores, three of them odd."""
    return (
        torch.tensor([0.1, 0.9, 0.4, 0.8, 0.3, 0.7, 0.2, 0.6]),
        torch.tensor([0, 1, 0, 0, 1, 0, 0, 1]),
    )


def tied_scores() -> tuple[PerExample, Labels]:
    """Five scores of which three are equal."""
    return torch.tensor([1.0, 2.0, 2.0, 2.0, 3.0]), torch.tensor([0, 1, 0, 0, 1])


def auc(scores: PerExample, odd: Labels) -> Scalar:
    """The reference, as a tensor."""
    return torch.tensor(reference_auc(scores, odd))


def differences(scores: PerExample, odd: Labels) -> torch.Tensor:
    """Score of each odd example minus that of each normal one."""
    return scores[odd == 1][:, None] - scores[odd == 0][None, :]


def tie_is_a_loss(scores: PerExample, odd: Labels) -> Scalar:
    """Ties count nothing."""
    return (differences(scores, odd) > 0).double().mean()


def tie_is_a_win(scores: PerExample, odd: Labels) -> Scalar:
    """Ties count as detections."""
    return (differences(scores, odd) >= 0).double().mean()


def lower_is_stranger(scores: PerExample, odd: Labels) -> Scalar:
    """The order the other way round."""
    return 1 - auc(scores, odd)


def number_of_pairs(scores: PerExample, odd: Labels) -> Scalar:
    """Pairs in the right order, not their share."""
    return auc(scores, odd) * differences(scores, odd).numel()


def accuracy_at_the_mean(scores: PerExample, odd: Labels) -> Scalar:
    """One threshold instead of all of them."""
    return ((scores > scores.mean()) == (odd == 1)).double().mean()


roc_auc = FunctionCheck(
    "5.1",
    auc,
    cases={"eight scores": eight_scores, "scores with ties": tied_scores},
    mistakes=(
        Mistake(tie_is_a_loss, "right without ties. What is fair for a pair of equal scores?"),
        Mistake(tie_is_a_win, "right without ties. Would a constant score deserve a 1?"),
        Mistake(lower_is_stranger, "a higher score means stranger: which difference is positive?"),
        Mistake(number_of_pairs, "a share lies in [0, 1]: divide by the number of pairs."),
        Mistake(
            accuracy_at_the_mean,
            "that is the accuracy at one threshold; the area needs no threshold, only pairs.",
        ),
    ),
)


def three_errors() -> tuple[PerExample, int]:
    """Three errors of images with 784 pixels."""
    return torch.tensor([5.0, 40.0, 100.0]), 784


def four_numbers() -> tuple[PerExample, int]:
    """Errors of an example with four values."""
    return torch.tensor([0.5, 4.0]), 4


def without_half(error: PerExample, dim: int) -> PerExample:
    """Standard deviation and variance confused: twice the value."""
    return 2 * reference_likelihood(error, dim)


def without_exponent(error: PerExample, dim: int) -> PerExample:
    """The normalising factor alone."""
    return -0.5 * dim * (2 * math.pi * error / dim).log()


def variance_is_the_sum(error: PerExample, dim: int) -> PerExample:
    """σ² = error, where it should be error / n."""
    return -0.5 * dim * (2 * math.pi * error).log() - 0.5


def unit_variance(error: PerExample, dim: int) -> PerExample:
    """σ = 1 instead of the best."""
    return -0.5 * dim * math.log(2 * math.pi) - 0.5 * error


def to_be_minimised(error: PerExample, dim: int) -> PerExample:
    """The sign of a loss."""
    return -reference_likelihood(error, dim)


best_log_likelihood = FunctionCheck(
    "5.2",
    reference_likelihood,
    cases={"784 pixels": three_errors, "four values": four_numbers},
    mistakes=(
        Mistake(without_half, "√(2πσ²) is a square root: what does its logarithm bring in front?"),
        Mistake(
            without_exponent,
            "at the best σ the exponent −‖x − x̂‖² / (2σ²) does not vanish: what is it?",
        ),
        Mistake(
            variance_is_the_sum,
            "your σ² is the whole error: set the derivative to zero with all n pixels in it.",
        ),
        Mistake(unit_variance, "that is σ = 1: here each image chooses its own σ."),
        Mistake(to_be_minimised, "a log-likelihood, not a loss: which sign has log p?"),
    ),
)


noise_radius = NumberCheck(
    "5.3",
    math.sqrt(200),
    tolerance=0.5,
    lesson="Standard normal codes live on a thin shell of radius √200, far from the origin.",
    mistakes=(
        Mistake(200.0, "that is the mean of the squared length."),
        Mistake(0.0, "the density is highest there, but hardly any volume is."),
        Mistake(1.0, "that is the length along one axis; there are 200 of them."),
        Mistake(2 * math.sqrt(200), "the squared lengths add up to 200: check the root."),
        Mistake(20.0, "the squared length is a sum of 200 squares, each 1 on average."),
    ),
)
