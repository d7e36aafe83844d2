"""The generator of faces in notebook 12."""

import torch
from torch import nn

from course_utils import weights
from course_utils.data import faces
from course_utils.evaluation import features_of, frechet_distance
from course_utils.models.gan import dcgan_discriminator, dcgan_generator
from course_utils.models.judges import face_judge
from course_utils.recipes._dcgan import play, samples

DATA = "20,000 drawn faces of 64x64, faces(20_000, seed=0), colours in [-1, 1]"
OBJECTIVE = "non-saturating GAN loss, Adam 2e-4 with beta1 0.5, batch 32, averaged generator"
SEED, STEPS = 0, 12_000
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


def measure(model: nn.Module) -> dict[str, float]:
    """By the face judge: Fréchet distance of 2,000 samples from 2,000 fresh faces."""
    judge = weights.load("face_judge", face_judge())
    fake = features_of(judge.features, samples(model, 2000))
    real = features_of(judge.features, faces(2000, seed=2).x)

    return {"Frechet distance": frechet_distance(fake, real)}
