"""Densities in the plane that are known exactly: each returns samples and its log-density.

    x, log_density = ring(1000, seed=0)

A curve with Gaussian noise has the density ∫ 𝒩(x; c(s), σ² I) p(s) ds over its parameter. Gauss–
Legendre quadrature in 250 panels gives its logarithm to 1e-5 while the noise is 0.02 or more; on a
spiral of three to five turns, 0.05 or more.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from course_utils.distributions import gaussian_mixture
from course_utils.types import LogDensity, PerExample, Points

PANELS, ORDER = 250, 8  # pieces of a curve in the sum for its density, and points in each


class Toy(NamedTuple):
    """Samples of shape (n, 2), and the log-density in nats of the distribution they come from."""

    x: Points
    log_density: LogDensity


def ring(n: int, *, modes: int = 8, radius: float = 2.0, noise: float = 0.1, seed: int = 0) -> Toy:
    """Round Gaussians of standard deviation `noise`, evenly spaced on a circle."""
    angle = torch.arange(modes) * (2 * math.pi / modes)
    centres = radius * torch.stack([angle.cos(), angle.sin()], dim=1)

    return round_gaussians(n, centres, noise, seed)


def grid(n: int, *, side: int = 5, spacing: float = 1.0, noise: float = 0.1, seed: int = 0) -> Toy:
    """Round Gaussians of standard deviation `noise` on a square lattice of side x side."""
    line = (torch.arange(side) - (side - 1) / 2) * spacing

    return round_gaussians(n, torch.cartesian_prod(line, line), noise, seed)


def round_gaussians(n: int, centres: Points, noise: float, seed: int) -> Toy:
    """Equally likely round Gaussians at `centres`."""
    check_noise(noise)
    generator = torch.Generator().manual_seed(seed)
    which = torch.randint(len(centres), (n,), generator=generator)
    x = centres[which] + noise * torch.randn(n, 2, generator=generator)

    count = len(centres)
    mixture = gaussian_mixture(
        torch.full((count,), 1 / count), centres, torch.full((count,), noise)
    )
    return Toy(x, mixture.log_prob)


def two_moons(n: int, *, noise: float = 0.05, seed: int = 0) -> Toy:
    """Two interleaved half-circles of radius 1, with Gaussian noise."""

    def moons(s: Tensor) -> Points:
        upper = s < 0.5
        angle = 2 * math.pi * torch.where(upper, s, s - 0.5)
        x = torch.where(upper, angle.cos(), 1 - angle.cos())
        y = torch.where(upper, angle.sin(), 0.5 - angle.sin())
        return torch.stack([x, y], dim=1)

    return noisy_curve(n, moons, noise, seed)


def spiral(n: int, *, turns: float = 2.0, noise: float = 0.05, seed: int = 0) -> Toy:
    """A spiral from the origin out to radius 2, evenly filled along its length."""

    def arm(s: Tensor) -> Points:
        angle = 2 * math.pi * turns * s
        return 2 * s[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)

    return noisy_curve(n, arm, noise, seed, power=2)


def noisy_curve(
    n: int, curve: Callable[[Tensor], Points], noise: float, seed: int, *, power: int = 1
) -> Toy:
    """Points c(s) of a curve with Gaussian noise, sᵖᵒʷᵉʳ uniform in (0, 1)."""
    check_noise(noise)
    generator = torch.Generator().manual_seed(seed)
    s = torch.rand(n, generator=generator) ** (1 / power)
    x = curve(s) + noise * torch.randn(n, 2, generator=generator)

    nodes, weights = quadrature()
    centres, log_weights = curve(nodes), (weights * power * nodes ** (power - 1)).log()

    def log_density(points: Points) -> PerExample:
        exact = "donot_use_mm_for_euclid_dist"
        distance = torch.cdist(points, centres.to(points), compute_mode=exact)
        logs = log_weights.to(points) - distance.square() / (2 * noise**2)
        return torch.logsumexp(logs, dim=1) - math.log(2 * math.pi * noise**2)

    return Toy(x, log_density)


def quadrature() -> tuple[Tensor, Tensor]:
    """Nodes in (0, 1) and weights with sum 1, in float64: the Gauss–Legendre rule in each panel."""
    nodes, weights = map(torch.from_numpy, np.polynomial.legendre.leggauss(ORDER))
    left = torch.arange(PANELS, dtype=torch.float64)[:, None]

    return ((left + (nodes + 1) / 2) / PANELS).flatten(), weights.repeat(PANELS) / (2 * PANELS)


def pinwheel(
    n: int, *, blades: int = 5, twist: float = 1.0, noise: float = 0.15, seed: int = 0
) -> Toy:
    """Gaussian blades around the origin, swirled by an angle that grows with the radius.

        x = R(twist · ‖u‖) u,    u from one of `blades` Gaussians around the circle

    A rotation that depends on the radius alone keeps areas: the Jacobian's determinant is 1, and
    p(x) is the density of u at the point swirled back.
    """
    check_noise(noise)
    generator = torch.Generator().manual_seed(seed)
    angle = torch.randint(blades, (n,), generator=generator) * (2 * math.pi / blades)
    scales = torch.tensor([2 * noise, noise])
    along = torch.tensor([1.0, 0.0]) + scales * torch.randn(n, 2, generator=generator)
    u = rotate(along, angle)

    def log_density(points: Points) -> PerExample:
        back = rotate(points, -twist * points.norm(dim=1))
        logs = [
            blade(rotate(back, torch.full((len(points),), -2 * math.pi * i / blades)))
            for i in range(blades)
        ]
        return torch.logsumexp(torch.stack(logs), dim=0) - math.log(blades)

    def blade(points: Points) -> PerExample:
        scaled = (points - points.new_tensor([1.0, 0.0])) / scales.to(points)
        constant = math.log(2 * math.pi) + scales.log().sum().item()
        return -0.5 * scaled.square().sum(dim=1) - constant

    return Toy(rotate(u, twist * u.norm(dim=1)), log_density)


def rotate(points: Points, angle: Tensor) -> Points:
    """Each point turned by its own angle around the origin."""
    x, y = points.unbind(dim=1)
    cos, sin = angle.to(points).cos(), angle.to(points).sin()

    return torch.stack([cos * x - sin * y, sin * x + cos * y], dim=1)


def check_noise(noise: float) -> None:
    """Raise `ValueError` unless the noise is wide enough for an exact density."""
    if noise < 0.02:
        raise ValueError(f"noise: expected at least 0.02, got {noise}")
