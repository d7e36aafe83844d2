"""Digits on a plane: a VAE with two latents, small enough to be decoded in a page."""

import torch
from torch import nn

from course_utils.data import binarise, mnist
from course_utils.evaluation import iwae_log_likelihood, negative_elbo
from course_utils.models import VAE
from course_utils.recipes import mnist_vae

DATA = mnist_vae.DATA
OBJECTIVE = mnist_vae.OBJECTIVE
SEED = 0
STEPS = 30 * 468


def build() -> VAE:
    """784-96-96-96-2, tanh."""
    return VAE(784, 96, 96, 96, 2)


def fit(model: VAE, device: torch.device) -> None:
    """As `mnist_vae`."""
    mnist_vae.fit(model, device, steps=STEPS)


def measure(model: nn.Module) -> dict[str, float]:
    """The negative ELBO on all 10,000 test images and IWAE-500 on the first 1,000 of a shuffle."""
    x_test = binarise(mnist().x_test.flatten(1), seed=0)
    some = torch.randperm(10_000, generator=torch.Generator().manual_seed(0))[:1000]

    return {
        "negative ELBO": negative_elbo(model, x_test).mean().item(),
        "IWAE-500 of 1,000": -iwae_log_likelihood(model, x_test[some], k=500).mean().item(),
    }
