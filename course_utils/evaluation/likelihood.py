"""How likely is test data under a model with latents, and what do its latents carry?

Every function takes a model by what it returns: `model.encode(x)` is q(z | x), a diagonal Gaussian,
`model.decode(z)` is p(x | z), and `model.prior` is p(z).
"""

import math
from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor
from torch.distributions import Distribution, kl_divergence

from course_utils.types import Data, Latent, PerExample, Square, Vector

ROWS = 4_000  # images decoded at once: 13 MB for each copy of 28x28 pixels in float32


@runtime_checkable
class Model(Protocol):
    """A prior, an encoder and a decoder."""

    prior: Distribution

    def encode(self, x: Data) -> Distribution:
        """q(z | x)."""
        ...

    def decode(self, z: Latent) -> Distribution:
        """p(x | z)."""
        ...


@torch.no_grad()
def iwae_log_likelihood(
    model: Model, x: Data, *, k: int = 500, seed: int = 0, rows: int = ROWS
) -> PerExample:
    """IWAE-k: a lower bound on log p(x) that tightens as k grows.

        log (1/k) Σᵢ p(x | zᵢ) p(zᵢ) / q(zᵢ | x),    z₁ … z_k ~ q(z | x)

    With k = 1 its expectation is the ELBO. Memory is bounded by `rows` decoded images at a time,
    and each image has its own stretch of noise, so that the number does not depend on `rows`.

    Args:
        model: Prior, encoder and decoder.
        x: Data that the decoder gives a probability to (binary pixels for a Bernoulli), shape
            (batch, *event).
        k: Samples of z per image.
        seed: Of the samples.
        rows: Images decoded at once, at least k or else one image's k.

    Returns:
        One estimate per example in nats, shape (batch,).

    Raises:
        ValueError: `k` is below 1.

    Source:
        Burda, Grosse & Salakhutdinov (2016), "Importance Weighted Autoencoders", eq. 8.
        https://arxiv.org/abs/1509.00519
    """
    if k < 1:
        raise ValueError(f"k: expected at least 1 sample, got {k}")

    return torch.cat(
        [
            torch.logsumexp(log_weights(model, part, eps), dim=1) - math.log(k)
            for part, eps in noisy_parts(model, x, k, seed, max(1, rows // k))
        ]
    )


@torch.no_grad()
def negative_elbo(
    model: Model, x: Data, *, n_samples: int = 1, seed: int = 0, rows: int = ROWS
) -> PerExample:
    """An upper bound on −log p(x): the reconstruction from samples of z, and the exact KL.

        −E[log p(x | z)] + KL(q(z | x) ‖ p(z)),    z ~ q(z | x)

    Args:
        model: Prior, encoder and decoder.
        x: Data, shape (batch, *event).
        n_samples: Samples of z per image for the first term.
        seed: Of the samples.
        rows: Images decoded at once.

    Returns:
        One estimate per example in nats, shape (batch,).

    Raises:
        ValueError: `n_samples` is below 1.
    """
    if n_samples < 1:
        raise ValueError(f"n_samples: expected at least 1, got {n_samples}")

    bounds = []
    for part, eps in noisy_parts(model, x, n_samples, seed, max(1, rows // n_samples)):
        q_z = model.encode(part)
        z = q_z.mean[:, None] + q_z.stddev[:, None] * eps
        nll = -log_p_x_given_z(model, part, z).mean(dim=1)
        bounds.append(nll + kl_divergence(q_z, model.prior))

    return torch.cat(bounds)


def noisy_parts(
    model: Model, x: Data, k: int, seed: int, size: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Parts of x, `size` images each, with their noise (images, k, latent)."""
    generator = torch.Generator().manual_seed(seed)
    latent = model.prior.event_shape[0]
    for part in x.split(size):
        eps = [torch.randn(k, latent, generator=generator) for _ in part]
        yield part, torch.stack(eps).to(x)


def log_weights(model: Model, x: Data, eps: Tensor) -> Tensor:
    """log p(x | z) + log p(z) − log q(z | x), shape (batch, k)."""
    q_z = model.encode(x)
    mu, sigma = q_z.mean[:, None], q_z.stddev[:, None]
    z = mu + sigma * eps
    # The constants of the two Gaussians' log-densities cancel.
    log_p_z, log_q_z = -0.5 * z.square(), -0.5 * eps.square() - sigma.log()

    return log_p_x_given_z(model, x, z) + (log_p_z - log_q_z).sum(dim=2)


def log_p_x_given_z(model: Model, x: Data, z: Tensor) -> Tensor:
    """log p(x | z) of every image with each of its k latents, (batch, k, latent) to (batch, k)."""
    k = z.shape[1]
    repeated = x[:, None].expand(-1, k, *x.shape[1:]).flatten(0, 1)

    return model.decode(z.flatten(0, 1)).log_prob(repeated).unflatten(0, (len(x), k))


def kl_per_dimension(q_z: Distribution) -> Vector:
    """What each latent costs: KL(q(zⱼ | x) ‖ 𝒩(0, 1)), averaged over the examples.

        1/N Σᵢ ½ ( μᵢⱼ² + σᵢⱼ² − log σᵢⱼ² − 1 )

    Args:
        q_z: q(z | x), a diagonal Gaussian per example.

    Returns:
        Nats per latent, shape (dim,). Their sum is the mean KL.
    """
    mu, variance = q_z.mean, q_z.variance

    return 0.5 * (mu.square() + variance - variance.log() - 1).mean(dim=0)


def active_units(q_z: Distribution, *, threshold: float = 0.01) -> int:
    """Number of latents whose mean moves with x: the variance of μⱼ(x) is above the threshold.

    Args:
        q_z: q(z | x) of many examples.
        threshold: Least variance that counts.

    Source:
        Burda, Grosse & Salakhutdinov (2016), section 5.2. https://arxiv.org/abs/1509.00519
    """
    return int((q_z.mean.var(dim=0) > threshold).sum())


def aggregate_moments(q_z: Distribution) -> tuple[Vector, Square]:
    """Mean and covariance of the aggregate posterior q(z) = 1/N Σᵢ q(z | xᵢ).

        E z = mean of μᵢ,    Cov z = Cov of μᵢ + mean of diag σᵢ²

    A model whose aggregate posterior is its prior has mean 0 and covariance I.

    Args:
        q_z: q(z | x) of many examples, diagonal Gaussians.

    Returns:
        The mean, shape (dim,), and the covariance, shape (dim, dim).
    """
    spread = torch.cov(q_z.mean.T, correction=0) + q_z.variance.mean(dim=0).diag()

    return q_z.mean.mean(dim=0), spread
