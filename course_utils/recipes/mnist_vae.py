"""The VAE of notebook 09 on binarised digits, trained six times as long as the notebook does."""

import torch
from torch import nn
from torch.optim import Adam

from course_utils.data import binarise, mnist
from course_utils.evaluation import iwae_log_likelihood, negative_elbo
from course_utils.models import VAE
from course_utils.training import Batches, ema, linear_tail, train

DATA = (
    "MNIST, 60,000 digits, binarised afresh in each batch; tested on 10,000 binarised with seed 0"
)
OBJECTIVE = "negative ELBO, one sample of z, exact KL"
SEED = 0
STEPS = 64 * 468


def build() -> VAE:
    """784-440-440-40, tanh."""
    return VAE(784, 440, 440, 40)


def fit(model: VAE, device: torch.device, *, steps: int = STEPS) -> None:
    """Adam 1e-3 with a linear tail, batches of 128, averaged weights."""
    x_train = mnist().x_train.flatten(1).to(device)
    mean = (x_train.float().mean(dim=0) / 255).clamp(0.01, 0.99)
    model.decoder_net[-1].bias.data = mean.logit()
    optimizer = Adam(model.parameters(), lr=1e-3, fused=True)
    schedule = linear_tail(optimizer, steps=steps)
    average = ema(model, decay=0.999)

    def vae_step(x: torch.Tensor) -> dict[str, torch.Tensor]:
        loss = -model(binarise(x)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        average.update_parameters(model)
        return {"negative ELBO": loss}

    train(vae_step, Batches(x_train, size=128, seed=SEED), steps)
    model.load_state_dict(average.module.state_dict())


def measure(model: nn.Module) -> dict[str, float]:
    """Both bounds on all 10,000 test images, in nats."""
    x_test = binarise(mnist().x_test.flatten(1), seed=0)

    return {
        "negative ELBO": negative_elbo(model, x_test).mean().item(),
        "IWAE-500": -iwae_log_likelihood(model, x_test, k=500).mean().item(),
    }
