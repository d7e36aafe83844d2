"""A code of 32 numbers for digits, trained to restore clean digits from noisy ones."""

import torch
from torch import nn
from torch.optim import Adam

from course_utils import objectives
from course_utils.data import mnist
from course_utils.evaluation import precision_at_k, psnr
from course_utils.models.autoencoder import Autoencoder, digit_autoencoder
from course_utils.training import Batches, linear_tail, train

DATA = "MNIST, 60,000 training images, with Gaussian noise of standard deviation 0 to 1"
OBJECTIVE = "cross-entropy of the clean image, summed over 784 pixels"
SEED, STEPS = 0, 3000


def build() -> Autoencoder:
    """The untrained pair."""
    return digit_autoencoder(32)


def fit(model: nn.Module, device: torch.device) -> None:
    """Adam, batches of 64, the learning rate falling over the last half of the run."""
    optimizer = Adam(model.parameters(), lr=1e-3, fused=True)
    schedule = linear_tail(optimizer, steps=STEPS, tail=0.5)
    logits = model.decoder[0]

    def restore_step(x: torch.Tensor) -> dict[str, torch.Tensor]:
        sigma = torch.rand(len(x), 1, 1, 1, device=device)
        noisy = x + sigma * torch.randn_like(x)
        loss = objectives.bernoulli_nll(logits(model.encoder(noisy)), x).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        return {"cross-entropy": loss}

    train(restore_step, Batches(mnist().x_train.to(device), size=64, seed=SEED), STEPS)


def measure(model: nn.Module) -> dict[str, float]:
    """Precision at 10 of 2,000 test digits among 10,000 training digits, and the restoring."""
    digits, g = mnist(), torch.Generator().manual_seed(0)
    some = torch.randperm(10_000, generator=g)[:2000]
    others = torch.randperm(60_000, generator=g)[:10_000]
    x = digits.x_test[some] / 255
    noisy = x + 0.5 * torch.randn(x.shape, generator=g)
    with torch.no_grad():
        codes, index = (model.encode(images) for images in (x, digits.x_train[others] / 255))
        restored = psnr(model(noisy), x).mean().item()
    found = precision_at_k(codes, digits.y_test[some], index, digits.y_train[others], k=10)

    return {"precision at 10": found, "PSNR at noise 0.5": restored}
