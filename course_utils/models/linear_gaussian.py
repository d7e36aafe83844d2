"""z ~ 𝒩(0, I), x | z ~ 𝒩(W z, σ² I): the latent-variable model in which everything is known.

p(x) = 𝒩(x; 0, W Wᵀ + σ² I),    p(z | x) = 𝒩(z; Λ⁻¹ Wᵀ x / σ², Λ⁻¹),    Λ = I + WᵀW / σ²
"""

import torch
from torch import Tensor
from torch.distributions import Distribution, Independent, MultivariateNormal, Normal

from course_utils.distributions import standard_normal
from course_utils.types import Flat, Latent, PerExample, Square, Vector, Weight


class LinearGaussian:
    """Probabilistic PCA without a mean: the truth against which inference is tested.

    Args:
        weight: W, shape (dim, latent).
        sigma: Standard deviation σ > 0 of the noise.

    Raises:
        ValueError: `sigma` is not positive.

    Source:
        Tipping & Bishop (1999), "Probabilistic principal component analysis", eq. 3 to 8.
    """

    def __init__(self, weight: Weight, sigma: float) -> None:
        if sigma <= 0:
            raise ValueError(f"sigma: expected a positive number, got {sigma}")
        self.weight, self.sigma = weight, sigma

    @property
    def prior(self) -> Distribution:
        """p(z)."""
        return standard_normal(self.weight.shape[1], device=self.weight.device)

    def decode(self, z: Latent) -> Distribution:
        """p(x | z)."""
        return Independent(Normal(z @ self.weight.T, self.sigma), 1)

    @property
    def marginal(self) -> MultivariateNormal:
        """p(x), with an empty batch."""
        noise = self.sigma**2 * identity(len(self.weight), self.weight)
        zeros = self.weight.new_zeros(len(self.weight))
        return MultivariateNormal(zeros, self.weight @ self.weight.T + noise)

    def log_prob(self, x: Flat) -> PerExample:
        """log p(x) in nats, shape (batch,)."""
        return self.marginal.log_prob(x)

    def encode(self, x: Flat) -> MultivariateNormal:
        """The exact posterior p(z | x), one row per example; its covariance is the same for all."""
        precision = self.weight.T @ self.weight / self.sigma**2
        precision = precision + identity(self.weight.shape[1], self.weight)
        means = torch.linalg.solve(precision, self.weight.T @ x.T / self.sigma**2).T
        return MultivariateNormal(means, precision_matrix=precision)


def identity(dim: int, like: Tensor) -> Tensor:
    """The identity matrix, of the type and on the device of `like`."""
    return torch.eye(dim, dtype=like.dtype, device=like.device)


def mean_field_variances(cov: Square) -> Vector:
    """The variances of the factorised q that minimises KL(q ‖ 𝒩(μ, Σ)).

        qⱼ = 𝒩(μⱼ, 1 / Λⱼⱼ),    Λ = Σ⁻¹,    1 / Λⱼⱼ ≤ Σⱼⱼ

    1 / Λⱼⱼ is the variance of coordinate j when all others are held fixed, so that q is too narrow
    wherever coordinates depend on one another.

    Args:
        cov: Covariance Σ, shape (dim, dim), positive definite.

    Source:
        Bishop (2006), "Pattern Recognition and Machine Learning", eq. 10.12 to 10.15.
    """
    return 1 / torch.linalg.inv(cov).diagonal()
