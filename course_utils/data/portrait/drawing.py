"""Antialiased shapes for whole batches: coverage from signed distances, and a brush.

A shape is its coverage, between 0 and 1 in each pixel: ½ − d cut to [0, 1], where d is the signed
distance in pixels of the pixel's centre to the outline, negative inside. That is the area that a
straight edge covers: a shape that moves by a tenth of a pixel changes its edge by a tenth.
Drawings are laid out in units of `UNIT` pixels.

Positions are tensors of shape (n, 1, height, width), numbers that belong to a face (n, 1, 1, 1),
colours (n, 3, 1, 1). Every operation treats each pixel alone and is rounded alike wherever it
stands in a batch, so that a face does not depend on the faces drawn beside it.
"""

import torch
from torch import Tensor

from course_utils.types import Images, PerFace, Planes, Tints

SIDE = 64  # pixels
UNIT = 1.1  # pixels
Window = tuple[slice, slice]  # rows and columns


def window(top: int, bottom: int, left: int, right: int) -> Window:
    """Rows from `top` to before `bottom`, columns from `left` to before `right`."""
    return slice(top, bottom), slice(left, right)


def cut(planes: Planes, where: Window) -> Planes:
    """The part of each plane that a window shows, stored on its own."""
    return planes[..., where[0], where[1]].contiguous()


def covered(distance: Tensor) -> Tensor:
    """Coverage of the pixels at these signed distances to a straight edge, in units.

    Example:
        >>> covered(torch.tensor([-2.0, 0.0, 0.2, 2.0]))
        tensor([1.0000, 0.5000, 0.2800, 0.0000])
    """
    return (0.5 - UNIT * distance).clamp_(0, 1)


def oval(x: Tensor, y: Tensor, width: Tensor | float, height: Tensor | float) -> Tensor:
    """Signed distance, exact at the ends of the axes, to the ellipse of these half-axes.

    d = (r − 1) r / |∇r²/2|,    r² = (x / width)² + (y / height)²
    """
    x, y = x / width, y / height
    square = x * x + y * y
    slope = (x / width).square_() + (y / height).square_()

    return (square - square.sqrt()).mul_(slope.add_(1e-9).rsqrt_())


def disc(x: Tensor, y: Tensor, radius: Tensor | float) -> Tensor:
    """Signed distance to a circle about the origin."""
    return (x * x + y * y).sqrt_() - radius


def block(
    x: Tensor, y: Tensor, width: Tensor | float, height: Tensor | float, round_by: float
) -> Tensor:
    """Signed distance to a rectangle of these half-sides with rounded corners."""
    x, y = x.abs() - (width - round_by), y.abs() - (height - round_by)
    outside = (x.clamp_min(0).square_() + y.clamp_min(0).square_()).sqrt_()

    return outside + torch.maximum(x, y).clamp_max_(0) - round_by


def glow(x: Tensor, y: Tensor, width: Tensor | float, height: Tensor | float) -> Tensor:
    """A soft spot, (1 − r²)² inside an ellipse of these half-axes and 0 outside."""
    return (1 - (x / width).square_() - (y / height).square_()).clamp_min_(0).square_()


def smooth(start: Tensor | float, end: Tensor | float, x: Tensor) -> Tensor:
    """From 0 at `start` to 1 at `end`, with the slope 0 at both: 3t² − 2t³."""
    t = ((x - start) / (end - start)).clamp_(0, 1)

    return t * t * (3 - 2 * t)


def paint(image: Images, coverage: Planes, colour: Tensor, where: Window | None = None) -> None:
    """Lay a colour over the image, or over a window of it, as far as it covers."""
    part = image if where is None else image[..., where[0], where[1]]
    part.lerp_(colour.expand_as(part), coverage.expand_as(part))


def mix(first: Tensor, second: Tensor, share: Tensor | float) -> Tensor:
    """`share` of the second and the rest of the first."""
    return first + (second - first) * share


def colours(codes: str) -> Tensor:
    """Colours written in hexadecimal, one a row, from 0 to 1.

    Example:
        >>> colours("000000 ff8000")
        tensor([[0.0000, 0.0000, 0.0000],
                [1.0000, 0.5020, 0.0000]])
    """
    return torch.tensor([list(bytes.fromhex(code)) for code in codes.split()]) / 255


def along(palette: Tensor, position: PerFace) -> Tints:
    """The colour at a position from 0 to 1 along a palette, joined by straight lines."""
    place = position.flatten() * (len(palette) - 1)
    left = place.floor().clamp_(0, len(palette) - 2)
    low = palette[left.long()]
    high = palette[left.long() + 1]

    return (low + (high - low) * (place - left)[:, None])[:, :, None, None]
