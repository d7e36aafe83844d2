"""The checks of notebook 04."""

import torch

from course_utils import objectives
from course_utils.checks.framework import FunctionCheck, Mistake, NumberCheck
from course_utils.types import Data, Latent, PerExample, Points, Scalar, Weight


def both_signs() -> tuple[Data, float]:
    """Five numbers on both sides of zero, with λ = 1."""
    return torch.tensor([[-2.0, -0.4, 0.0, 0.3, 1.7]]), 1.0


def strong() -> tuple[Data, float]:
    """Numbers that a penalty of λ = 3 mostly switches off."""
    return torch.tensor([[-1.6, 0.9], [1.4, 4.0]]), 3.0


def whole_lambda(a: Data, lam: float) -> Data:
    """The threshold for ½ (a − h)²."""
    return a.sign() * (a.abs() - lam).clamp(min=0)


def positive_only(a: Data, lam: float) -> Data:
    """Negative numbers are cut off altogether."""
    return (a - lam / 2).clamp(min=0)


def without_floor(a: Data, lam: float) -> Data:
    """Overshoots zero."""
    return a - lam / 2 * a.sign()


def hard(a: Data, lam: float) -> Data:
    """Small numbers to zero, large ones untouched."""
    return a * (a.abs() > lam / 2)


def ridge(a: Data, lam: float) -> Data:
    """The answer for the penalty λ h²."""
    return a / (1 + lam)


shrink = FunctionCheck(
    "4.1",
    objectives.soft_threshold,
    cases={"five numbers and λ = 1": both_signs, "four numbers and λ = 3": strong},
    mistakes=(
        Mistake(
            whole_lambda,
            "the derivative of (a − h)² is −2(a − h): what becomes of the 2 when you solve for h?",
        ),
        Mistake(positive_only, "the penalty is |h|: what happens to a = −2?"),
        Mistake(
            without_floor,
            "your h has the other sign than a where |a| is small. The derivative of |h| jumps at "
            "0: where is the minimum when no h > 0 solves the equation?",
        ),
        Mistake(hard, "also a large h pays λ for each unit: it moves too."),
        Mistake(ridge, "that is the answer for a penalty of λh², whose derivative vanishes at 0."),
    ),
)

best_guess = NumberCheck(
    "4.2",
    1.5,
    tolerance=0.005,
    lesson="Data and noise are equally wide, so half of what you see is noise.",
    mistakes=(
        Mistake(3.0, "that is the copy. Is x̃ = 3 typical for data of variance 1?"),
        Mistake(0.0, "that is the mean of the data, before anything was seen."),
        Mistake(-1.5, "that is how far the denoiser moves; where does it arrive?"),
        Mistake(2.1213, "weigh with variances, not with standard deviations."),
        Mistake(6.0, "the noise is taken away, not added once more."),
    ),
)


def mixture(sigma: float) -> tuple[Points, PerExample, Latent, PerExample, float]:
    """Four noisy points, a mixture of three, and a noise level."""
    return (
        torch.tensor([[0.2, 0.4], [-1.2, 0.3], [2.5, -0.5], [0.0, -2.0]]),
        torch.tensor([0.5, 0.3, 0.2]),
        torch.tensor([[-1.0, 0.5], [2.0, 0.0], [0.3, -1.5]]),
        torch.tensor([0.4, 0.9, 0.2]),
        sigma,
    )


def responsibilities(
    x_noisy: Points, weights: PerExample, means: Latent, variances: PerExample
) -> Weight:
    """P(component | x̃), one row per point."""
    squares = (x_noisy[:, None] - means).square().sum(dim=2)
    logits = weights.log() - x_noisy.shape[1] / 2 * variances.log() - squares / (2 * variances)
    return logits.softmax(dim=1)


def blend(x_noisy: Points, shares: Weight, means: Latent, factors: PerExample) -> Points:
    """Each component's guess, weighed by its share."""
    guesses = means + factors[:, None] * (x_noisy[:, None] - means)
    return (shares[:, :, None] * guesses).sum(dim=1)


def prior_shares(
    x_noisy: Points, weights: PerExample, means: Latent, scales: PerExample, sigma: float
) -> Points:
    """Weighs by w, whatever was seen."""
    shares = weights.expand(len(x_noisy), -1)
    return blend(x_noisy, shares, means, scales**2 / (scales**2 + sigma**2))


def clean_shares(
    x_noisy: Points, weights: PerExample, means: Latent, scales: PerExample, sigma: float
) -> Points:
    """Weighs by the densities without noise."""
    shares = responsibilities(x_noisy, weights, means, scales**2)
    return blend(x_noisy, shares, means, scales**2 / (scales**2 + sigma**2))


def round_shares(
    x_noisy: Points, weights: PerExample, means: Latent, scales: PerExample, sigma: float
) -> Points:
    """Forgets that a wide component's density is lower."""
    variances = scales**2 + sigma**2
    squares = (x_noisy[:, None] - means).square().sum(dim=2)
    shares = (weights.log() - squares / (2 * variances)).softmax(dim=1)
    return blend(x_noisy, shares, means, scales**2 / variances)


def only_means(
    x_noisy: Points, weights: PerExample, means: Latent, scales: PerExample, sigma: float
) -> Points:
    """Blends the means alone."""
    shares = responsibilities(x_noisy, weights, means, scales**2 + sigma**2)
    return shares @ means


def linear_factors(
    x_noisy: Points, weights: PerExample, means: Latent, scales: PerExample, sigma: float
) -> Points:
    """Standard deviations where variances belong."""
    shares = responsibilities(x_noisy, weights, means, scales**2 + sigma**2)
    return blend(x_noisy, shares, means, scales / (scales + sigma))


def swapped_factors(
    x_noisy: Points, weights: PerExample, means: Latent, scales: PerExample, sigma: float
) -> Points:
    """Keeps the noise's share instead of the data's."""
    shares = responsibilities(x_noisy, weights, means, scales**2 + sigma**2)
    return blend(x_noisy, shares, means, sigma**2 / (scales**2 + sigma**2))


def only_move(
    x_noisy: Points, weights: PerExample, means: Latent, scales: PerExample, sigma: float
) -> Points:
    """The residual."""
    return objectives.mixture_denoiser(x_noisy, weights, means, scales, sigma) - x_noisy


posterior_mean = FunctionCheck(
    "4.3",
    objectives.mixture_denoiser,
    cases={"σ = 0.5": lambda: mixture(0.5), "σ = 2": lambda: mixture(2.0)},
    mistakes=(
        Mistake(prior_shares, "which component is likely depends on x̃: use P(k | x̃), not w."),
        Mistake(
            clean_shares,
            "x̃ is noisy: how wide is the density of x̃, not of x, if it came from component k?",
        ),
        Mistake(
            round_shares,
            "the density of a wide Gaussian is lower everywhere near its mean: which factor of "
            "𝒩(x̃; μ, v I) depends on v and not on x̃?",
        ),
        Mistake(only_means, "given the component, x is not its mean: x̃ still tells something."),
        Mistake(linear_factors, "weigh with variances, not with standard deviations."),
        Mistake(swapped_factors, "without noise, σ = 0, the best answer is x̃ itself. Is yours?"),
        Mistake(only_move, "that is how far to move; return where to."),
    ),
)


def layer() -> tuple[Latent, Weight]:
    """Two codes of three sigmoid units, and their weights for four inputs."""
    h = torch.tensor([[0.2, 0.5, 0.9], [0.6, 0.99, 0.3]])
    weight = torch.tensor([[1.0, -2.0, 0.5, 0.0], [0.3, 0.3, -1.0, 2.0], [-1.5, 0.0, 0.7, 0.2]])
    return h, weight


def one_unit() -> tuple[Latent, Weight]:
    """One unit with two inputs."""
    return torch.tensor([[0.5], [0.25]]), torch.tensor([[3.0, -4.0]])


def not_squared(h: Latent, weight: Weight) -> PerExample:
    """The Frobenius norm itself."""
    return objectives.contractive_sigmoid(h, weight).sqrt()


def slope_not_squared(h: Latent, weight: Weight) -> PerExample:
    """h (1 − h) to the first power."""
    return ((h * (1 - h)) * weight.square().sum(dim=1)).sum(dim=1)


def without_weights(h: Latent, weight: Weight) -> PerExample:
    """The slope of the sigmoid alone."""
    return (h * (1 - h)).square().sum(dim=1)


def per_unit(h: Latent, weight: Weight) -> Latent:
    """One number per unit."""
    return (h * (1 - h)).square() * weight.square().sum(dim=1)


def spectral(h: Latent, weight: Weight) -> PerExample:
    """The largest singular value, squared."""
    jacobians = (h * (1 - h))[:, :, None] * weight
    return torch.linalg.matrix_norm(jacobians, ord=2).square()


def row_sums(h: Latent, weight: Weight) -> PerExample:
    """Squares the sum of a row instead of summing the squares."""
    return ((h * (1 - h)).square() * weight.sum(dim=1).square()).sum(dim=1)


def tanh_slope(h: Latent, weight: Weight) -> PerExample:
    """The derivative of tanh."""
    return ((1 - h.square()).square() * weight.square().sum(dim=1)).sum(dim=1)


def whole_batch(h: Latent, weight: Weight) -> Scalar:
    """Summed over the batch too."""
    return objectives.contractive_sigmoid(h, weight).sum()


contractive = FunctionCheck(
    "4.4",
    objectives.contractive_sigmoid,
    cases={"three units, four inputs": layer, "one unit, two inputs": one_unit},
    mistakes=(
        Mistake(not_squared, "that is the norm; the penalty is its square."),
        Mistake(slope_not_squared, "each entry of the Jacobian is squared, the factor too."),
        Mistake(without_weights, "∂hᵢ/∂xⱼ has an inner derivative: how does Wx + b depend on x?"),
        Mistake(per_unit, "one number per example: which sum is left?"),
        Mistake(spectral, "that is the spectral norm, squared: the largest direction only."),
        Mistake(row_sums, "first square the entries of a row, then add them."),
        Mistake(
            tanh_slope, "that is the derivative of tanh, in terms of h. The unit is a sigmoid."
        ),
        Mistake(whole_batch, "one number per example: leave the batch axis alone."),
    ),
)
