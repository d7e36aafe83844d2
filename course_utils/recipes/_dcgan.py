"""The game of DCGAN as the recipes play it, and what they ship: the generator's average."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim import Adam, Optimizer
from torch.optim.swa_utils import update_bn

from course_utils.objectives import discriminator_loss, non_saturating_generator_loss
from course_utils.training import Batches, ema, linear_tail, train

DECAY = 0.999  # the average reaches back about 1,000 steps


def play(
    generator: nn.Sequential,
    discriminator: nn.Sequential,
    images: Tensor,
    *,
    steps: int,
    size: int,
    seed: int,
    rate: float = 2e-4,
    beta1: float = 0.5,
    decay: float = DECAY,
    low: float = -1.0,
    latent: int = 64,
) -> None:
    """Train both networks; the generator comes back with its averaged weights.

    Both players use Adam; the rates fall to zero over the last 30 % of the steps. The batch
    statistics of the average are estimated anew at the end, from 100 batches of noise.

    Args:
        generator: Maps z of shape (batch, latent) to images in [low, 1]; trained in place.
        discriminator: Maps images to logits.
        images: uint8 images of shape (n, channels, side, side), on the networks' device.
        steps: Updates of each network.
        size: Images per batch.
        seed: Of the batches' order.
        rate: Learning rate of both.
        beta1: Adam's momentum, for both.
        decay: Of the average of G's weights.
        low: What the grey value 0 becomes; 1 stays 1.
        latent: Size of z.
    """
    for network in (generator, discriminator):
        network.to(memory_format=torch.channels_last)
    optimizers = [
        Adam(network.parameters(), lr=rate, betas=(beta1, 0.999), fused=True)
        for network in (generator, discriminator)
    ]
    schedules = [linear_tail(optimizer, steps=steps) for optimizer in optimizers]
    average = ema(generator, decay=decay)

    def noise(count: int) -> Tensor:
        return torch.randn(count, latent).to(images.device)

    def gan_step(x: Tensor) -> dict[str, Tensor]:
        x_real = (low + (1 - low) * x).contiguous(memory_format=torch.channels_last)
        d_loss, g_loss = update(generator, discriminator, optimizers, x_real, noise(len(x)))
        average.update_parameters(generator)
        for schedule in schedules:
            schedule.step()
        return {"D loss": d_loss, "G loss": g_loss}

    train(gan_step, Batches(images, size=size, seed=seed), steps)
    update_bn([noise(256) for _ in range(100)], average)
    generator.load_state_dict(average.module.state_dict())


def update(
    generator: nn.Module,
    discriminator: nn.Module,
    optimizers: Sequence[Optimizer],
    x_real: Tensor,
    z: Tensor,
) -> tuple[Tensor, Tensor]:
    """One step of D, then one of G, on the same fakes.

    Args:
        generator: Maps z to images.
        discriminator: Maps images to logits.
        optimizers: The generator's and the discriminator's.
        x_real: Images as the generator makes them, shape (batch, channels, side, side).
        z: Noise, shape (batch, latent).

    Returns:
        D's loss and G's, before their steps.
    """
    g_optimizer, d_optimizer = optimizers
    x_fake = generator(z)
    d_loss = discriminator_loss(discriminator(x_real), discriminator(x_fake.detach()))
    d_optimizer.zero_grad()
    d_loss.backward()
    d_optimizer.step()

    discriminator.requires_grad_(False)
    g_loss = non_saturating_generator_loss(discriminator(x_fake)).mean()
    discriminator.requires_grad_(True)
    g_optimizer.zero_grad()
    g_loss.backward()
    g_optimizer.step()

    return d_loss, g_loss


def samples(generator: nn.Module, count: int) -> Tensor:
    """Images in [0, 1] for `count` codes that are always the same."""
    latent = generator[0].unflattened_size[0]
    z = torch.randn(count, latent, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return torch.cat([(generator(part) + 1) / 2 for part in z.split(500)])
