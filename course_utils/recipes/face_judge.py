"""The network that reads the labels of a face, and whose features measure distances of faces."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from course_utils.data import faces
from course_utils.evaluation import features_of, frechet_distance
from course_utils.models import judges
from course_utils.training import Batches, linear_tail, train

DATA = "20,000 drawn faces, seed 1, mirrored at random"
OBJECTIVE = "binary cross-entropy of 19 labels"
SEED, STEPS = 0, 1500
LABELS = 19  # the last columns of the attributes


def build() -> judges.Judge:
    """The untrained judge."""
    return judges.face_judge()


def fit(model: nn.Module, device: torch.device) -> None:
    """Adam, batches of 64, the learning rate falling over the last 70 % of the run."""
    some = faces(20_000, seed=1)
    x, y = some.x.to(device), some.attributes[:, -LABELS:].to(device)
    optimizer = Adam(model.parameters(), lr=2e-3)
    schedule = linear_tail(optimizer, steps=STEPS, tail=0.7)

    def judge_step(x: Tensor, y: Tensor) -> dict[str, Tensor]:
        mirrored = x.flip(3) if torch.rand(()) < 0.5 else x
        loss = F.binary_cross_entropy_with_logits(model(mirrored), y, reduction="none").sum(dim=1)
        optimizer.zero_grad()
        loss.mean().backward()
        optimizer.step()
        schedule.step()
        return {"cross-entropy": loss.mean()}

    train(judge_step, Batches(x, y, size=64, seed=SEED), STEPS)


def measure(model: nn.Module) -> dict[str, float]:
    """How often each label is read right on fresh faces, and the distance of two fresh sets."""
    fresh, others = faces(2000, seed=2), faces(2000, seed=3)
    right = (features_of(model, fresh.x) > 0) == (fresh.attributes[:, -LABELS:] > 0.5)
    share = dict(zip(fresh.names[-LABELS:], right.double().mean(dim=0).tolist(), strict=True))
    floor = frechet_distance(
        features_of(model.features, fresh.x), features_of(model.features, others.x)
    )

    return {
        "accuracy, all labels": sum(share.values()) / LABELS,
        "accuracy, Smiling": share["Smiling"],
        "accuracy, Eyeglasses": share["Eyeglasses"],
        "Frechet floor": floor,
    }
