"""An autoencoder of drawn faces with a code of 200 numbers, trained to copy and nothing else."""

import torch
from torch import nn
from torch.optim import Adam

from course_utils import objectives
from course_utils.data import faces
from course_utils.models.autoencoder import Autoencoder, face_autoencoder
from course_utils.training import Batches, linear_tail, train

DATA = "20,000 drawn faces, seed 1"
OBJECTIVE = "squared error summed over 12,288 values"
SEED, STEPS = 0, 2400


def build() -> Autoencoder:
    """The untrained pair."""
    return face_autoencoder(200)


def fit(model: nn.Module, device: torch.device) -> None:
    """Adam, batches of 32, the learning rate falling over the last half of the run."""
    x = faces(20_000, seed=1).x.to(device)
    model.to(memory_format=torch.channels_last)
    optimizer = Adam(model.parameters(), lr=1e-3)
    schedule = linear_tail(optimizer, steps=STEPS, tail=0.5)

    def copy_step(x: torch.Tensor) -> dict[str, torch.Tensor]:
        x = x.contiguous(memory_format=torch.channels_last)
        loss = objectives.squared_error(model(x), x).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        return {"squared error": loss}

    train(copy_step, Batches(x, size=32, seed=SEED), STEPS)
    model.to(memory_format=torch.contiguous_format)


def measure(model: nn.Module) -> dict[str, float]:
    """Squared error per face and share of the pixels' variance, on 1,000 faces never seen."""
    x = faces(1000, seed=2).x / 255
    with torch.no_grad():
        x_hat = torch.cat([model(part) for part in x.split(100)])
    error = objectives.squared_error(x_hat, x).mean().item()
    variance = objectives.squared_error(x.mean(dim=0).expand_as(x), x).mean().item()

    return {"squared error": error, "unexplained variance": error / variance}
