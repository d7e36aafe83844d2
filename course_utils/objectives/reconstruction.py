"""How well is x reconstructed? A reconstruction loss is a negative log-likelihood.

Choosing the loss is choosing p(x | z).
"""

import math

import torch
import torch.nn.functional as F

from course_utils.types import Data, PerExample, Scalar, Square, Weight, WeightBack


def bernoulli_nll(logits: Data, x: Data) -> PerExample:
    """Binary cross-entropy of x under pixels with log odds `logits`, summed over the event.

        −Σⱼ ( xⱼ log pⱼ + (1 − xⱼ) log(1 − pⱼ) ),    pⱼ = sigmoid(logitsⱼ)

    For x in {0, 1} it is −log p(x), a negative log-likelihood. For grey x in (0, 1) it is only a
    cross-entropy: its minimum, at pⱼ = xⱼ, is `bernoulli_entropy(x)` and not 0.

    Args:
        logits: Log odds, shape (batch, *event).
        x: Data in [0, 1], same shape.

    Returns:
        Nats per example, shape (batch,).
    """
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").flatten(1).sum(dim=1)


def bernoulli_entropy(x: Data) -> PerExample:
    """The least binary cross-entropy that any prediction of grey x can reach.

        −Σⱼ ( xⱼ log xⱼ + (1 − xⱼ) log(1 − xⱼ) ),    0 log 0 = 0

    Args:
        x: Data in [0, 1], shape (batch, *event).

    Returns:
        Nats per example, shape (batch,).
    """
    return -(torch.special.xlogy(x, x) + torch.special.xlogy(1 - x, 1 - x)).flatten(1).sum(dim=1)


def squared_error(x_hat: Data, x: Data) -> PerExample:
    """‖x − x_hat‖², summed over the event.

    Args:
        x_hat: Reconstructions, shape (batch, *event).
        x: Data, same shape.

    Returns:
        One number per example, shape (batch,), in squared units of x.
    """
    return (x - x_hat).square().flatten(1).sum(dim=1)


def gaussian_nll(x_hat: Data, x: Data, *, sigma: float = 1.0) -> PerExample:
    """−log 𝒩(x; x_hat, σ² I), summed over the event.

        ‖x − x_hat‖² / 2σ² + (n/2) log 2πσ²

    Args:
        x_hat: Means, shape (batch, *event).
        x: Data, same shape.
        sigma: Standard deviation σ > 0 of every pixel.

    Returns:
        Nats per example, shape (batch,). A density: it may be negative.

    Raises:
        ValueError: `sigma` is not positive.
    """
    if sigma <= 0:
        raise ValueError(f"sigma: expected a positive number, got {sigma}")

    constant = x[0].numel() * math.log(2 * math.pi * sigma**2) / 2
    return squared_error(x_hat, x) / (2 * sigma**2) + constant


def linear_reconstruction_error(cov: Square, encoder: Weight, decoder: WeightBack) -> Scalar:
    """Expected squared error of a linear autoencoder on centred data with covariance Σ.

        E‖x − B A x‖² = tr( (I − BA) Σ (I − BA)ᵀ )

    Args:
        cov: Covariance Σ, shape (dim, dim).
        encoder: A, shape (latent, dim).
        decoder: B, shape (dim, latent).
    """
    residual = torch.eye(len(cov), dtype=cov.dtype, device=cov.device) - decoder @ encoder

    return (residual @ cov @ residual.T).trace()


def tied_reconstruction_error(cov: Square, encoder: Weight) -> Scalar:
    """Expected squared error of a linear autoencoder whose decoder is its encoder's transpose.

        E‖x − WᵀW x‖² = tr Σ − 2 tr(W Σ Wᵀ) + tr(W Σ Wᵀ W Wᵀ)

    Args:
        cov: Covariance Σ of centred data, shape (dim, dim).
        encoder: W, shape (latent, dim).
    """
    captured = encoder @ cov @ encoder.T

    return cov.trace() - 2 * captured.trace() + (captured @ encoder @ encoder.T).trace()
