"""Small functions that compose with the loop: when to stop, how to average, how fast to go."""

import math
from collections.abc import Callable

from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn


class EarlyStopping:
    """Stop when a validation number has not improved for a while; keep the best weights.

    Pass it as `stop=` to `train`, then call `restore()`.

    Args:
        model: The model whose weights are kept.
        validate: Returns the number to minimise, such as a validation loss.
        every: Steps between two validations.
        patience: Validations without improvement before the run ends, at least 1.

    Raises:
        ValueError: `every` or `patience` is below 1.

    Source:
        Goodfellow, Bengio & Courville (2016), "Deep Learning", algorithm 7.1.
        https://www.deeplearningbook.org/contents/regularization.html
    """

    def __init__(
        self, model: nn.Module, validate: Callable[[], float], *, every: int, patience: int
    ) -> None:
        if every < 1 or patience < 1:
            raise ValueError(f"expected every and patience ≥ 1, got {every} and {patience}")

        self.model = model
        self.validate = validate
        self.every = every
        self.patience = patience
        self.best = math.inf
        self.best_weights: dict[str, Tensor] = {}
        self.steps = 0
        self.waited = 0

    def __call__(self) -> bool:
        """Count a step, validate when it is time, and say whether to stop."""
        self.steps += 1
        if self.steps % self.every:
            return False

        value = float(self.validate())
        if value < self.best:
            self.best, self.waited = value, 0
            self.best_weights = {k: v.clone() for k, v in self.model.state_dict().items()}
        else:
            self.waited += 1

        return self.waited >= self.patience

    def restore(self) -> None:
        """Put the best weights back into the model.

        Raises:
            RuntimeError: No validation has happened yet.
        """
        if not self.best_weights:
            raise RuntimeError(f"no weights to restore: no validation in {self.steps} steps")

        self.model.load_state_dict(self.best_weights)

    def state_dict(self) -> dict[str, object]:
        """What a checkpoint keeps."""
        return {name: getattr(self, name) for name in ("best", "best_weights", "steps", "waited")}

    def load_state_dict(self, state: dict[str, object]) -> None:
        """Go on where `state_dict` was taken."""
        for name, value in state.items():
            setattr(self, name, value)


def ema(model: nn.Module, *, decay: float) -> AveragedModel:
    """A copy of the model whose weights follow as an exponential moving average.

        w̄ ← decay · w̄ + (1 − decay) · w

    Call `average.update_parameters(model)` after each step of the optimiser; the first call copies
    the weights. The average behaves like a model that was trained with a smaller learning rate at
    the end.

    Args:
        model: The model to follow.
        decay: Weight of the past in (0, 1); 1 / (1 − decay) steps count.

    Raises:
        ValueError: `decay` is outside (0, 1).
    """
    if not 0 < decay < 1:
        raise ValueError(f"decay: expected a number in (0, 1), got {decay}")

    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True)


def linear_tail(optimizer: Optimizer, *, steps: int, tail: float = 0.3) -> LambdaLR:
    """A constant learning rate that falls linearly to zero over the last part of the run.

    Call `schedule.step()` after each step of the optimiser.

    Args:
        optimizer: The optimiser whose rate is scheduled.
        steps: Length of the run.
        tail: The last part's share of it, in (0, 1].

    Raises:
        ValueError: `tail` is outside (0, 1].
    """
    if not 0 < tail <= 1:
        raise ValueError(f"tail: expected a share in (0, 1], got {tail}")

    return LambdaLR(optimizer, lambda i: min(1.0, max(0.0, (steps - i) / (tail * steps))))
