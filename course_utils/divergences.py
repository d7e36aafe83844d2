"""How different are two distributions? Closed forms, sums over a grid, and Monte Carlo.

    KL(p ‖ q) = E_p[ log p(x) − log q(x) ] ≥ 0,    JSD(p, q) = ½ KL(p ‖ m) + ½ KL(q ‖ m)

with m = ½ (p + q). All in nats. A function on a grid takes densities and the grid's spacing; a
function by Monte Carlo takes distributions and returns an `Estimate` with its standard error.
"""

import math

import torch
from torch.distributions import Distribution

from course_utils.types import (
    Estimate,
    Grid,
    Latent,
    PerExample,
    Samples,
    Scalar,
    Square,
    Table,
    Vector,
)


def kl_to_prior(mu: Latent, logvar: Latent) -> PerExample:
    """KL from a diagonal Gaussian to the standard normal, in closed form.

        KL(𝒩(μ, diag σ²) ‖ 𝒩(0, I)) = ½ Σⱼ ( μⱼ² + σⱼ² − log σⱼ² − 1 )

    Args:
        mu: Means μ, shape (batch, latent).
        logvar: Log variances log σ², same shape.

    Returns:
        The divergence of each row in nats, shape (batch,), never negative.

    Source:
        Kingma & Welling (2014), "Auto-Encoding Variational Bayes", appendix B.
        https://arxiv.org/abs/1312.6114

    Example:
        >>> kl_to_prior(torch.zeros(1, 2), torch.zeros(1, 2))
        tensor([0.])
    """
    return 0.5 * (mu.square() + logvar.exp() - logvar - 1).sum(dim=-1)


def kl_normal(mu_q: Latent, logvar_q: Latent, mu_p: Latent, logvar_p: Latent) -> PerExample:
    """KL between two diagonal Gaussians, in closed form.

        KL(q ‖ p) = ½ Σⱼ ( log σₚ²/σ_q² + (σ_q² + (μ_q − μₚ)²) / σₚ² − 1 )

    Args:
        mu_q: Means of q, shape (batch, latent).
        logvar_q: Log variances of q, same shape.
        mu_p: Means of p, same shape.
        logvar_p: Log variances of p, same shape.

    Returns:
        The divergence of each row in nats, shape (batch,), never negative.
    """
    ratio = (logvar_q - logvar_p).exp()
    shift = (mu_q - mu_p).square() * (-logvar_p).exp()

    return 0.5 * (ratio + shift - (logvar_q - logvar_p) - 1).sum(dim=-1)


def kl_gaussian(mu_q: Vector, cov_q: Square, mu_p: Vector, cov_p: Square) -> Scalar:
    """KL between two Gaussians with full covariances, in closed form.

        KL(q ‖ p) = ½ ( tr Σₚ⁻¹Σ_q + (μₚ − μ_q)ᵀ Σₚ⁻¹ (μₚ − μ_q) − k + log det Σₚ / det Σ_q )

    Args:
        mu_q: Mean of q, shape (k,).
        cov_q: Covariance of q, shape (k, k), positive definite.
        mu_p: Mean of p, shape (k,).
        cov_p: Covariance of p, shape (k, k), positive definite.

    Returns:
        The divergence in nats.
    """
    chol_q, chol_p = torch.linalg.cholesky(cov_q), torch.linalg.cholesky(cov_p)
    half = torch.linalg.solve_triangular(chol_p, chol_q, upper=False)
    shift = torch.linalg.solve_triangular(chol_p, (mu_p - mu_q)[:, None], upper=False)
    log_det = 2 * (chol_p.diagonal().log() - chol_q.diagonal().log()).sum()

    return 0.5 * (half.square().sum() + shift.square().sum() - len(mu_q) + log_det)


def entropy(p: Table) -> Scalar:
    """H(p) = −Σ p log p of finitely many states, in nats; 0 log 0 counts as 0.

    Example:
        >>> entropy(torch.tensor([0.5, 0.5]))
        tensor(0.6931)
    """
    return -torch.special.xlogy(p, p).sum()


def cross_entropy(p: Table, q: Table) -> Scalar:
    """H(p, q) = −Σ p log q of finitely many states, in nats: H(p) + KL(p ‖ q).

    Infinite where q gives no probability to a state that p visits.
    """
    return -torch.special.xlogy(p, q).sum()


def kl_on_grid(p: Grid, q: Grid, *, spacing: float) -> Scalar:
    """KL(p ‖ q) from two densities on the same even grid.

        Σᵢ ( p log p/q − p + q ) Δ

    The last two terms cancel for true densities. With them every summand is non-negative, and so
    is the sum, however coarse the grid. Infinite where q = 0 < p.

    Args:
        p: Density p on the grid, shape (points,), non-negative.
        q: Density q on the same grid.
        spacing: Distance Δ between neighbouring points; for a plane, the area of a cell.

    Returns:
        The divergence in nats.
    """
    return (torch.special.xlogy(p, p) - torch.special.xlogy(p, q) - p + q).sum() * spacing


def jsd_on_grid(p: Grid, q: Grid, *, spacing: float) -> Scalar:
    """JSD(p, q) from two densities on the same even grid, in nats: symmetric, at most log 2."""
    middle = 0.5 * (p + q)

    return 0.5 * (kl_on_grid(p, middle, spacing=spacing) + kl_on_grid(q, middle, spacing=spacing))


def wasserstein1_on_grid(p: Grid, q: Grid, *, spacing: float) -> Scalar:
    """W₁(p, q) = ∫ |P(x) − Q(x)| dx from two 1-D densities: the work of moving p's mass to q.

    P and Q are the cumulative distributions. In the unit of x, not in nats.
    """
    return ((p - q).cumsum(dim=0) * spacing).abs().sum() * spacing


def wasserstein1(x: Samples, y: Samples) -> Scalar:
    """W₁ between two equally large samples of real numbers: the mean gap after sorting.

    Raises:
        ValueError: The samples differ in size.
    """
    if len(x) != len(y):
        raise ValueError(f"expected samples of equal size, got {len(x)} and {len(y)}")

    return (x.sort().values - y.sort().values).abs().mean()


def estimate(values: Samples) -> Estimate:
    """The mean of independent draws with its standard error, s / √n.

    Raises:
        ValueError: There are fewer than 2 draws.
    """
    if len(values) < 2:
        raise ValueError(f"values: expected at least 2 draws, got {len(values)}")

    return Estimate(values.mean().item(), values.std().item() / math.sqrt(len(values)))


def kl_monte_carlo(p: Distribution, q: Distribution, *, n_samples: int) -> Estimate:
    """KL(p ‖ q) as the mean of log p(x) − log q(x) over x ~ p. Unbiased; may come out negative.

    Args:
        p: Distribution to sample from, with an empty batch.
        q: Distribution over the same events.
        n_samples: Draws, at least 2.
    """
    x = p.sample((n_samples,))

    return estimate(p.log_prob(x) - q.log_prob(x))


def jsd_monte_carlo(p: Distribution, q: Distribution, *, n_samples: int) -> Estimate:
    """JSD(p, q) from `n_samples` draws of each. Unbiased.

    Args:
        p: Distribution with an empty batch.
        q: Distribution over the same events.
        n_samples: Draws from each, at least 2.
    """

    def to_middle(source: Distribution) -> Samples:
        x = source.sample((n_samples,))
        middle = torch.logaddexp(p.log_prob(x), q.log_prob(x)) - math.log(2)
        return source.log_prob(x) - middle

    return estimate(0.5 * (to_middle(p) + to_middle(q)))
