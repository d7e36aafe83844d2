"""The classifier that counts generated digits, and whose features measure their distance."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import AdamW

from course_utils.data import mnist
from course_utils.evaluation import features_of, frechet_distance
from course_utils.models import judges
from course_utils.training import Batches, linear_tail, train

DATA = "MNIST, 60,000 training images, shifted by up to 2 pixels"
OBJECTIVE = "cross-entropy of the ten classes, labels smoothed by 0.05"
SEED, STEPS = 0, 4700


def build() -> judges.Judge:
    """The untrained judge."""
    return judges.digit_judge()


def fit(model: nn.Module, device: torch.device) -> None:
    """Adam with weight decay, batches of 128, a rate that falls over the last 70 % of the run."""
    digits = mnist().to(device)
    optimizer = AdamW(model.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = linear_tail(optimizer, steps=STEPS, tail=0.7)

    def judge_step(x: Tensor, y: Tensor) -> dict[str, Tensor]:
        dx, dy = torch.randint(-2, 3, (2,)).tolist()
        logits = model(x.roll((dy, dx), dims=(2, 3)))
        loss = F.cross_entropy(logits, y, label_smoothing=0.05)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        return {"cross-entropy": loss}

    train(judge_step, Batches(digits.x_train, digits.y_train, size=128, seed=SEED), STEPS)


def measure(model: nn.Module) -> dict[str, float]:
    """Accuracy on the test images, and the distance of 10,000 training images from them."""
    digits = mnist()
    logits = features_of(model, digits.x_test)
    g = torch.Generator().manual_seed(0)
    some = torch.randperm(60_000, generator=g)[:10_000]
    floor = frechet_distance(
        features_of(model.features, digits.x_train[some]),
        features_of(model.features, digits.x_test),
    )

    return {
        "accuracy": (logits.argmax(dim=1) == digits.y_test).double().mean().item(),
        "Frechet floor": floor,
    }
