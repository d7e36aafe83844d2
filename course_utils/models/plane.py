"""Where to decode on a plane of two latents: positions along one axis, and all pairs of them."""

import torch
from torch.distributions import Normal

from course_utils.types import Points, Samples


def equal_mass_positions(count: int) -> Samples:
    """Middles of `count` cells that have the same mass under 𝒩(0, 1).

        zᵢ = Φ⁻¹( (i + ½) / count ),    i = 0 … count − 1

    Args:
        count: Number of cells.

    Raises:
        ValueError: `count` is below 1.

    Example:
        >>> equal_mass_positions(3)
        tensor([-0.9674,  0.0000,  0.9674])
    """
    if count < 1:
        raise ValueError(f"count: expected at least 1 cell, got {count}")

    return Normal(0.0, 1.0).icdf((torch.arange(count) + 0.5) / count)


def plane_grid(positions: Samples) -> Points:
    """All pairs of positions, row by row from the top left, shape (count², 2)."""
    count = len(positions)

    return torch.stack([positions.repeat(count), positions.flip(0).repeat_interleave(count)], dim=1)
