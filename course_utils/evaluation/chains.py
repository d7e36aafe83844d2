"""How much is a chain worth? The memory of a Markov chain, measured in steps."""

import torch

from course_utils.types import ChainValues, Grid


def autocorrelation(values: ChainValues, *, lags: int) -> Grid:
    """Correlation of f(x_t) and f(x_{t+lag}) for lag 0 to `lags`, averaged over the chains.

        ρ(lag) = Σ_t (f_t − f̄)(f_{t+lag} − f̄) / Σ_t (f_t − f̄)²

    f̄ is the mean over all chains and steps, so that a chain that is stuck in one place counts as
    remembering, and not as constant. Each lag's sum is divided by its number of terms.

    Args:
        values: f at each step, shape (steps, chains).
        lags: Largest lag, below the number of steps.

    Returns:
        ρ at lag 0 (which is 1) to `lags`, shape (lags + 1,).

    Raises:
        ValueError: There are not more steps than lags, or the values never change.
    """
    steps = len(values)
    if not 0 <= lags < steps:
        raise ValueError(f"lags: expected 0 to {steps - 1}, got {lags}")
    centred = values - values.mean()
    if not centred.square().sum() > 0:
        raise ValueError("values: expected some that differ, got a constant")

    spectrum = torch.fft.rfft(centred, n=2 * steps, dim=0)  # zeros behind: no wrapping around
    sums = torch.fft.irfft(spectrum.abs().square(), n=2 * steps, dim=0)[: lags + 1].mean(dim=1)
    terms = steps - torch.arange(lags + 1, dtype=sums.dtype, device=sums.device)
    rho = sums / terms

    return rho / rho[0]


def autocorrelation_time(values: ChainValues, *, window: float = 5.0) -> float:
    """How many steps are worth one independent draw.

        τ = 1 + 2 Σ_{lag = 1}^{M} ρ(lag)

    The variance of a mean over n steps is τ times that of n independent draws. The sum stops at
    the first M ≥ `window` · max(τ, 1), since far lags hold only noise. Trust it only where the
    chain is much longer than τ: one that has never left one of two modes does not know how slow
    it is.

    Args:
        values: f at each step, shape (steps, chains).
        window: Length of the sum in units of τ.

    Source:
        Sokal (1997), "Monte Carlo methods in statistical mechanics", section 3.
    """
    rho = autocorrelation(values, lags=len(values) - 1)
    taus = 2 * rho.cumsum(dim=0) - 1
    enough = torch.arange(len(taus), dtype=taus.dtype, device=taus.device) >= window * taus.clamp(
        min=1
    )
    last = int(enough.to(torch.uint8).argmax()) if enough.any() else len(taus) - 1

    return taus[last].item()
