"""The checks of notebook 03."""

import math

import torch
import torch.nn.functional as F

from course_utils import objectives
from course_utils.checks.framework import FunctionCheck, Mistake, NumberCheck
from course_utils.types import Data, PerExample, Scalar, Square, Weight


def covariance() -> Square:
    """A covariance in five dimensions without any symmetry."""
    root = torch.linspace(-1, 1, 25).sin().reshape(5, 5) + torch.eye(5)
    return root @ root.T


def rows(scale: float) -> Weight:
    """Two orthonormal rows in five dimensions, times `scale`."""
    columns = torch.linalg.qr(torch.linspace(0, 3, 10).cos().reshape(5, 2)).Q
    return scale * columns.T


def slanted() -> Weight:
    """Two rows that are neither orthogonal nor of length 1."""
    return torch.tensor([[1.0, 0.2, 0.0, 0.4, 0.0], [0.5, 0.9, 0.3, 0.0, 0.1]])


def orthonormal_only(cov: Square, w: Weight) -> Scalar:
    """Right for W Wᵀ = I only."""
    return cov.trace() - (w @ cov @ w.T).trace()


def forgot_the_two(cov: Square, w: Weight) -> Scalar:
    """One of the two cross terms."""
    captured = w @ cov @ w.T
    return cov.trace() - captured.trace() + (captured @ w @ w.T).trace()


def lost_the_sign(cov: Square, w: Weight) -> Scalar:
    """The cross terms with a plus sign."""
    captured = w @ cov @ w.T
    return cov.trace() + 2 * captured.trace() + (captured @ w @ w.T).trace()


def forgot_the_last(cov: Square, w: Weight) -> Scalar:
    """The square of the reconstruction is missing."""
    return cov.trace() - 2 * (w @ cov @ w.T).trace()


tied_error = FunctionCheck(
    "3.1",
    objectives.tied_reconstruction_error,
    cases={
        "orthonormal rows": lambda: (covariance(), rows(1.0)),
        "orthonormal rows times 1.3": lambda: (covariance(), rows(1.3)),
        "slanted rows": lambda: (covariance(), slanted()),
    },
    mistakes=(
        Mistake(
            orthonormal_only,
            "your formula holds when W Wᵀ = I. Which two terms did that make equal?",
        ),
        Mistake(forgot_the_two, "the cross term of (a − b)² appears twice."),
        Mistake(lost_the_sign, "what sign does the cross term of (a − b)² have?"),
        Mistake(forgot_the_last, "‖x − x̂‖² has three terms: what became of ‖x̂‖²?"),
    ),
)


def logits_and_data() -> tuple[Data, Data]:
    """Three grey images of four pixels, and log odds for them."""
    x = torch.tensor([[0.0, 1.0, 0.3, 0.5], [1.0, 1.0, 0.0, 0.2], [0.7, 0.1, 0.9, 0.0]])
    return torch.linspace(-3, 2, 12).reshape(3, 4), x


def extreme() -> tuple[Data, Data]:
    """A confident network: log odds of ±200, right on one pixel and wrong on the other."""
    return torch.tensor([[200.0, -200.0]]), torch.tensor([[1.0, 1.0]])


def mean_over_pixels(logits: Data, x: Data) -> PerExample:
    """Divides by the number of pixels."""
    return objectives.bernoulli_nll(logits, x) / x[0].numel()


def summed_over_batch(logits: Data, x: Data) -> Scalar:
    """One number for the batch."""
    return objectives.bernoulli_nll(logits, x).sum()


def averaged_over_all(logits: Data, x: Data) -> Scalar:
    """PyTorch's default reduction."""
    return F.binary_cross_entropy_with_logits(logits, x)


def log_likelihood(logits: Data, x: Data) -> PerExample:
    """Without the minus sign."""
    return -objectives.bernoulli_nll(logits, x)


def first_term_only(logits: Data, x: Data) -> PerExample:
    """Only the pixels with ink count."""
    return -(x * F.logsigmoid(logits)).sum(dim=1)


def sigmoid_twice(logits: Data, x: Data) -> PerExample:
    """Probabilities where log odds are expected."""
    return objectives.bernoulli_nll(torch.sigmoid(logits), x)


def overflowing(logits: Data, x: Data) -> PerExample:
    """The formula as printed, with log 0 for a confident network."""
    p = torch.sigmoid(logits)
    return -(x * p.log() + (1 - x) * (1 - p).log()).sum(dim=1)


bernoulli_nll = FunctionCheck(
    "3.2",
    objectives.bernoulli_nll,
    cases={"three grey images": logits_and_data, "log odds of ±200": extreme},
    mistakes=(
        Mistake(mean_over_pixels, "the pixels' terms add up: a sum, not a mean, per image."),
        Mistake(summed_over_batch, "one number per image: leave the batch axis alone."),
        Mistake(
            averaged_over_all,
            "the default reduction averages over batch and pixels; ask for reduction='none' and "
            "sum over the pixels.",
        ),
        Mistake(log_likelihood, "a loss is to be minimised: which sign has −log p(x)?"),
        Mistake(first_term_only, "a pixel without ink has to be predicted too."),
        Mistake(
            sigmoid_twice,
            "the function takes log odds and applies the sigmoid itself; yours is applied twice.",
        ),
        Mistake(
            overflowing,
            "right, until sigmoid rounds to 0 or 1 and its logarithm is infinite. Which function "
            "of torch.nn.functional takes logits?",
        ),
    ),
)


perfect_copy = NumberCheck(
    "3.3",
    -(0.3 * math.log(0.3) + 0.7 * math.log(0.7)),
    tolerance=0.002,
    lesson="A grey pixel costs its entropy, however well it is copied.",
    mistakes=(
        Mistake(0.0, "put x̂ = 0.3 into the loss: is a logarithm of 0.3 zero?"),
        Mistake(-math.log(0.3), "the loss has two terms, weighted by x and 1 − x."),
        Mistake(-0.3 * math.log(0.3), "that is the first of two terms."),
        Mistake(-0.7 * math.log(0.7), "that is the second of two terms."),
        Mistake(0.8813, "that is in bits: use the natural logarithm."),
        Mistake(0.3 * math.log(0.3) + 0.7 * math.log(0.7), "a loss with a minus sign in front."),
    ),
)
