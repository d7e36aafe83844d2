"""The checks of notebook 08."""

import math

import torch

from course_utils import objectives
from course_utils.checks.framework import FunctionCheck, Mistake, NumberCheck
from course_utils.types import PerExample, Samples, Scalar

reference_elbo = objectives.elbo_linear_gaussian


def kl(mu: PerExample, logvar: PerExample) -> PerExample:
    """KL(q ‖ 𝒩(0, 1))."""
    return 0.5 * (mu.square() + logvar.exp() - logvar - 1)


def several() -> tuple[PerExample, PerExample, PerExample]:
    """Five numbers with five guesses."""
    numbers = torch.linspace(-2, 3, 15, dtype=torch.float64).sin().reshape(3, 5)
    return (1.7 * numbers).unbind()


def at_the_posterior() -> tuple[PerExample, PerExample, PerExample]:
    """q is the exact posterior, so the ELBO is log p(x)."""
    x = torch.tensor([1.2, -0.3, 2.0], dtype=torch.float64)
    return x, x * 2 / 3, torch.full_like(x, -math.log(3))


def plus_kl(x: PerExample, mu: PerExample, logvar: PerExample) -> PerExample:
    """The KL term with a plus sign, as in some lecture notes."""
    return reference_elbo(x, mu, logvar) + 2 * kl(mu, logvar)


def lost_minus_half(x: PerExample, mu: PerExample, logvar: PerExample) -> PerExample:
    """σ² + μ² − 1 − log σ² without the −½ in front."""
    return reference_elbo(x, mu, logvar) + 3 * kl(mu, logvar)


def lost_half(x: PerExample, mu: PerExample, logvar: PerExample) -> PerExample:
    """The right sign, twice the KL."""
    return reference_elbo(x, mu, logvar) - kl(mu, logvar)


def at_the_mean(x: PerExample, mu: PerExample, logvar: PerExample) -> PerExample:
    """log p(x | z) at z = μ instead of its average."""
    return reference_elbo(x, mu, logvar) + logvar.exp()


def without_entropy(x: PerExample, mu: PerExample, logvar: PerExample) -> PerExample:
    """E_q log p(z) where −KL belongs."""
    entropy = 0.5 * (math.log(2 * math.pi) + 1 + logvar)
    return reference_elbo(x, mu, logvar) - entropy


def log_sigma(x: PerExample, mu: PerExample, logvar: PerExample) -> PerExample:
    """Reads log σ² as log σ."""
    return reference_elbo(x, mu, 2 * logvar)


def unit_noise(x: PerExample, mu: PerExample, logvar: PerExample) -> PerExample:
    """A decoder of variance 1."""
    return reference_elbo(x, mu, logvar, noise=1.0)


def without_constant(x: PerExample, mu: PerExample, logvar: PerExample) -> PerExample:
    """Without −½ log 2πs²."""
    return reference_elbo(x, mu, logvar) + 0.5 * math.log(math.pi)


def reconstruction_only(x: PerExample, mu: PerExample, logvar: PerExample) -> PerExample:
    """No KL at all."""
    return reference_elbo(x, mu, logvar) + kl(mu, logvar)


def negative_elbo(x: PerExample, mu: PerExample, logvar: PerExample) -> PerExample:
    """The loss."""
    return -reference_elbo(x, mu, logvar)


def averaged(x: PerExample, mu: PerExample, logvar: PerExample) -> Scalar:
    """One number for the batch."""
    return reference_elbo(x, mu, logvar).mean()


exact_elbo = FunctionCheck(
    "8.2",
    reference_elbo,
    cases={"five guesses": several, "the exact posterior, where it is log p(x)": at_the_posterior},
    mistakes=(
        Mistake(
            plus_kl,
            "with + KL it exceeds log p(x) at the posterior, so it is no bound. Which line of the "
            "derivation did the sign come from?",
        ),
        Mistake(
            lost_minus_half,
            "your KL term is σ² + μ² − 1 − log σ²: what stands in front of the bracket?",
        ),
        Mistake(lost_half, "your KL is twice too large: log 𝒩 has a ½."),
        Mistake(
            at_the_mean,
            "that is log p(x | z) at z = μ. What does E_q[(x − z)²] hold besides (x − μ)²?",
        ),
        Mistake(
            without_entropy,
            "E_q[log p(z)] is not −KL(q ‖ p(z)): what has become of −E_q[log q(z | x)]?",
        ),
        Mistake(log_sigma, "`logvar` is log σ²: exp(logvar) is already the variance."),
        Mistake(unit_noise, "the noise of this model has variance ½, not 1."),
        Mistake(without_constant, "log p(x | z) is a log-density: it has a normalising constant."),
        Mistake(
            reconstruction_only,
            "E_q[log p(x | z)] alone is no bound: what does q pay for leaving the prior?",
        ),
        Mistake(negative_elbo, "that is the loss. The bound itself is asked for."),
        Mistake(averaged, "one number per example: leave the batch axis alone."),
    ),
)


named_line = NumberCheck(
    "8.1",
    4,
    tolerance=0.1,
    lesson="Each line is compared with the one before: the first sign that flips is named.",
    mistakes=(
        Mistake(
            5,
            "line 5 copies the slip from the line above, so these two agree. Each line is compared "
            "with the one before it.",
        ),
        Mistake(6, "an inequality can hide a slip, but this slip is met before."),
        Mistake(3, "is log(ab) = log a + log b used wrongly there? Only q/q is multiplied in."),
        Mistake(2, "there is no z in log p(x): its average is itself."),
        Mistake(1, "the first line is only the start: it is compared with nothing."),
    ),
)


def squares() -> tuple[Samples, Samples, float, float]:
    """f(z) = z² at seven places, for q = 𝒩(0.7, 1.3²)."""
    z = torch.linspace(-2, 3, 7, dtype=torch.float64)
    return z.square(), z, 0.7, 1.3


def exponentials() -> tuple[Samples, Samples, float, float]:
    """f(z) = eᶻ for a narrow q = 𝒩(−0.4, 0.5²)."""
    z = torch.linspace(-1.5, 1, 5, dtype=torch.float64)
    return z.exp(), z, -0.4, 0.5


def score(values: Samples, z: Samples, mu: float, sigma: float) -> Samples:
    """The reference with its arguments by position."""
    return objectives.score_function_gradient(values, z, mu=mu, sigma=sigma)


def by_sigma(values: Samples, z: Samples, mu: float, sigma: float) -> Samples:
    """Divided by σ instead of σ²."""
    return score(values, z, mu, sigma) * sigma


def without_f(values: Samples, z: Samples, mu: float, sigma: float) -> Samples:
    """The score alone: what the naive exchange averages."""
    return (z - mu) / sigma**2


def minus_score(values: Samples, z: Samples, mu: float, sigma: float) -> Samples:
    """The derivative with respect to z."""
    return -score(values, z, mu, sigma)


def plain_density(values: Samples, z: Samples, mu: float, sigma: float) -> Samples:
    """∂q/∂μ instead of ∂ log q/∂μ: the density counts twice."""
    density = torch.distributions.Normal(mu, sigma).log_prob(z).exp()
    return score(values, z, mu, sigma) * density


def log_density(values: Samples, z: Samples, mu: float, sigma: float) -> Samples:
    """f log q without a derivative."""
    return values * torch.distributions.Normal(mu, sigma).log_prob(z)


def one_mean(values: Samples, z: Samples, mu: float, sigma: float) -> Scalar:
    """Averages over the samples."""
    return score(values, z, mu, sigma).mean()


score_gradient = FunctionCheck(
    "8.3",
    score,
    cases={"f(z) = z²": squares, "f(z) = eᶻ and a narrow q": exponentials},
    mistakes=(
        Mistake(by_sigma, "differentiate −(z − μ)² / 2σ² for μ once more: which power of σ?"),
        Mistake(without_f, "that is the score alone, and its mean is 0. Where is f?"),
        Mistake(minus_score, "that is the derivative for z. The derivative for μ is asked for."),
        Mistake(
            plain_density,
            "the samples already come as often as q says: its density must not weigh them again.",
        ),
        Mistake(log_density, "you have f(z) log q(z): differentiate log q(z) for μ."),
        Mistake(one_mean, "one estimate per sample: the mean is taken later."),
    ),
)


hidden_variance = NumberCheck(
    "8.4",
    392.0,
    tolerance=0.2,
    lesson="The mean over 784 pixels claims a noise variance of 392 on pixels between 0 and 1.",
    mistakes=(
        Mistake(784.0, "compare with ‖x − x̂‖² / 2s²: what became of the 2?"),
        Mistake(1.0, "s² = 1 goes with ½ of the sum. The mean divides by 784."),
        Mistake(0.5, "s² = ½ goes with the sum ‖x − x̂‖². The mean divides by 784."),
        Mistake(1568.0, "solve 2s² = 784 for s²."),
        Mistake(math.sqrt(392), "that is the standard deviation s. The variance is asked for."),
        Mistake(1 / 392, "that is 1/s²."),
    ),
)
