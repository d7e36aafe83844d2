"""What a code is charged for: penalties Ω that keep an autoencoder from copying."""

import torch
from torch.func import jacrev, vjp, vmap

from course_utils.types import Data, Flat, Latent, PerExample, Weight


def sparsity(h: Latent) -> PerExample:
    """The L1 penalty Σⱼ |hⱼ| on a code, shape (batch,)."""
    return h.abs().sum(dim=1)


def soft_threshold(a: Data, lam: float) -> Data:
    """The code that is cheapest under an L1 penalty, entry by entry.

        argminₕ (a − h)² + λ |h| = sign(a) · max(|a| − λ/2, 0)

    Exactly zero for |a| ≤ λ/2, and shrunk by λ/2 beyond.

    Args:
        a: What each entry would be without a penalty, shape (batch, *event).
        lam: Weight λ ≥ 0 of the penalty.

    Returns:
        One entry for each of `a`, same shape.
    """
    return a.sign() * (a.abs() - lam / 2).clamp(min=0)


def contractive_sigmoid(h: Latent, weight: Weight) -> PerExample:
    """Squared Frobenius norm of the Jacobian of h = sigmoid(W x + b), in closed form.

        ‖∂h/∂x‖²_F = Σⱼ (hⱼ (1 − hⱼ))² ‖Wⱼ‖²

    Args:
        h: Codes, shape (batch, latent), in (0, 1).
        weight: W, shape (latent, dim).

    Returns:
        The penalty per example, shape (batch,).

    Source:
        Rifai et al. (2011), "Contractive Auto-Encoders", eq. 3 and section 5.3.
        https://icml.cc/2011/papers/455_icmlpaper.pdf
    """
    return ((h * (1 - h)).square() * weight.square().sum(dim=1)).sum(dim=1)


def contractive(encoder: torch.nn.Module, x: Flat) -> PerExample:
    """Squared Frobenius norm ‖∂h/∂x‖²_F of any encoder's Jacobian, by automatic differentiation.

    Exact, and as costly as one backward pass per latent.

    Args:
        encoder: Maps (batch, dim) to (batch, latent), each row on its own (no batch norm).
        x: Data, shape (batch, dim).

    Returns:
        The penalty per example, shape (batch,).
    """
    jacobian = vmap(jacrev(lambda row: encoder(row[None])[0]))(x)

    return jacobian.square().flatten(1).sum(dim=1)


def contractive_hutchinson(
    encoder: torch.nn.Module, x: Flat, *, probes: int = 1, generator: torch.Generator | None = None
) -> PerExample:
    """Unbiased estimate of ‖∂h/∂x‖²_F from random projections: one backward pass per probe.

        ‖J‖²_F = E‖Jᵀ v‖²,    v uniform in {−1, 1}ᵈ

    Args:
        encoder: Maps (batch, dim) to (batch, latent), each row on its own (no batch norm).
        x: Data, shape (batch, dim).
        probes: Number of projections, at least 1.
        generator: Source of the projections.

    Returns:
        One estimate per example, shape (batch,).

    Raises:
        ValueError: `probes` is below 1.

    Source:
        Hutchinson (1989), "A stochastic estimator of the trace of the influence matrix".
        https://doi.org/10.1080/03610918908812806
    """
    if probes < 1:
        raise ValueError(f"probes: expected at least 1, got {probes}")

    h, pull_back = vjp(encoder, x)
    total = torch.zeros(len(x), dtype=x.dtype, device=x.device)
    for _ in range(probes):
        signs = torch.randint(0, 2, h.shape, generator=generator).to(h) * 2 - 1
        (gradient,) = pull_back(signs)
        total = total + gradient.square().flatten(1).sum(dim=1)

    return total / probes
