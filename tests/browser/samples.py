"""One small example of each explorer, for the tests that hold for all."""

import torch
from torch import nn
from torch.distributions import Normal

from course_utils.explorers import (
    CompareExplorer,
    DensityExplorer,
    DepthExplorer,
    ElboExplorer,
    FieldExplorer,
    GanPlayground,
    LatentExplorer,
    TraversalExplorer,
)
from course_utils.explorers.base import Explorer
from course_utils.models.gan import dcgan_generator
from course_utils.nn import mlp


def small_decoder(latent: int = 2, seed: int = 0) -> nn.Module:
    torch.manual_seed(seed)
    decoder = mlp(latent, 32, 784, activation=nn.Tanh)
    for parameter in decoder.parameters():
        parameter.data.mul_(2)
    return nn.Sequential(decoder, nn.Sigmoid())


def codes(latent: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    return torch.randn(60, latent), torch.arange(60) % 3


def latent() -> Explorer:
    points, labels = codes()
    return LatentExplorer(
        small_decoder(), points=points, labels=labels, bounds=(-3, 3, -3, 3), z=(0, 0)
    )


def latent_of_five() -> Explorer:
    points, labels = codes(5)
    return LatentExplorer(
        small_decoder(5), points=points, labels=labels, names=["boot", "coat & hat", "<bag>"]
    )


def latent_by_atlas() -> Explorer:
    return LatentExplorer(small_decoder(), where="kernel")


def compare() -> Explorer:
    points, labels = codes()
    return CompareExplorer(
        {"AE": small_decoder(), "VAE": small_decoder(seed=3)},
        points={"AE": points, "VAE": 2 * points},
        labels=labels,
        bounds=(-3, 3, -3, 3),
        z=(0, 0),
    )


def density() -> Explorer:
    return DensityExplorer()


def discriminator() -> Explorer:
    return DensityExplorer(names=("p_data", "p_g"), discriminator=True, shade="jsd")


def game() -> Explorer:
    return DensityExplorer(names=("p_data", "p_g"), game=True, shade="value")


def elbo() -> Explorer:
    """z ~ N(0, 1) and x | z ~ N(z, 1): p(x) = N(0, 2) and p(z | x) = N(x/2, 1/2)."""
    z = torch.linspace(-6, 6, 401)
    x = torch.tensor([0.5, 2.0])
    joint = Normal(0.0, 1.0).log_prob(z) + Normal(z, 1.0).log_prob(x[:, None])
    return ElboExplorer(joint, z, names=["x = 0.5", "x = 2"], mu=-1.0, sigma=1.0)


def pull(noise: float, penalty: float):
    """A field that pulls to the origin, for a setting."""
    return lambda x: -x / (1 + noise) / (1 + penalty)


def field() -> Explorer:
    fields = {(s, k): pull(s, k) for s in (0.0, 0.5, 1.0) for k in (0.0, 1.0)}
    points, _ = codes()
    return FieldExplorer(fields, sliders=("noise σ", "penalty λ"), points=points)


def depth() -> Explorer:
    return DepthExplorer("ReLU", gain=1.0, depth=12)


def small_generator(latent: int = 6) -> nn.Module:
    """A colour generator by transposed convolutions with batch norm, with lively weights."""
    torch.manual_seed(0)
    generator = dcgan_generator(latent, side=64, channels=3, width=4)
    for layer in generator:
        if isinstance(layer, nn.ConvTranspose2d):
            layer.weight.data.mul_(12)
    return generator


def traversal() -> Explorer:
    torch.manual_seed(2)
    codes = dict(zip(("plain", "smile & <b>", "glasses", "both of them"), torch.randn(4, 6)))
    directions = {"smile": codes["smile & <b>"] / 3, "a long name": codes["glasses"] / 3}
    return TraversalExplorer(small_generator(), directions=directions, codes=codes, z=[0.5] * 6)


def traversal_of_axes() -> Explorer:
    decoder = nn.Sequential(mlp(20, 16, 784), nn.Tanh())
    return TraversalExplorer(decoder, latent=20)


def playground() -> Explorer:
    return GanPlayground(slow=True)


MAKERS = {
    "latent": latent,
    "latent of five": latent_of_five,
    "latent by atlas": latent_by_atlas,
    "compare": compare,
    "density": density,
    "discriminator": discriminator,
    "game": game,
    "elbo": elbo,
    "field": field,
    "depth": depth,
    "traversal": traversal,
    "traversal of axes": traversal_of_axes,
    "playground": playground,
}
SAMPLES = list(MAKERS)


def sample(name: str) -> Explorer:
    """A fresh explorer."""
    return MAKERS[name]()
