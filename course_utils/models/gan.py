"""A generator and a discriminator by the rules of DCGAN, each a plain `nn.Sequential`.

    x_fake = G(z),    z ~ 𝒩(0, I),    D(x) = sigmoid(logits)

The rules: strides in place of pooling; batch normalisation in both networks, but neither at G's
output nor at D's input; no hidden affine layers; ReLU in G with tanh at its end, LeakyReLU(0.2) in
D; weights begin at 𝒩(0, 0.02²); images in [-1, 1].

A convolution in front of a batch normalisation has no bias: the subtracted mean would cancel it.

Source:
    Radford, Metz & Chintala (2016), "Unsupervised representation learning with deep convolutional
    generative adversarial networks", sections 3 and 4. https://arxiv.org/abs/1511.06434
"""

from itertools import pairwise

from torch import nn

from course_utils.types import Latent, OtherLatent, ThirdLatent, Vector

SIDES = (28, 64)
SMALLEST = 4  # side of G's first map and of D's last one
START = 0.02  # standard deviation of the weights before training


def dcgan_generator(
    latent: int = 64, *, side: int = 28, channels: int = 1, width: int = 32, most: int = 512
) -> nn.Sequential:
    """Noise to images: a 4x4 map with many channels, doubled until it is an image.

    Args:
        latent: Size of z.
        side: Side of the square image, 28 (4, 7, 14, 28) or 64 (4, 8, 16, 32, 64). Where a map has
            an odd side, the kernel that leads to it is 3 in place of 4: twice 4, less 1, is 7.
        channels: Channels of the image.
        width: Channels before the last doubling; each earlier map has twice as many.
        most: Limit on the channels of a map.

    Returns:
        A network from z of shape (batch, latent) to images of shape (batch, channels, side, side)
        in (-1, 1).

    Raises:
        ValueError: `side` is neither 28 nor 64.

    Example:
        >>> import torch
        >>> dcgan_generator(64)(torch.zeros(2, 64)).shape
        torch.Size([2, 1, 28, 28])
    """
    widths, kernels = maps(side, width, most)
    layers: list[nn.Module] = [
        nn.Unflatten(1, (latent, 1, 1)),
        nn.ConvTranspose2d(latent, widths[-1], SMALLEST, bias=False),
    ]
    for (width_in, width_out), k in zip(pairwise(widths[::-1]), kernels[:0:-1], strict=True):
        layers += [
            nn.BatchNorm2d(width_in),
            nn.ReLU(),
            nn.ConvTranspose2d(width_in, width_out, k, stride=2, padding=1, bias=False),
        ]
    layers += [
        nn.BatchNorm2d(widths[0]),
        nn.ReLU(),
        nn.ConvTranspose2d(widths[0], channels, kernels[0], stride=2, padding=1),
        nn.Tanh(),
    ]

    return started(nn.Sequential(*layers))


def dcgan_discriminator(
    *, side: int = 28, channels: int = 1, width: int = 32, most: int = 512
) -> nn.Sequential:
    """Images to logits: the generator's mirror image, with strided convolutions.

    Args:
        side: Side of the square image, 28 or 64.
        channels: Channels of the image.
        width: Channels after the first halving; each later map has twice as many.
        most: Limit on the channels of a map.

    Returns:
        A network from images in [-1, 1], shape (batch, channels, side, side), to one logit each,
        shape (batch,): positive where the image is taken for a real one.

    Raises:
        ValueError: `side` is neither 28 nor 64.

    Example:
        >>> import torch
        >>> dcgan_discriminator()(torch.zeros(2, 1, 28, 28)).shape
        torch.Size([2])
    """
    widths, kernels = maps(side, width, most)
    layers: list[nn.Module] = [
        nn.Conv2d(channels, widths[0], kernels[0], stride=2, padding=1),
        nn.LeakyReLU(0.2),
    ]
    for (width_in, width_out), k in zip(pairwise(widths), kernels[1:], strict=True):
        layers += [
            nn.Conv2d(width_in, width_out, k, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(width_out),
            nn.LeakyReLU(0.2),
        ]
    layers += [nn.Conv2d(widths[-1], 1, SMALLEST), nn.Flatten(0)]

    return started(nn.Sequential(*layers))


def analogy(a: Latent, b: OtherLatent, c: ThirdLatent) -> Vector:
    """A is to B as the result is to C: z = mean(A) − mean(B) + mean(C).

    A single code carries its picture's accidents; the mean of several keeps what they share.

    Args:
        a: Codes of pictures with the first concept, such as smiling women, shape (n, latent).
        b: Codes with the second, such as neutral women; their number may differ.
        c: Codes with the third, such as neutral men.

    Returns:
        One code, shape (latent,).

    Source:
        Radford et al. (2016), section 6.3.2 and figure 7, with three codes for each concept.
        https://arxiv.org/abs/1511.06434

    Example:
        >>> import torch
        >>> analogy(torch.ones(3, 2), torch.zeros(3, 2), torch.full((3, 2), 2.0))
        tensor([3., 3.])
    """
    return a.mean(dim=0) - b.mean(dim=0) + c.mean(dim=0)


def started(network: nn.Module) -> nn.Module:
    """Draw every weight anew: 𝒩(0, 0.02²) for convolutions, 𝒩(1, 0.02²) for batch norm's scale.

    Biases and batch normalisation's shifts begin at zero.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.normal_(module.weight, 0.0, START)
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, START)
        if getattr(module, "bias", None) is not None:
            nn.init.zeros_(module.bias)

    return network


def maps(side: int, width: int, most: int) -> tuple[list[int], list[int]]:
    """Channels of the maps and kernels of the halvings, from the image down to the smallest map.

    With stride 2 and padding 1, kernel 4 takes an even side s to s / 2 and kernel 3 an odd one to
    (s + 1) / 2; transposed, they lead back.

    Raises:
        ValueError: The side is not one of `SIDES`.
    """
    if side not in SIDES:
        raise ValueError(f"side: expected one of {list(SIDES)}, got {side}")
    widths, kernels = [], []
    while side > SMALLEST:
        widths.append(min(width * 2 ** len(widths), most))
        kernels.append(3 if side % 2 else 4)
        side = (side + 1) // 2

    return widths, kernels
