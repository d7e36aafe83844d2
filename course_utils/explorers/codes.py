"""Codes of data in a latent plane: what is drawn of them, and the bounds that they suggest."""

from collections.abc import Sequence

import torch
from torch import Tensor

from course_utils.explorers.arguments import Box, box, finite, square_around

PLANE = 2  # latents that span the plane
MOST = 5000  # points drawn


def as_codes(name: str, points: Tensor) -> Tensor:
    """Codes as float rows of at least two latents.

    Raises:
        ValueError: They are no finite table with at least two columns.
    """
    codes = finite(name, points, shape=("n", "latent")).float()
    if codes.shape[1] < PLANE:
        raise ValueError(f"{name}: expected at least two latents, got shape {tuple(codes.shape)}")

    return codes


def plane_bounds(points: Sequence[Tensor], bounds: Sequence[float] | None) -> Box:
    """The given bounds, or those of the codes, or three standard deviations of the prior.

    Of several decoders' codes the smallest square counts: there every decoder has codes.
    """
    if bounds is not None:
        return box("bounds", bounds)
    squares = [square_around(codes[:, :PLANE]) for codes in points]

    return min(squares, key=lambda edges: edges[1] - edges[0], default=(-3.0, 3.0, -3.0, 3.0))


def latent_ranges(points: Tensor, plane: Sequence[float], latent: int) -> list[list[float]]:
    """Lowest and highest value of each latent's slider."""
    ranges = [[plane[0], plane[1]], [plane[2], plane[3]]]
    for i in range(PLANE, latent):
        values = points[:, i].abs() if len(points) else torch.tensor([3.0])
        reach = max(1e-3, float(f"{values.quantile(0.995).item():.2g}"))
        ranges.append([-reach, reach])

    return ranges


def central(points: Tensor) -> list[float]:
    """The point nearest to the mean of all; the origin where there is none."""
    if not len(points):
        return [0.0] * points.shape[1]

    return points[(points - points.mean(dim=0)).norm(dim=1).argmin()].tolist()


def class_names(names: Sequence[str] | None, labels: list[int]) -> list[str]:
    """A name for each class from 0 to the highest label.

    Raises:
        ValueError: There are fewer names than classes.
    """
    count = max(labels, default=-1) + 1
    if names is None:
        return [str(label) for label in range(count)]
    if len(names) < count:
        raise ValueError(f"names: expected at least {count} names of classes, got {len(names)}")

    return [str(name) for name in names]


def evenly(rows: Tensor) -> Tensor:
    """At most 5,000 rows, evenly chosen."""
    return rows[torch.linspace(0, len(rows) - 1, MOST).round().long()] if len(rows) > MOST else rows


def as_bytes(values: Tensor | None, dtype: str) -> bytes:
    """A tensor's numbers in the page's byte order, row by row."""
    return b"" if values is None else values.numpy().astype(dtype).tobytes()
