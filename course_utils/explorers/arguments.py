"""Arguments that are wrong are refused in one line: what was expected, what came."""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

Box = tuple[float, float, float, float]  # left, right, bottom, top


def finite(name: str, values: Tensor | Sequence, *, shape: tuple[int | str, ...]) -> Tensor:
    """`values` as a finite float tensor on the CPU, of the given shape.

    Args:
        name: The argument's name, for the message.
        values: Numbers.
        shape: Lengths that must match; a word stands for any length.

    Raises:
        ValueError: The shape differs, or a value is NaN or infinite.
    """
    tensor = torch.as_tensor(values).detach().cpu()
    tensor = tensor if tensor.dtype == torch.float64 else tensor.float()
    fits = len(shape) == tensor.ndim and all(
        isinstance(want, str) or want == got for want, got in zip(shape, tensor.shape)
    )
    if not fits:
        wanted = ", ".join(str(length) for length in shape)
        raise ValueError(f"{name}: expected shape ({wanted}), got {tuple(tensor.shape)}")
    if tensor.numel() == 0:
        raise ValueError(f"{name}: expected at least one value, got shape {tuple(tensor.shape)}")
    if not tensor.isfinite().all():
        raise ValueError(
            f"{name}: expected finite numbers, got {int((~tensor.isfinite()).sum())} of "
            f"{tensor.numel()} that are NaN or infinite"
        )

    return tensor


def numbers(name: str, values: Tensor | Sequence[float], *, count: int) -> list[float]:
    """`values` as a list of `count` finite numbers.

    Raises:
        ValueError: There are more, fewer, or others.
    """
    values = values.tolist() if hasattr(values, "tolist") else list(values)
    real = all(isinstance(value, int | float) and math.isfinite(value) for value in values)
    if len(values) != count or not real:
        raise ValueError(f"{name}: expected {count} finite numbers, got {values}")

    return [float(value) for value in values]


def box(name: str, values: Sequence[float]) -> Box:
    """`values` as left < right, bottom < top.

    Raises:
        ValueError: They are not four finite numbers in that order.
    """
    left, right, bottom, top = numbers(name, values, count=4)
    if not (left < right and bottom < top):
        raise ValueError(f"{name}: expected left < right and bottom < top, got {tuple(values)}")

    return left, right, bottom, top


def square_around(points: Tensor) -> Box:
    """A square that holds 99 % of 2-D points in each direction, with a margin, in round numbers."""
    low, high = points.double().quantile(torch.tensor([0.005, 0.995]).double(), dim=0)
    half = max(float((high - low).max()) * 0.56, 1e-6)
    unit = 10.0 ** (math.floor(math.log10(half)) - 1)
    half = math.ceil(half / unit) * unit
    x, y = (round(float(middle) / unit) * unit for middle in (low + high) / 2)
    left, right, bottom, top = (round(edge, 9) for edge in (x - half, x + half, y - half, y + half))

    return left, right, bottom, top


def classes(labels: Tensor | Sequence[int] | None, *, count: int) -> list[int]:
    """`labels` as a list of `count` classes, or an empty list.

    Raises:
        ValueError: Their number is not `count`, or one is no integer from 0 on.
    """
    if labels is None:
        return []
    values = torch.as_tensor(labels).detach().cpu()
    if values.shape != (count,):
        raise ValueError(f"labels: expected shape ({count},), got {tuple(values.shape)}")
    if values.is_floating_point() or values.min() < 0:
        raise ValueError(f"labels: expected integers from 0 on, got {values.dtype}, {values.min()}")

    return values.tolist()
