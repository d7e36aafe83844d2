"""One small example of each explorer, for the tests that hold for all."""

import torch
from torch import nn

from course_utils.explorers import CompareExplorer, LatentExplorer
from course_utils.explorers.base import Explorer
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


MAKERS = {
    "latent": latent,
    "latent of five": latent_of_five,
    "latent by atlas": latent_by_atlas,
    "compare": compare,
}
SAMPLES = list(MAKERS)


def sample(name: str) -> Explorer:
    """A fresh explorer."""
    return MAKERS[name]()
