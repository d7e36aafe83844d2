"""The checks of notebook 09."""

import torch
import torch.nn.functional as F
from torch.distributions import Normal

from course_utils.checks.framework import FunctionCheck, Mistake, NumberCheck
from course_utils.divergences import kl_to_prior
from course_utils.models import equal_mass_positions
from course_utils.objectives import bernoulli_nll
from course_utils.types import Flat, Latent, PerExample, Samples, Scalar

Outputs = tuple[Flat, Flat, Latent, Latent]


def loss(logits: Flat, x: Flat, mu: Latent, logvar: Latent) -> PerExample:
    """The negative ELBO of a Bernoulli decoder, from one sample of z and the exact KL."""
    return bernoulli_nll(logits, x) + kl_to_prior(mu, logvar)


def outputs() -> Outputs:
    """What two networks say about three images of four pixels, with two latents."""
    x = torch.tensor([[0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0]])
    mu = torch.tensor([[0.5, -1.0], [2.0, 0.3], [-0.7, 0.1]])
    logvar = torch.tensor([[0.2, -1.5], [-0.4, 0.9], [-3.0, 0.6]])
    return torch.linspace(-3, 2, 12).reshape(3, 4), x, mu, logvar


def extreme() -> Outputs:
    """A decoder with log odds of ±200, wrong on one pixel, and latents that say nothing."""
    zeros = torch.zeros(1, 2)
    return torch.tensor([[200.0, -200.0]]), torch.tensor([[1.0, 1.0]]), zeros, zeros.clone()


def mean_over_pixels(logits: Flat, x: Flat, mu: Latent, logvar: Latent) -> PerExample:
    """The reconstruction divided by the number of pixels."""
    return bernoulli_nll(logits, x) / x.shape[1] + kl_to_prior(mu, logvar)


def subtracts_the_kl(logits: Flat, x: Flat, mu: Latent, logvar: Latent) -> PerExample:
    """The KL with the sign that it has in the ELBO."""
    return bernoulli_nll(logits, x) - kl_to_prior(mu, logvar)


def sigma_for_variance(logits: Flat, x: Flat, mu: Latent, logvar: Latent) -> PerExample:
    """Reads logvar as log σ."""
    return bernoulli_nll(logits, x) + kl_to_prior(mu, 2 * logvar)


def square_root_missing(logits: Flat, x: Flat, mu: Latent, logvar: Latent) -> PerExample:
    """Reads σ where σ² belongs."""
    return bernoulli_nll(logits, x) + kl_to_prior(mu, logvar / 2)


def half_missing(logits: Flat, x: Flat, mu: Latent, logvar: Latent) -> PerExample:
    """The KL without its ½."""
    return bernoulli_nll(logits, x) + 2 * kl_to_prior(mu, logvar)


def elbo_itself(logits: Flat, x: Flat, mu: Latent, logvar: Latent) -> PerExample:
    """The number to maximise."""
    return -loss(logits, x, mu, logvar)


def no_kl(logits: Flat, x: Flat, mu: Latent, logvar: Latent) -> PerExample:
    """An autoencoder's loss."""
    return bernoulli_nll(logits, x)


def averaged_latents(logits: Flat, x: Flat, mu: Latent, logvar: Latent) -> PerExample:
    """The KL divided by the number of latents."""
    return bernoulli_nll(logits, x) + kl_to_prior(mu, logvar) / mu.shape[1]


def averaged_batch(logits: Flat, x: Flat, mu: Latent, logvar: Latent) -> Scalar:
    """One number for the batch."""
    return loss(logits, x, mu, logvar).mean()


def averaged_everything(logits: Flat, x: Flat, mu: Latent, logvar: Latent) -> Scalar:
    """PyTorch's default reduction, plus the mean KL."""
    nll = F.binary_cross_entropy_with_logits(logits, x)
    return nll + kl_to_prior(mu, logvar).mean()


def overflowing(logits: Flat, x: Flat, mu: Latent, logvar: Latent) -> PerExample:
    """The cross-entropy as printed, with log 0 for a confident decoder."""
    p = torch.sigmoid(logits)
    nll = -(x * p.log() + (1 - x) * (1 - p).log()).sum(dim=1)
    return nll + kl_to_prior(mu, logvar)


vae_loss = FunctionCheck(
    "9.1",
    loss,
    cases={"three images": outputs, "log odds of ±200": extreme},
    mistakes=(
        Mistake(mean_over_pixels, "log p(x | z) is a sum over the pixels; yours is their mean."),
        Mistake(
            subtracts_the_kl,
            "the ELBO has the KL with a minus sign; what sign has it in the negative ELBO?",
        ),
        Mistake(sigma_for_variance, "logvar is log σ², so exp(logvar) is σ², not σ."),
        Mistake(square_root_missing, "the KL contains σ² = exp(logvar), not σ."),
        Mistake(half_missing, "compare your KL with the closed form: what became of its ½?"),
        Mistake(elbo_itself, "that is the ELBO, to be maximised: a loss has the other sign."),
        Mistake(no_kl, "that is an autoencoder's loss: what does the code cost?"),
        Mistake(averaged_latents, "the latents' KLs add up: a sum, not a mean."),
        Mistake(averaged_batch, "one number per image: leave the mean to the training step."),
        Mistake(
            averaged_everything,
            "the default reduction averages over batch and pixels; ask for reduction='none'.",
        ),
        Mistake(
            overflowing,
            "right, until sigmoid rounds to 0 or 1 and its logarithm is infinite: use the function "
            "that takes logits.",
        ),
    ),
)


hidden_variance = NumberCheck(
    "9.3",
    392.0,
    tolerance=0.5,
    lesson="A mean over 784 pixels is a decoder of standard deviation 19.8, for pixels in [0, 1].",
    mistakes=(
        Mistake(784.0, "the Gaussian's exponent is ‖x − x̂‖² / 2σ²: where did the 2 go?"),
        Mistake(1568.0, "σ² must solve 2σ² = n, not σ² = 2n."),
        Mistake(1 / 392, "that is 1/σ², the weight of the squared error."),
        Mistake(392**0.5, "that is σ; the question asks for σ²."),
        Mistake(28.0, "that is √n; compare the factors in front of ‖x − x̂‖²."),
        Mistake(1.0, "σ² = 1 gives ½‖x − x̂‖², the sum over the pixels."),
    ),
)


def evenly_spaced(count: int) -> Samples:
    """A linear grid."""
    return torch.linspace(-2, 2, count)


def wider(count: int) -> Samples:
    """A linear grid over three standard deviations."""
    return torch.linspace(-3, 3, count)


def with_the_ends(count: int) -> Samples:
    """Probabilities from 0 to 1 inclusive."""
    return Normal(0.0, 1.0).icdf(torch.linspace(0, 1, count))


def left_edges(count: int) -> Samples:
    """The cells' left edges, the first of them at minus infinity."""
    return Normal(0.0, 1.0).icdf(torch.arange(count) / count)


def inner_edges(count: int) -> Samples:
    """The edges between count + 1 cells."""
    return Normal(0.0, 1.0).icdf((torch.arange(count) + 1) / (count + 1))


def probabilities(count: int) -> Samples:
    """The cells' middles before the inverse CDF."""
    return (torch.arange(count) + 0.5) / count


def forwards(count: int) -> Samples:
    """The CDF in place of its inverse."""
    return Normal(0.0, 1.0).cdf(probabilities(count))


equal_mass = FunctionCheck(
    "9.2",
    equal_mass_positions,
    cases={"4 cells": lambda: (4,), "20 cells": lambda: (20,)},
    mistakes=(
        Mistake(evenly_spaced, "equal steps are not equal masses: the middle cells hold more."),
        Mistake(wider, "equal steps hold unequal masses, however wide the grid is."),
        Mistake(with_the_ends, "Φ⁻¹(0) and Φ⁻¹(1) are infinite: take the middles of the cells."),
        Mistake(left_edges, "i/count is a cell's left edge, and the first is −∞: take its middle."),
        Mistake(inner_edges, "those are the edges between count + 1 cells; take middles of count."),
        Mistake(probabilities, "those are probabilities: which z has that much mass to its left?"),
        Mistake(forwards, "Φ turns z into a probability; you need the way back."),
    ),
)
