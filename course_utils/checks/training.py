"""The checks of notebook 02."""

import math

import torch
from torch import Tensor

from course_utils.checks.framework import FunctionCheck, Mistake, NumberCheck
from course_utils.types import Flat, PerExample, Vector


def logistic_gradient_reference(w: Vector, x: Flat, y: PerExample) -> Vector:
    """Xᵀ (σ(Xw) − y) / n, the gradient of the mean negative log-likelihood."""
    return x.T @ (torch.sigmoid(x @ w) - y) / len(x)


def seven_examples() -> tuple[Vector, Flat, PerExample]:
    """Seven examples of three numbers, and weights that are right about some of them."""
    x = torch.linspace(-2, 3, 21, dtype=torch.float64).mul(1.7).sin().reshape(7, 3)
    y = torch.tensor([1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0], dtype=torch.float64)
    return torch.tensor([0.4, -1.1, 0.7], dtype=torch.float64), x, y


def sure_and_wrong() -> tuple[Vector, Flat, PerExample]:
    """Two examples with logits of ±1000, the second one wrong."""
    x = torch.tensor([[1000.0], [-1000.0]], dtype=torch.float64)
    return torch.ones(1, dtype=torch.float64), x, torch.ones(2, dtype=torch.float64)


def uphill(w: Vector, x: Flat, y: PerExample) -> Vector:
    """The gradient of the log-likelihood."""
    return -logistic_gradient_reference(w, x, y)


def summed(w: Vector, x: Flat, y: PerExample) -> Vector:
    """The sum over the batch."""
    return len(x) * logistic_gradient_reference(w, x, y)


def without_inputs(w: Vector, x: Flat, y: PerExample) -> PerExample:
    """The derivative by the logits."""
    return (torch.sigmoid(x @ w) - y) / len(x)


def logits_for_probabilities(w: Vector, x: Flat, y: PerExample) -> Vector:
    """The gradient of half the squared error."""
    return x.T @ (x @ w - y) / len(x)


def hard_answers(w: Vector, x: Flat, y: PerExample) -> Vector:
    """The perceptron's rule."""
    return x.T @ ((x @ w > 0).to(y.dtype) - y) / len(x)


def slope_twice(w: Vector, x: Flat, y: PerExample) -> Vector:
    """The gradient of half the squared error of the probability."""
    pi = torch.sigmoid(x @ w)
    return x.T @ ((pi - y) * pi * (1 - pi)) / len(x)


def overflowing(w: Vector, x: Flat, y: PerExample) -> Vector:
    """eᵃ / (1 + eᵃ) as the rule of differentiation gives it."""
    grown = (x @ w).exp()
    return x.T @ (grown / (1 + grown) - y) / len(x)


logistic_gradient = FunctionCheck(
    "2.1",
    logistic_gradient_reference,
    cases={"seven examples": seven_examples, "logits of ±1000": sure_and_wrong},
    mistakes=(
        Mistake(uphill, "that is the way up: which sign has the loss?"),
        Mistake(summed, "the loss is a mean over the batch: what stands in front of the sum?"),
        Mistake(
            without_inputs,
            "that is the derivative by the logits, one for each example. How does a logit depend "
            "on w?",
        ),
        Mistake(
            logits_for_probabilities,
            "the derivative of log(1 + eᵃ) is σ(a), not a: yours descends on a squared error.",
        ),
        Mistake(hard_answers, "that is the perceptron's rule: put σ(a) in place of the answer."),
        Mistake(
            slope_twice,
            "the factor π(1 − π) belongs to the squared error of π; in the likelihood it cancels.",
        ),
        Mistake(
            overflowing,
            "right, until eᵃ overflows and infinity is divided by infinity. Which function of "
            "torch computes eᵃ / (1 + eᵃ)?",
        ),
    ),
)


times_smaller = NumberCheck(
    "2.2",
    2.0**10,
    tolerance=0.4,
    lesson="The mean square is halved 20 times; its root shrinks by 2 to the 10, a thousand.",
    mistakes=(
        Mistake(2.0**20, "that is the mean square. The standard deviation is its root."),
        Mistake(1.0, "the factor is g² / 2 in each layer. What is it for g = 1?"),
        Mistake(2.0**-10, "you have the factor itself. How many times *smaller*: invert it."),
        Mistake(40.0, "20 layers multiply; they do not add."),
        Mistake(4.0**20, "a quarter per layer is the sigmoid's slope. ReLU keeps half the square."),
        Mistake(20 * math.sqrt(2), "the factors multiply: a power of √2, not a multiple of it."),
        Mistake(1000.0, "near enough in words; give the exact power of two."),
    ),
)


def batch_norm_reference(z: Flat, gamma: Vector, beta: Vector, tiny: float = 1e-5) -> Flat:
    """γ (z − μ) / √(S² + ε) + β with the batch's own mean and variance, which divides by n."""
    mean, variance = z.mean(dim=0), z.var(dim=0, correction=0)
    return gamma * (z - mean) / (variance + tiny).sqrt() + beta


def four_of_three() -> tuple[Flat, Vector, Vector]:
    """Four examples of three units, with scale and shift."""
    z = torch.tensor(
        [[1.0, 5.0, -2.0], [2.0, 3.0, 0.5], [4.0, 4.5, 1.0], [0.0, 1.0, -1.0]], dtype=torch.float64
    )
    gamma, beta = torch.tensor([[1.5, 0.5, 2.0], [0.3, -1.0, 0.0]], dtype=torch.float64)
    return z, gamma, beta


def almost_constant() -> tuple[Flat, Vector, Vector]:
    """Three examples of two units that hardly change, where ε decides."""
    z = torch.tensor([[1.0, 2.0], [1.001, 2.0], [1.002, 2.003]], dtype=torch.float64)
    return z, torch.ones(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)


def divides_by_n_minus_one(z: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """torch.var as it comes."""
    return gamma * (z - z.mean(dim=0)) / (z.var(dim=0) + 1e-5).sqrt() + beta


def floor_outside(z: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """√S² + ε."""
    return gamma * (z - z.mean(dim=0)) / (z.std(dim=0, correction=0) + 1e-5) + beta


def over_units(z: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """Standardises each example over its units: layer norm."""
    mean, variance = z.mean(dim=1, keepdim=True), z.var(dim=1, correction=0, keepdim=True)
    return gamma * (z - mean) / (variance + 1e-5).sqrt() + beta


def over_everything(z: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """One mean and one variance for all units."""
    return gamma * (z - z.mean()) / (z.var(correction=0) + 1e-5).sqrt() + beta


def no_scale_and_shift(z: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """Forgets γ and β."""
    return batch_norm_reference(z, torch.ones_like(gamma), torch.zeros_like(beta))


def by_variance(z: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """Divides by the variance."""
    return gamma * (z - z.mean(dim=0)) / (z.var(dim=0, correction=0) + 1e-5) + beta


def not_centred(z: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """Forgets the mean."""
    return gamma * z / (z.var(dim=0, correction=0) + 1e-5).sqrt() + beta


def shift_inside(z: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
    """Scales the shift too."""
    return gamma * (no_scale_and_shift(z, gamma, beta) + beta)


batch_norm = FunctionCheck(
    "2.3",
    batch_norm_reference,
    cases={"four examples of three units": four_of_three, "almost constant": almost_constant},
    tolerance=1e-6,
    mistakes=(
        Mistake(divides_by_n_minus_one, "torch's `var` divides by n − 1: ask for `correction=0`."),
        Mistake(floor_outside, "ε belongs inside the root, beside the variance."),
        Mistake(over_units, "each *unit* is standardised over the batch: which axis is that?"),
        Mistake(over_everything, "every unit has its own mean and variance."),
        Mistake(no_scale_and_shift, "what became of γ and β?"),
        Mistake(by_variance, "divide by a standard deviation, so that the result has no unit."),
        Mistake(not_centred, "subtract the batch's mean first."),
        Mistake(shift_inside, "β is added after the scaling, not before."),
    ),
)
