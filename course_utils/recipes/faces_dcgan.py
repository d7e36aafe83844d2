"""The generator of faces in notebook 12."""

import torch
from torch import nn

from course_utils.data import faces
from course_utils.models.gan import dcgan_discriminator, dcgan_generator
from course_utils.recipes._dcgan import play

DATA = "20,000 drawn faces of 64x64, faces(20_000, seed=0), colours in [-1, 1]"
OBJECTIVE = "non-saturating GAN loss, Adam 2e-4 with beta1 0.5, batch 32, averaged generator"
SEED, STEPS = 0, 7_000
LATENT = 64
SHAPE = {"side": 64, "channels": 3, "width": 16}


def build() -> nn.Sequential:
    """The untrained generator."""
    return dcgan_generator(LATENT, **SHAPE)


def fit(model: nn.Sequential, device: torch.device) -> None:
    """Train the generator against a discriminator, which is not kept."""
    images = faces(20_000, seed=0).x.to(device)
    discriminator = dcgan_discriminator(**SHAPE).to(device)
    play(model, discriminator, images, steps=STEPS, size=32, seed=SEED)
