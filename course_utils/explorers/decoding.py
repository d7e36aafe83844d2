"""A decoder as an explorer needs it: pictures here, and a program for the page if it has one."""

import copy
import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.distributions import Distribution

from course_utils.explorers.program import NoBrowserForm, Program, program
from course_utils.types import Latent

Where = Literal["auto", "browser", "kernel"]
DTYPES = {torch.float16: "<f2", torch.float32: "<f4"}
ATLAS = 15  # images along each side of the plane on a page that cannot decode


class Eye:
    """Looks at latent points through a decoder, as it was when the eye was made.

    Args:
        decoder: Maps z of shape (batch, latent) to images in `value_range`, as rows of grey square
            pixels or as (batch, channel, height, width); or to a distribution over them.
        latent: Size of the code z.
        where: 'browser', 'kernel', or 'auto' for the first of them that works.
        dtype: Type in which weights travel to the page.
        shape: (channel, height, width) where the decoder's output does not say.
        value_range: The values drawn as 0 and as 1.

    Raises:
        ValueError: An argument does not fit; the message says which.
    """

    def __init__(
        self,
        decoder: nn.Module | Callable[[Latent], Tensor | Distribution],
        *,
        latent: int,
        where: Where = "auto",
        dtype: torch.dtype = torch.float16,
        shape: tuple[int, int, int] | None = None,
        value_range: tuple[float, float] = (0.0, 1.0),
    ) -> None:
        if not callable(decoder):
            raise ValueError(
                f"decoder: expected a module or function, got {type(decoder).__name__}"
            )
        if where not in ("auto", "browser", "kernel"):
            raise ValueError(f"where: expected 'auto', 'browser' or 'kernel', got {where!r}")
        if dtype not in DTYPES:
            raise ValueError(f"dtype: expected torch.float16 or torch.float32, got {dtype}")

        self.decoder = snapshot(decoder)
        self.low, self.high = value_range
        self.shape = image_shape(self.values(torch.zeros(1, latent)), latent, shape)
        self.program = None if where == "kernel" else self.written(latent, where)
        self.weights = b"" if self.program is None else packed(self.program, dtype)
        self.dtype = (
            "f16" if self.program and len(self.weights) == 2 * len(self.program.weights) else "f32"
        )

    def written(self, latent: int, where: Where) -> Program | None:
        """The page's program, or None where there is none and none is demanded."""
        try:
            if not isinstance(self.decoder, nn.Module):
                raise NoBrowserForm(
                    "decoder: expected an nn.Sequential for the browser, got "
                    f"{type(self.decoder).__name__}"
                )
            return program(self.decoder, latent)
        except NoBrowserForm:
            if where == "browser":
                raise
            return None

    @torch.no_grad()
    def values(self, z: Latent) -> Tensor:
        """The decoder's output in float32, computed by one thread: two stall on a busy machine."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            found = self.decoder(z.float())
        except (RuntimeError, TypeError, ValueError) as error:
            reason = str(error).strip().splitlines()[0] if str(error).strip() else repr(error)
            raise ValueError(
                f"decoder: expected to decode z of shape {tuple(z.shape)}, got {reason}"
            ) from None
        finally:
            torch.set_num_threads(threads)

        found = found.mean if isinstance(found, Distribution) else found
        return found.detach().float().cpu()

    def decode(self, z: Latent) -> np.ndarray:
        """Images at z as uint8, shape (batch, height, width, channel)."""
        share = (self.values(z) - self.low) / (self.high - self.low)
        pixels = share.clamp(0, 1).mul(255).round().to(torch.uint8)

        return pixels.reshape(len(z), *self.shape).permute(0, 2, 3, 1).contiguous().numpy()

    def check_range(self, z: Latent) -> None:
        """Refuse logits: pictures far outside the range of values that is drawn.

        Raises:
            ValueError: Values reach further out than the range is wide, or are not finite.
        """
        values = self.values(z)
        low, high, width = values.min().item(), values.max().item(), self.high - self.low
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError(f"decoder: expected finite images, got values {low:.3g} to {high:.3g}")
        if low < self.low - width or high > self.high + width:
            raise ValueError(
                f"decoder: expected values in [{self.low:g}, {self.high:g}], got {low:.3g} to "
                f"{high:.3g}; a decoder of logits is shown as nn.Sequential(decoder, nn.Sigmoid())"
            )

    def page(self) -> dict[str, object]:
        """What the page needs to know of this decoder."""
        steps = None if self.program is None else self.program.steps
        kind = {"shape": list(self.shape), "range": [self.low, self.high]}

        return {"steps": steps, "weights": self.weights, "dtype": self.dtype, **kind}

    def atlas(self, z: Sequence[float], bounds: Sequence[float]) -> bytes:
        """Images over an even grid of the first two latents, the others as in z, row by row."""
        return self.decode(grid(z, bounds, ATLAS)).tobytes()


def grid(z: Sequence[float], bounds: Sequence[float], count: int) -> Latent:
    """Even grid over the plane of the first two latents, from the bottom left, row by row."""
    left, right, bottom, top = bounds
    up, across = torch.meshgrid(
        torch.linspace(bottom, top, count), torch.linspace(left, right, count), indexing="ij"
    )
    points = torch.tensor(list(z)).repeat(count * count, 1)
    points[:, 0], points[:, 1] = across.flatten(), up.flatten()

    return points


def snapshot(decoder: object) -> object:
    """A module's copy on the CPU in evaluation mode; anything else as it is."""
    if not isinstance(decoder, nn.Module):
        return decoder

    return copy.deepcopy(decoder).cpu().float().eval().requires_grad_(False)


def packed(written: Program, dtype: torch.dtype) -> bytes:
    """The weights as bytes, in float32 where float16 would overflow."""
    values = written.weights.numpy()
    if dtype == torch.float16 and np.abs(values).max(initial=0.0) < 65504:
        return values.astype("<f2").tobytes()

    return values.astype("<f4").tobytes()


def image_shape(
    values: Tensor, latent: int, shape: tuple[int, int, int] | None
) -> tuple[int, int, int]:
    """(channel, height, width) of one decoded image.

    Raises:
        ValueError: The output is no image, or `shape` has another number of values.
    """
    found = tuple(values.shape[1:])
    side = math.isqrt(math.prod(found))
    if shape is None and len(found) == 3:
        shape = found
    elif shape is None and len(found) == 2:
        shape = (1, *found)
    elif shape is None and len(found) == 1 and side * side == found[0]:
        shape = (1, side, side)
    if shape is None:
        raise ValueError(f"shape: expected (channel, height, width) for a decoder's output {found}")
    if len(values) != 1 or math.prod(shape) != math.prod(found) or shape[0] not in (1, 3):
        raise ValueError(
            f"decoder: expected images of shape {tuple(shape)} with 1 or 3 channels from z of "
            f"shape (1, {latent}), got {tuple(values.shape)}"
        )

    return tuple(shape)
