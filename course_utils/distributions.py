"""The distributions that models return: q(z | x), p(x | z) and p(z) as objects, not loose tensors.

Each function returns a `torch.distributions` object whose batch is the rows of its arguments and
whose event is everything else, so that `log_prob` gives one number per example, in nats.
"""

import torch
from torch import Tensor
from torch.distributions import (
    Bernoulli,
    Categorical,
    Distribution,
    Independent,
    MixtureSameFamily,
    Normal,
)

from course_utils.types import Data, Jacobians, Latent, PerExample, Points, Square, Vector


def diagonal_normal(mu: Data, logvar: Data) -> Distribution:
    """𝒩(μ, diag σ²), one distribution per row.

        log p(x) = −½ Σⱼ ( (xⱼ − μⱼ)² / σⱼ² + log σⱼ² + log 2π ),    σⱼ² = exp(logvarⱼ)

    Args:
        mu: Means μ, shape (batch, *event).
        logvar: Log variances log σ², same shape. Any real number is a variance: σ² > 0.

    Raises:
        ValueError: The shapes differ.

    Example:
        >>> q_z = diagonal_normal(torch.zeros(4, 2), torch.zeros(4, 2))
        >>> q_z.log_prob(torch.zeros(4, 2)).shape
        torch.Size([4])
    """
    if mu.shape != logvar.shape:
        raise ValueError(
            f"logvar: expected the shape of mu, {tuple(mu.shape)}, got {tuple(logvar.shape)}"
        )

    return Independent(Normal(mu, (0.5 * logvar).exp()), mu.ndim - 1)


def standard_normal(dim: int, *, device: torch.device | str = "cpu") -> Distribution:
    """𝒩(0, I) in `dim` dimensions: the usual prior p(z), with an empty batch.

    Raises:
        ValueError: `dim` is below 1.

    Example:
        >>> standard_normal(2).sample((3,)).shape
        torch.Size([3, 2])
    """
    if dim < 1:
        raise ValueError(f"dim: expected at least 1, got {dim}")

    zeros = torch.zeros(dim, device=device)
    return Independent(Normal(zeros, torch.ones_like(zeros)), 1)


def factored_bernoulli(logits: Data) -> Distribution:
    """Independent binary pixels, P(xⱼ = 1) = sigmoid(logitsⱼ), one distribution per row.

        log p(x) = Σⱼ ( xⱼ log pⱼ + (1 − xⱼ) log(1 − pⱼ) )

    It gives a probability to x in {0, 1} only. For grey x the same sum is a cross-entropy and no
    likelihood: `objectives.bernoulli_nll` computes it under that name.

    Args:
        logits: Log odds, shape (batch, *event).
    """
    return Independent(Bernoulli(logits=logits), logits.ndim - 1)


def gaussian_mixture(weights: Tensor, means: Latent, scales: Tensor) -> Distribution:
    """Σₖ πₖ 𝒩(μₖ, σₖ² I): a mixture of round Gaussians, with an empty batch.

    Args:
        weights: Mixing weights π, shape (components,), non-negative, with sum 1.
        means: Means μₖ, shape (components, dim).
        scales: Standard deviations σₖ > 0, shape (components,).

    Raises:
        ValueError: The weights are no probabilities, or the counts of components differ.

    Example:
        >>> bumps = gaussian_mixture(
        ...     torch.tensor([0.5, 0.5]), torch.tensor([[-2.0], [2.0]]), torch.ones(2)
        ... )
        >>> bumps.log_prob(torch.tensor([[0.0]])).shape
        torch.Size([1])
    """
    if weights.ndim != 1 or means.ndim != 2 or not weights.shape == means.shape[:1] == scales.shape:
        raise ValueError(
            "expected weights (k,), means (k, dim) and scales (k,), got "
            f"{tuple(weights.shape)}, {tuple(means.shape)} and {tuple(scales.shape)}"
        )
    if weights.min() < 0 or not torch.isclose(weights.sum(), weights.new_ones(())):
        raise ValueError(f"weights: expected probabilities with sum 1, got {weights.tolist()}")

    components = Independent(Normal(means, scales[:, None].expand_as(means)), 1)
    return MixtureSameFamily(Categorical(probs=weights), components)


def change_of_variables(log_p_z: PerExample, jacobian: Jacobians) -> PerExample:
    """The log-density of x = f(z), from that of z and the Jacobian of an invertible f at z.

        log p(x) = log p(z) − log |det ∂f/∂z|,    z = f⁻¹(x)

    Args:
        log_p_z: log p(z) in nats, shape (batch,).
        jacobian: ∂f/∂z at the same z, shape (batch, dim, dim).

    Returns:
        log p(x) in nats, shape (batch,).

    Source:
        Rezende & Mohamed (2015), "Variational Inference with Normalizing Flows", eq. 5.
        https://arxiv.org/abs/1505.05770

    Example:
        >>> change_of_variables(torch.zeros(1), 2 * torch.eye(1)[None])  # twice as wide
        tensor([-0.6931])
    """
    return log_p_z - torch.linalg.slogdet(jacobian).logabsdet


def gaussian_score(x: Points, mu: Vector, cov: Square) -> Points:
    """The score of a Gaussian: which way, and how steeply, its log-density rises at x.

        ∇ₓ log 𝒩(x; μ, Σ) = −Σ⁻¹ (x − μ)

    Args:
        x: Points, shape (n_points, dim).
        mu: Mean μ, shape (dim,).
        cov: Covariance Σ, shape (dim, dim), positive definite.

    Returns:
        One vector per point, shape (n_points, dim).
    """
    return -torch.linalg.solve(cov, (x - mu).T).T
