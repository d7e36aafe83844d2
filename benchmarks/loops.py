"""Who trains: the course's loop, the same step by hand, and the loop that everybody writes.

A contender takes a case, a device and a clock. It calls `clock.start()` before each epoch and
`clock.stop(model)` after it, which says whether to go on.
"""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from cases import Case, Halves
from clock import Clock
from PIL import Image
from torch import Tensor, nn
from torch.optim import Adam
from torch.utils.data import DataLoader, Dataset

from course_utils.training import Batches, compiled, train


def ours(case: Case, device: torch.device, clock: Clock) -> None:
    """The course's loop: a batch is an index into bytes, numbers are read every 50 steps."""
    model = case.at_hand(device)
    batches = Batches(case.data(case.images).to(device), size=case.size, seed=0)
    step = compiled(case.step(model))
    going = True
    while going:
        clock.start()
        train(step, batches, batches.per_epoch)
        going = clock.stop(model)


def by_hand(case: Case, device: torch.device, clock: Clock) -> None:
    """The same step in the shortest loop there is."""
    model = case.at_hand(device)
    images = case.data(case.images).to(device)
    step = case.step(model)
    going = True
    while going:
        clock.start()
        order = torch.randperm(len(images)).to(device)
        for i in range(len(images) // case.size):
            loss = step(images[order[i * case.size : (i + 1) * case.size]] / 255)["loss"]
        loss.item()
        going = clock.stop(model)


def usual(case: Case, device: torch.device, clock: Clock, *, workers: int) -> None:
    """PyTorch's examples of a VAE and of DCGAN: DataLoader, default Adam, .item() in each step."""
    model = case.build().to(device)
    loader = DataLoader(
        Pictures(case.data(case.images)), batch_size=case.size, shuffle=True, num_workers=workers
    )
    step = usual_gan_step(model) if case.loss is None else usual_vae_step(model, case)
    going = True
    while going:
        clock.start()
        total = 0.0
        for x, _ in loader:
            x = x.to(device)
            total += step(x.view(-1, 784) if case.pixels == "bce" else x)
        going = clock.stop(model)


def usual_vae_step(model: Halves, case: Case) -> Callable[[Tensor], float]:
    """Sigmoid and binary cross-entropy, or squared error; returns a number that was waited for."""
    optimizer = Adam(model.parameters(), lr=1e-3)

    def step(x: Tensor) -> float:
        optimizer.zero_grad()
        out, mu, logvar = model(x)
        if case.pixels == "bce":
            error = F.binary_cross_entropy(torch.sigmoid(out), x, reduction="sum")
        else:
            error = F.mse_loss(out, x, reduction="sum") / 2
        loss = (error - 0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())) / len(x)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def usual_gan_step(model: Halves) -> Callable[[Tensor], float]:
    """Sigmoid at D's end, binary cross-entropy against labels, D's two halves one by one."""
    generator, discriminator = model.first, nn.Sequential(model.second, nn.Sigmoid())
    g_optimizer, d_optimizer = (
        Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for net in (generator, discriminator)
    )
    criterion = nn.BCELoss()

    def step(x: Tensor) -> float:
        real, fake = torch.ones(len(x), device=x.device), torch.zeros(len(x), device=x.device)
        discriminator.zero_grad()
        on_real = criterion(discriminator(2 * x - 1), real)
        on_real.backward()
        x_fake = generator(torch.randn(len(x), model.latent, device=x.device))
        on_fake = criterion(discriminator(x_fake.detach()), fake)
        on_fake.backward()
        d_optimizer.step()
        generator.zero_grad()
        g_loss = criterion(discriminator(x_fake), real)
        g_loss.backward()
        g_optimizer.step()
        return on_real.item() + on_fake.item() + g_loss.item()

    return step


class Pictures(Dataset):
    """Images one by one with a label, as torchvision's MNIST hands them out.

    A picture of Pillow, then ToTensor operation by operation.

    (torchvision's own wheel does not load beside a CPU build of torch from another index.)
    """

    def __init__(self, images: Tensor) -> None:
        self.images = images
        self.labels = torch.zeros(len(images), dtype=torch.int64)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image, label = self.images[index], int(self.labels[index])
        image = image.view(28, 28) if image.ndim == 1 else image.permute(1, 2, 0).squeeze(-1)
        picture = Image.fromarray(image.numpy())
        pixels = torch.from_numpy(np.array(picture, np.uint8, copy=True))
        pixels = pixels.view(picture.size[1], picture.size[0], len(picture.getbands()))
        pixels = pixels.permute((2, 0, 1)).contiguous()
        return pixels.to(dtype=torch.float32).div(255), label
