"""Networks out of torch's own layers: plain functions that return a plain `nn.Sequential`.

Encoders and decoders mirror one another. A decoder's last layer is affine: it returns logits or
means, and the distribution on top (see `distributions`) decides what they are.
"""

from itertools import pairwise

import torch.nn.functional as F
from torch import nn

from course_utils.types import Data, Latent, Sizes

STAGES = {28: (7, 2), 64: (4, 4)}  # image side: (smallest map's side, halvings)


def mlp(*sizes: int, activation: type[nn.Module] = nn.ReLU) -> nn.Sequential:
    """A multilayer perceptron: affine layers with `activation` between them, none after the last.

    Args:
        sizes: Width of the input, of each hidden layer, and of the output; at least two.
        activation: The nonlinearity's module class.

    Raises:
        ValueError: Fewer than two sizes are given.

    Example:
        >>> mlp(784, 256, 16)
        Sequential(
          (0): Linear(in_features=784, out_features=256, bias=True)
          (1): ReLU()
          (2): Linear(in_features=256, out_features=16, bias=True)
        )
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes: expected an input and an output width, got {sizes}")

    layers: list[nn.Module] = []
    for width_in, width_out in pairwise(sizes):
        layers += [nn.Linear(width_in, width_out), activation()]

    return nn.Sequential(*layers[:-1])


def conv_encoder(
    out: int, *, side: int = 28, channels: int = 1, width: int = 32, widest: int = 256
) -> nn.Sequential:
    """Strided convolutions that halve the image until it is small, then one affine layer.

    28x28 goes to 14 and 7; 64x64 goes to 32, 16, 8 and 4. Each halving doubles the channels, up
    to `widest`.

    Args:
        out: Size of the output: d for a code, 2d for μ and log σ².
        side: Side of the square image, 28 or 64.
        channels: Channels of the image.
        width: Channels after the first halving.
        widest: Largest number of channels.

    Raises:
        ValueError: `side` is neither 28 nor 64.
    """
    smallest, halvings = stages(side)
    widths = [channels] + [min(width * 2**i, widest) for i in range(halvings)]

    layers: list[nn.Module] = []
    for width_in, width_out in pairwise(widths):
        layers += [nn.Conv2d(width_in, width_out, 4, stride=2, padding=1), nn.ReLU()]

    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * smallest**2, out))


def conv_decoder(
    latent: int, *, side: int = 28, channels: int = 1, width: int = 32, widest: int = 256
) -> nn.Sequential:
    """The mirror of `conv_encoder`: one affine layer, then transposed convolutions that double.

    Args:
        latent: Size of the code z.
        side: Side of the square image, 28 or 64.
        channels: Channels of the image.
        width: Channels before the last doubling.
        widest: Largest number of channels.

    Raises:
        ValueError: `side` is neither 28 nor 64.
    """
    smallest, halvings = stages(side)
    widths = [min(width * 2**i, widest) for i in reversed(range(halvings))] + [channels]

    layers: list[nn.Module] = [
        nn.Linear(latent, widths[0] * smallest**2),
        nn.Unflatten(1, (widths[0], smallest, smallest)),
    ]
    for width_in, width_out in pairwise(widths):
        layers += [
            nn.ReLU(),
            nn.ConvTranspose2d(width_in, width_out, 4, stride=2, padding=1),
        ]

    return nn.Sequential(*layers)


def transposed_size(size: Sizes, kernel: int, stride: int, padding: int) -> Sizes:
    """The side that a transposed convolution gives to maps of these sides.

        (size − 1) · stride + kernel − 2 · padding

    The last stamp of the kernel begins at (size − 1) · stride; the padding is cut off both ends.

    Args:
        size: Sides before, shape (sizes,).
        kernel: Side of the kernel.
        stride: Distance between two stamps.
        padding: What is cut off at each end.

    Example:
        >>> import torch
        >>> transposed_size(torch.tensor([7, 14]), kernel=4, stride=2, padding=1)
        tensor([14, 28])
    """
    return (size - 1) * stride + kernel - 2 * padding


def stages(side: int) -> tuple[int, int]:
    """The smallest map's side and the number of halvings for an image of this side."""
    if side not in STAGES:
        raise ValueError(f"side: expected one of {sorted(STAGES)}, got {side}")

    return STAGES[side]


class TiedLinear(nn.Module):
    """The affine decoder x̂ = Wᵀ z + b that shares W with an encoder's affine layer.

    Only the bias b is its own: the pair has half the weights of an untied one.

    Args:
        encoder: The layer h = W x + c whose W is shared, W of shape (latent, dim).
    """

    def __init__(self, encoder: nn.Linear) -> None:
        super().__init__()
        self.encoder = encoder
        self.bias = nn.Parameter(encoder.weight.new_zeros(encoder.in_features))

    def forward(self, z: Latent) -> Data:
        """Codes of shape (batch, latent) to reconstructions of shape (batch, dim)."""
        return F.linear(z, self.encoder.weight.T, self.bias)
