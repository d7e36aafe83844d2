"""How strange is x to a model that reconstructs? A reconstruction error with a unit of its own."""

import math

from course_utils.types import Data, PerExample


def best_log_likelihood(error: PerExample, dim: int) -> PerExample:
    """log 𝒩(x; x_hat, σ² I) at the σ that makes it largest, for each example its own.

        −n/2 (1 + log(2π error / n)),    at σ² = error / n

    Args:
        error: ‖x − x_hat‖² > 0, shape (batch,).
        dim: Number n of values in one example.

    Returns:
        Nats per example, shape (batch,).
    """
    return -0.5 * dim * (1 + (2 * math.pi * error / dim).log())


def strangeness(x_hat: Data, x: Data) -> PerExample:
    """Log-likelihood of an empty page minus that of the reconstruction, each at its best σ.

        n/2 log( ‖x − x_hat‖² / ‖x‖² )

    It grows with the error per ink, so that a sparse image is not favoured for being sparse.

    Args:
        x_hat: Reconstructions, shape (batch, *event).
        x: Data, same shape, neither empty nor perfectly reconstructed.

    Returns:
        Nats per example, shape (batch,); negative where the reconstruction says more than nothing.
    """
    dim = x[0].numel()
    ink = x.square().flatten(1).sum(dim=1)
    error = (x - x_hat).square().flatten(1).sum(dim=1)

    return best_log_likelihood(ink, dim) - best_log_likelihood(error, dim)
