"""Three small GANs in the plane, stopped half-way: where the playground in the page starts."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from course_utils.data.toy import grid, ring, two_moons
from course_utils.evaluation import modes_covered
from course_utils.nn import mlp
from course_utils.training import Batches, train
from course_utils.types import Points

DATA = "ring of 8, grid of 25 and two moons, 20,000 points each"
OBJECTIVE = "the game of two networks with 32 and 32 hidden units, the non-saturating loss for G"
SEED, STEPS = 0, 400
SETS = ("ring", "grid", "moons")


def points(name: str, n: int, *, seed: int = 0) -> Points:
    """Samples of one of the three data sets, shape (n, 2), within 3 of the origin."""
    if name == "moons":
        return (two_moons(n, noise=0.1 / 1.5, seed=seed).x - torch.tensor([0.5, 0.25])) * 1.5
    return {"ring": ring, "grid": grid}[name](n, seed=seed).x


def centres(name: str) -> tuple[Points, float]:
    """The modes of a data set, shape (entries, 2), and how near to one is near.

    The moons are five stretches each.
    """
    if name == "ring":
        angle = torch.arange(8) * (torch.pi / 4)
        return 2 * torch.stack([angle.cos(), angle.sin()], dim=1), 0.3
    if name == "grid":
        line = torch.arange(5.0) - 2
        return torch.cartesian_prod(line, line).flip(1), 0.3
    angle = (torch.arange(5) + 0.5) * (torch.pi / 5)
    upper = 1.5 * torch.stack([angle.cos() - 0.5, angle.sin() - 0.25], dim=1)
    return torch.cat([upper, -upper]), 0.5


def build() -> nn.Module:
    """The untrained pairs, by data set."""
    return nn.ModuleDict(
        {
            name: nn.ModuleDict(
                {
                    "generator": mlp(2, 32, 32, 2, activation=nn.Tanh),
                    "discriminator": mlp(2, 32, 32, 1, activation=nn.Tanh),
                }
            )
            for name in SETS
        }
    )


def fit(model: nn.Module, device: torch.device) -> None:
    """Each pair on its data set."""
    for name in SETS:
        fit_pair(name, model[name]["generator"], model[name]["discriminator"], device)


def fit_pair(
    name: str, generator: nn.Module, discriminator: nn.Module, device: torch.device
) -> None:
    """Alternate one step of D and one of G with Adam, batches of 64."""
    adam_g = Adam(generator.parameters(), lr=3e-3, betas=(0.5, 0.999))
    adam_d = Adam(discriminator.parameters(), lr=3e-3, betas=(0.5, 0.999))

    def gan_step(x_real: Tensor) -> dict[str, Tensor]:
        x_fake = generator(torch.randn(64, 2, device=device))
        logits_real, logits_fake = discriminator(x_real), discriminator(x_fake.detach())
        loss_d = F.softplus(-logits_real).mean() + F.softplus(logits_fake).mean()
        adam_d.zero_grad()
        loss_d.backward()
        adam_d.step()

        x_fake = generator(torch.randn(64, 2, device=device))
        loss_g = F.softplus(-discriminator(x_fake)).mean()
        adam_g.zero_grad()
        loss_g.backward()
        adam_g.step()
        return {"loss of D": loss_d, "loss of G": loss_g}

    train(gan_step, Batches(points(name, 20_000).to(device), size=64, seed=SEED), STEPS)


def measure(model: nn.Module) -> dict[str, float]:
    """For each data set the modes that 4,096 samples reach, and the share of them near a mode."""
    z = torch.randn(4096, 2, generator=torch.Generator().manual_seed(0))
    numbers = {}
    for name in SETS:
        with torch.no_grad():
            x_fake = model[name]["generator"](z)
        modes, radius = centres(name)
        numbers[f"{name} modes"], numbers[f"{name} near"] = modes_covered(
            x_fake, modes, radius=radius
        )

    return numbers
