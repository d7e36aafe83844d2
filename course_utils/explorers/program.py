"""A decoder as a short list of steps that a page can run, with its weights in one array.

The page computes with images as (height, width, channel), so that every affine step is one matrix
product with contiguous rows: a convolution gathers patches first, a transposed one spreads its
products afterwards. Batch normalisation in evaluation mode is an affine map per channel and is
folded into the layer before it.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from course_utils.explorers import layers

LIMIT = 30_000_000  # multiply-adds that a page does within a frame
SIDE = 64


class Program(NamedTuple):
    """What a page needs to decode: steps, their weights, the result's shape, and the price."""

    steps: list[dict]
    weights: Tensor  # float32, flat
    shape: tuple[int, ...]  # (dim,) or (channel, height, width)
    cost: int  # multiply-adds


class NoBrowserForm(ValueError):
    """This decoder cannot run in a page; the message says which layer and why."""


class Writer:
    """Collects steps and weights, and knows the shape that the next layer sees.

    Args:
        latent: Size of the code z.
    """

    def __init__(self, latent: int) -> None:
        self.steps: list[dict] = []
        self.weights: list[Tensor] = []
        self.shape: tuple[int, ...] = (latent,)
        self.size = self.cost = 0

    def put(self, weight: Tensor) -> int:
        """Store a weight; its place in the array."""
        self.weights.append(weight.detach().float().cpu().reshape(-1))
        self.size += weight.numel()
        return self.size - weight.numel()

    def step(self, op: str, *, shape: tuple[int, ...] | None = None, **numbers: object) -> None:
        """Append a step that gives an array of this shape, or of the same one."""
        self.shape = self.shape if shape is None else shape
        self.steps.append({"op": op, **numbers})


def program(decoder: nn.Module, latent: int) -> Program:
    """Write `decoder` as a program for the page.

    Known are Linear, Conv2d, ConvTranspose2d, Upsample, BatchNorm, Flatten, Unflatten, Dropout and
    Identity, the usual activations, and `nn.Sequential` of these.

    Args:
        decoder: Maps (batch, latent) to images.
        latent: Size of the code z.

    Raises:
        NoBrowserForm: A layer is not among them, the image is larger than 64x64, or one picture
            takes more than 30 million multiply-adds.
    """
    writer = Writer(latent)
    waiting = [module for module in flat(decoder) if not isinstance(module, layers.NOTHING)]
    while waiting:
        module = waiting.pop(0)
        norm = waiting[0] if waiting and isinstance(waiting[0], layers.NORMS) else None
        write: Callable | None = layers.WRITERS.get(type(module))
        if write is None:
            raise NoBrowserForm(f"decoder: {type(module).__name__} has no form for the browser")
        try:
            if type(module) in layers.AFFINE and norm is not None:
                write(writer, module, layers.scale_and_shift(waiting.pop(0)))
            else:
                write(writer, module)
        except layers.Unsupported as error:
            raise NoBrowserForm(f"decoder: {module} has no form for the browser, {error}") from None

    if len(writer.shape) == 3 and max(writer.shape[1:]) > SIDE:
        raise NoBrowserForm(
            f"decoder: expected images up to 64x64 in the browser, got {writer.shape}"
        )
    if writer.cost > LIMIT:
        raise NoBrowserForm(
            f"decoder: expected at most {LIMIT:,} multiply-adds in the browser, got {writer.cost:,}"
        )
    weights = torch.cat(writer.weights) if writer.weights else torch.zeros(0)

    return Program(writer.steps, weights, writer.shape, writer.cost)


def flat(module: nn.Module) -> list[nn.Module]:
    """The layers of nested sequential modules, in order."""
    if isinstance(module, nn.Sequential) and type(module).forward is nn.Sequential.forward:
        return [layer for child in module for layer in flat(child)]

    return [module]
