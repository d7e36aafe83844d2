"""Markov chains that end up sampling a density known only up to its constant.

Many chains run at once, one a row, with one generator of their own: the same seed gives the same
chains whatever else has drawn numbers.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from course_utils.types import Chains, LogDensity, PerExample, Points

Conditional = Callable[[Points, Generator], PerExample]  # draws one coordinate given the others


class Run(NamedTuple):
    """The states after each step, shape (steps, chains, dim), and the share that was accepted."""

    x: Chains
    accepted: float


def metropolis(
    log_density: LogDensity, start: Points, *, steps: int, scale: float, seed: int = 0
) -> Run:
    """Random-walk Metropolis: propose a step in any direction, accept by the ratio of densities.

        x' = x + scale · ε,    accepted with probability min(1, p(x') / p(x))

    The constant of p cancels in the ratio.

    Args:
        log_density: log p up to a constant, points (chains, dim) to (chains,).
        start: First states, shape (chains, dim).
        steps: Steps of each chain.
        scale: Standard deviation of a proposal.
        seed: Of the generator.

    Source:
        Metropolis et al. (1953), "Equation of state calculations by fast computing machines".
        https://doi.org/10.1063/1.1699114
    """
    generator = Generator().manual_seed(seed)
    x, log_p = start, log_density(start)
    states, accepted = [], 0.0

    for _ in range(steps):
        proposal = x + scale * normal(x, generator)
        log_p_new = log_density(proposal)
        take = uniform(x, generator).log() < log_p_new - log_p
        x = torch.where(take[:, None], proposal, x)
        log_p = torch.where(take, log_p_new, log_p)
        states.append(x)
        accepted += take.double().mean().item() / steps

    return Run(torch.stack(states), accepted)


def gibbs(conditionals: Sequence[Conditional], start: Points, *, steps: int, seed: int = 0) -> Run:
    """Gibbs sampling: draw each coordinate in turn from its distribution given the others.

    Args:
        conditionals: One function for each coordinate: takes all states, shape (chains, dim), and
            the generator, and draws from p(xⱼ | the rest), shape (chains,).
        start: First states, shape (chains, dim).
        steps: Sweeps over all coordinates.
        seed: Of the generator.

    Returns:
        The states after each sweep. Every draw is accepted.

    Raises:
        ValueError: There is not one conditional for each coordinate.

    Source:
        Geman & Geman (1984), "Stochastic relaxation, Gibbs distributions, and the Bayesian
        restoration of images". https://doi.org/10.1109/TPAMI.1984.4767596
    """
    if len(conditionals) != start.shape[1]:
        raise ValueError(
            f"conditionals: expected {start.shape[1]}, one for each coordinate, "
            f"got {len(conditionals)}"
        )

    generator = Generator().manual_seed(seed)
    x = start.clone()
    states = []
    for _ in range(steps):
        for j, draw in enumerate(conditionals):
            x[:, j] = draw(x, generator)
        states.append(x.clone())

    return Run(torch.stack(states), 1.0)


def langevin(
    log_density: LogDensity,
    start: Points,
    *,
    steps: int,
    scale: float,
    adjusted: bool = True,
    seed: int = 0,
) -> Run:
    """Langevin steps: half a step up the gradient, and noise.

        x' = x + ½ scale² ∇ log p(x) + scale · ε

    Adjusted (MALA), a step is accepted or refused so that the chain samples p exactly. Unadjusted,
    every step is taken, and the chain samples something near p for a small scale.

    Args:
        log_density: log p up to a constant, differentiable, points (chains, dim) to (chains,).
        start: First states, shape (chains, dim).
        steps: Steps of each chain.
        scale: Standard deviation of the noise.
        adjusted: Whether to correct the discretisation.
        seed: Of the generator.

    Source:
        Roberts & Tweedie (1996), "Exponential convergence of Langevin distributions and their
        discrete approximations", Bernoulli 2(4).
    """
    generator = Generator().manual_seed(seed)
    x = start
    log_p, drift = with_drift(log_density, x, scale)
    states, accepted = [], 0.0

    for _ in range(steps):
        proposal = x + drift + scale * normal(x, generator)
        log_p_new, drift_new = with_drift(log_density, proposal, scale)
        there = -(proposal - x - drift).square().sum(dim=1) / (2 * scale**2)
        back = -(x - proposal - drift_new).square().sum(dim=1) / (2 * scale**2)
        ratio = log_p_new - log_p + back - there
        take = uniform(x, generator).log() < (ratio if adjusted else math.inf)
        x = torch.where(take[:, None], proposal, x)
        log_p = torch.where(take, log_p_new, log_p)
        drift = torch.where(take[:, None], drift_new, drift)
        states.append(x)
        accepted += take.double().mean().item() / steps

    return Run(torch.stack(states), accepted)


def with_drift(log_density: LogDensity, x: Points, scale: float) -> tuple[PerExample, Points]:
    """log p(x), and ½ scale² ∇ log p(x)."""
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        log_p = log_density(x)
        (gradient,) = torch.autograd.grad(log_p.sum(), x)

    return log_p.detach(), 0.5 * scale**2 * gradient


def normal(like: Tensor, generator: Generator) -> Tensor:
    """Standard normal noise of the shape, type and device of `like`."""
    return torch.randn(like.shape, generator=generator, dtype=like.dtype).to(like.device)


def uniform(like: Points, generator: Generator) -> PerExample:
    """One uniform number in [0, 1) for each row of `like`."""
    return torch.rand(len(like), generator=generator, dtype=like.dtype).to(like.device)
