"""A VAE of drawn faces with the networks of `faces_autoencoder`: only the objective differs."""

import torch
from torch import nn
from torch.optim import Adam

from course_utils.data import faces
from course_utils.evaluation import aggregate_moments, kl_per_dimension, negative_elbo
from course_utils.models import GaussianVAE, face_vae
from course_utils.objectives import squared_error
from course_utils.training import Batches, linear_tail, train

DATA = "20,000 drawn faces, seed 1; tested on 1,000, seed 2"
OBJECTIVE = "negative ELBO, one sample of z, exact KL, pixels with standard deviation 0.5"
SEED, STEPS = 0, 2400


def build() -> GaussianVAE:
    """200 latents; 32, 64, 128 and 128 channels each way."""
    return face_vae(200, sigma=0.5)


def fit(model: nn.Module, device: torch.device, *, steps: int = STEPS) -> None:
    """Adam, batches of 32, the learning rate falling over the last half of the run."""
    x = faces(20_000, seed=1).x.to(device)
    model.to(memory_format=torch.channels_last)
    optimizer = Adam(model.parameters(), lr=1e-3, fused=True)
    schedule = linear_tail(optimizer, steps=steps, tail=0.5)

    def vae_step(x: torch.Tensor) -> dict[str, torch.Tensor]:
        loss = -model(x.contiguous(memory_format=torch.channels_last)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        return {"negative ELBO": loss}

    train(vae_step, Batches(x, size=32, seed=SEED), steps)
    model.to(memory_format=torch.contiguous_format)


def measure(model: nn.Module) -> dict[str, float]:
    """Bound, KL, error of reconstruction and spread of the codes, on 1,000 faces never seen."""
    x = faces(1000, seed=2).x / 255
    with torch.no_grad():
        q_z = model.encode(x)
        x_hat = torch.cat([model.decode(z).mean for z in q_z.mean.split(100)])
    _, cov = aggregate_moments(q_z)

    return {
        "negative ELBO": negative_elbo(model, x, rows=100).mean().item(),
        "KL": kl_per_dimension(q_z).sum().item(),
        "squared error": squared_error(x_hat, x).mean().item(),
        "mean variance of z": cov.diagonal().mean().item(),
    }
