"""How each layer is written for the page: one function a layer, with its weights laid out anew.

A writer function takes the program so far, the layer and, for an affine layer, the scale and shift
of the batch normalisation that follows it.
"""

import math
from typing import TYPE_CHECKING

from torch import Tensor, nn

if TYPE_CHECKING:
    from course_utils.explorers.program import Writer

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
NOTHING = (nn.Identity, nn.Dropout, nn.Dropout2d)
Fold = tuple[Tensor, Tensor] | None


class Unsupported(ValueError):
    """A setting that the page does not know."""


def expect(holds: bool, message: str) -> None:
    """Refuse a layer unless a condition holds."""
    if not holds:
        raise Unsupported(message)


def scale_and_shift(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
    """The affine map y = scale · x + shift that a batch normalisation is once it is trained."""
    expect(norm.running_var is not None, "it keeps no running statistics")
    scale = (norm.running_var + norm.eps).rsqrt()
    scale = scale if norm.weight is None else scale * norm.weight
    shift = -norm.running_mean * scale

    return scale, shift if norm.bias is None else shift + norm.bias


def folded(weight: Tensor, bias: Tensor | None, axis: int, fold: Fold) -> tuple[Tensor, Tensor]:
    """Weight and bias with the normalisation behind them multiplied in, outputs along `axis`."""
    bias = weight.new_zeros(weight.shape[axis]) if bias is None else bias
    if fold is None:
        return weight, bias
    scale, shift = fold
    along = [-1 if i == axis else 1 for i in range(weight.ndim)]

    return weight * scale.reshape(along), bias * scale + shift


def linear(writer: "Writer", layer: nn.Linear, fold: Fold = None) -> None:
    """y = x W + b, with W as (in, out)."""
    expect(writer.shape == (layer.in_features,), f"its input has shape {writer.shape}")
    weight, bias = folded(layer.weight, layer.bias, 0, fold)
    writer.cost += weight.numel()
    writer.step(
        "linear",
        inputs=layer.in_features,
        outputs=layer.out_features,
        weight=writer.put(weight.T),
        bias=writer.put(bias),
        shape=(layer.out_features,),
    )


def conv(writer: "Writer", layer: nn.Conv2d, fold: Fold = None) -> None:
    """Patches (ky, kx, in) times W as (ky · kx · in, out)."""
    _, height, width = plain(writer, layer)
    (ky, kx), (sy, sx) = layer.kernel_size, layer.stride
    if layer.padding == "same":
        expect(ky % 2 == kx % 2 == 1, "padding 'same' needs an odd kernel")
        py, px = ky // 2, kx // 2
    else:
        py, px = (0, 0) if layer.padding == "valid" else layer.padding
    shape = (layer.out_channels, (height + 2 * py - ky) // sy + 1, (width + 2 * px - kx) // sx + 1)
    weight, bias = folded(layer.weight, layer.bias, 0, fold)
    writer.cost += weight.numel() * shape[1] * shape[2]
    writer.step(
        "conv",
        **window(writer.shape, shape, (ky, kx), (sy, sx), (py, px)),
        weight=writer.put(weight.permute(2, 3, 1, 0)),
        bias=writer.put(bias),
        shape=shape,
    )


def conv_transposed(writer: "Writer", layer: nn.ConvTranspose2d, fold: Fold = None) -> None:
    """Pixels times W as (in, ky · kx · out); the products are then added where they belong."""
    _, height, width = plain(writer, layer)
    (ky, kx), (sy, sx), (py, px) = layer.kernel_size, layer.stride, layer.padding
    more_y, more_x = layer.output_padding
    shape = (
        layer.out_channels,
        (height - 1) * sy - 2 * py + ky + more_y,
        (width - 1) * sx - 2 * px + kx + more_x,
    )
    weight, bias = folded(layer.weight, layer.bias, 1, fold)
    writer.cost += weight.numel() * height * width
    writer.step(
        "conv_transposed",
        **window(writer.shape, shape, (ky, kx), (sy, sx), (py, px)),
        weight=writer.put(weight.permute(0, 2, 3, 1)),
        bias=writer.put(bias),
        shape=shape,
    )


def plain(writer: "Writer", layer: nn.Conv2d | nn.ConvTranspose2d) -> tuple[int, int, int]:
    """The (channel, height, width) that a convolution without special settings sees."""
    expect(len(writer.shape) == 3, f"its input has shape {writer.shape}")
    expect(writer.shape[0] == layer.in_channels, f"its input has {writer.shape[0]} channels")
    expect(layer.groups == 1 and set(layer.dilation) == {1}, "groups and dilation must be 1")
    expect(layer.padding_mode == "zeros", "padding must be with zeros")

    return writer.shape


def window(before: tuple, after: tuple, kernel: tuple, stride: tuple, padding: tuple) -> dict:
    """The numbers of a sliding window, each as [vertical, horizontal]."""
    return {
        "inputs": before[0],
        "outputs": after[0],
        "before": list(before[1:]),
        "after": list(after[1:]),
        "kernel": list(kernel),
        "stride": list(stride),
        "padding": list(padding),
    }


def upsample(writer: "Writer", layer: nn.Upsample) -> None:
    """Nearest or bilinear enlargement by any factor."""
    expect(len(writer.shape) == 3, f"its input has shape {writer.shape}")
    expect(layer.mode in ("nearest", "bilinear"), f"mode {layer.mode} is not known")
    channels, *before = writer.shape
    if layer.size is not None:
        size = layer.size if isinstance(layer.size, tuple) else (layer.size, layer.size)
    else:
        factor = layer.scale_factor
        factors = factor if isinstance(factor, tuple) else (factor, factor)
        size = tuple(math.floor(length * f) for length, f in zip(before, factors))
        expect(all(f == int(f) for f in factors), "the factor must be whole")
    writer.step(
        "upsample",
        channels=channels,
        before=list(before),
        after=list(size),
        smooth=layer.mode == "bilinear",
        corners=bool(layer.align_corners),
        shape=(channels, *size),
    )


def batch_norm(writer: "Writer", layer: nn.BatchNorm1d | nn.BatchNorm2d) -> None:
    """Scale and shift each channel, where no affine layer stands before it."""
    scale, shift = scale_and_shift(layer)
    writer.step("normalise", channels=len(scale), scale=writer.put(scale), shift=writer.put(shift))


def unflatten(writer: "Writer", layer: nn.Unflatten) -> None:
    """(dim,) to (channel, height, width)."""
    shape = tuple(layer.unflattened_size)
    expect(layer.dim in (1, -1) and len(writer.shape) == 1, "it must unfold a row of numbers")
    expect(len(shape) == 3 and math.prod(shape) == writer.shape[0], f"got {writer.shape}")
    writer.step("fold", channels=shape[0], pixels=shape[1] * shape[2], shape=shape)


def flatten(writer: "Writer", layer: nn.Flatten) -> None:
    """(channel, height, width) to (dim,); nothing where it is flat already."""
    expect((layer.start_dim, layer.end_dim) == (1, -1), "it must flatten all but the batch")
    if len(writer.shape) == 3:
        channels, height, width = writer.shape
        dim = (math.prod(writer.shape),)
        writer.step("unfold", channels=channels, pixels=height * width, shape=dim)


def activation(writer: "Writer", layer: nn.Module) -> None:
    """One of the page's functions, with its constants."""
    constants = {
        name: getattr(layer, name)
        for name in ("negative_slope", "alpha", "beta", "threshold")
        if hasattr(layer, name)
    }
    tanh = getattr(layer, "approximate", "none") == "tanh"
    writer.step("gelu_tanh" if tanh else type(layer).__name__.lower(), **constants)


AFFINE = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)
ACTIVATIONS = (
    nn.ReLU,
    nn.LeakyReLU,
    nn.ELU,
    nn.SiLU,
    nn.GELU,
    nn.Tanh,
    nn.Sigmoid,
    nn.Softplus,
)
WRITERS = {
    nn.Linear: linear,
    nn.Conv2d: conv,
    nn.ConvTranspose2d: conv_transposed,
    nn.Upsample: upsample,
    nn.UpsamplingNearest2d: upsample,
    nn.UpsamplingBilinear2d: upsample,
    nn.BatchNorm1d: batch_norm,
    nn.BatchNorm2d: batch_norm,
    nn.Unflatten: unflatten,
    nn.Flatten: flatten,
    **dict.fromkeys(ACTIVATIONS, activation),
}
