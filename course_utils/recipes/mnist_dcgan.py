"""The generator of digits in notebook 12."""

import torch
from torch import nn

from course_utils import weights
from course_utils.data import mnist
from course_utils.evaluation import features_of, frechet_distance
from course_utils.models.gan import dcgan_discriminator, dcgan_generator
from course_utils.models.judges import digit_judge
from course_utils.recipes._dcgan import play, samples

DATA = "MNIST, 60,000 training images, grey values in [-1, 1]"
OBJECTIVE = "non-saturating GAN loss, Adam 4e-4 with beta1 0.5, batch 32, averaged generator"
SEED, STEPS = 0, 60_000
LATENT = 64


def build() -> nn.Sequential:
    """The untrained generator."""
    return dcgan_generator(LATENT)


def fit(model: nn.Sequential, device: torch.device) -> None:
    """Train the generator against a discriminator, which is not kept."""
    images = mnist().x_train.to(device)
    discriminator = dcgan_discriminator().to(device)
    play(model, discriminator, images, steps=STEPS, size=32, seed=SEED, rate=4e-4)


def measure(model: nn.Module) -> dict[str, float]:
    """By the digit judge: Fréchet distance of 10,000 samples from the test images, rarest digit."""
    judge = weights.load("digit_judge", digit_judge())
    x_fake = samples(model, 10_000)
    read = features_of(judge, x_fake).argmax(dim=1)
    real = features_of(judge.features, mnist().x_test)

    return {
        "Frechet distance": frechet_distance(features_of(judge.features, x_fake), real),
        "share of the rarest digit": torch.bincount(read, minlength=10).min().item() / len(read),
    }
