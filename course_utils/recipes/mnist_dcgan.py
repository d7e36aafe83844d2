"""The generator of digits in notebook 12."""

import torch
from torch import nn

from course_utils.data import mnist
from course_utils.models.gan import dcgan_discriminator, dcgan_generator
from course_utils.recipes._dcgan import play

DATA = "MNIST, 60,000 training images, grey values in [-1, 1]"
OBJECTIVE = "non-saturating GAN loss, Adam 2e-4 with beta1 0.5, batch 64, averaged generator"
SEED, STEPS = 0, 22_000
LATENT = 64


def build() -> nn.Sequential:
    """The untrained generator."""
    return dcgan_generator(LATENT)


def fit(model: nn.Sequential, device: torch.device) -> None:
    """Train the generator against a discriminator, which is not kept."""
    images = mnist().x_train.to(device)
    discriminator = dcgan_discriminator().to(device)
    play(model, discriminator, images, steps=STEPS, size=64, seed=SEED)
