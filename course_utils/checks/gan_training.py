"""The checks of notebook 13."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.checks.framework import FunctionCheck, Mistake

Critic = Callable[[Tensor], Tensor]


def jsd_reference(theta: Tensor) -> Tensor:
    """min(|θ|, 1) log 2."""
    return theta.abs().clamp(max=1) * math.log(2)


jsd_of_shift = FunctionCheck(
    "13.1",
    jsd_reference,
    cases={
        "shifts of 0, 0.25 and 1": lambda: (torch.tensor([0.0, 0.25, 1.0]),),
        "shifts of 2 and 5": lambda: (torch.tensor([2.0, 5.0]),),
        "shifts of −0.5 and −3": lambda: (torch.tensor([-0.5, -3.0]),),
    },
    mistakes=(
        Mistake(
            lambda theta: theta.abs() * math.log(2),
            "right while the two overlap. How much of p can lie outside q at most?",
        ),
        Mistake(
            lambda theta: theta.abs().clamp(max=1),
            "on the part that only p reaches, m is p/2. What is log(p/m) there?",
        ),
        Mistake(
            lambda theta: 2 * theta.abs().clamp(max=1) * math.log(2),
            "JSD is the mean of the two divergences, not their sum.",
        ),
        Mistake(
            lambda theta: (1 - theta.abs().clamp(max=1)) * math.log(2),
            "that is zero where they are apart. On which part is log(p/m) zero?",
        ),
        Mistake(lambda theta: theta.clamp(max=1) * math.log(2), "a shift to the left counts too."),
        Mistake(lambda theta: theta.abs(), "that is W₁, which never stops growing."),
    ),
)


def penalty_reference(
    critic: Critic, x_real: Tensor, x_fake: Tensor, u: Tensor, slope: float = 1.0
) -> Tensor:
    """(‖∇f‖ − slope)² on the way from data to samples."""
    return (gradients(critic, u * x_real + (1 - u) * x_fake).norm(dim=1) - slope).square()


def gradients(critic: Critic, x: Tensor) -> Tensor:
    """∇f at each row of x."""
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)

    return gradient


def bowl(x: Tensor) -> Tensor:
    """A critic whose slope changes from place to place and in both coordinates."""
    return (x * torch.tensor([1.0, 2.0])).square().sum(dim=1, keepdim=True) / 4


def plane(x: Tensor) -> Tensor:
    """A critic of constant slope 0.5."""
    return 0.3 * x[:, :1] - 0.4 * x[:, 1:]


def pairs(critic: Critic) -> tuple[Critic, Tensor, Tensor, Tensor]:
    """Three pairs and their u."""
    x_real = torch.tensor([[1.0, 0.5], [0.0, -2.0], [1.5, 1.0]])
    x_fake = torch.tensor([[-1.0, 0.2], [0.3, 0.1], [0.5, -0.5]])
    return critic, x_real, x_fake, torch.tensor([[0.2], [0.9], [0.5]])


def squared_norm(critic: Critic, x_real: Tensor, x_fake: Tensor, u: Tensor) -> Tensor:
    """Without the root."""
    gradient = gradients(critic, u * x_real + (1 - u) * x_fake)
    return (gradient.square().sum(dim=1) - 1).square()


def one_sided(critic: Critic, x_real: Tensor, x_fake: Tensor, u: Tensor) -> Tensor:
    """Punishes only what is too steep."""
    gradient = gradients(critic, u * x_real + (1 - u) * x_fake)
    return F.relu(gradient.norm(dim=1) - 1).square()


def at_the_data(critic: Critic, x_real: Tensor, x_fake: Tensor, u: Tensor) -> Tensor:
    """Not on the way."""
    return (gradients(critic, x_real).norm(dim=1) - 1).square()


def swapped(critic: Critic, x_real: Tensor, x_fake: Tensor, u: Tensor) -> Tensor:
    """u on the samples."""
    return penalty_reference(critic, x_fake, x_real, u)


def whole_batch(critic: Critic, x_real: Tensor, x_fake: Tensor, u: Tensor) -> Tensor:
    """One length for the whole batch."""
    return (gradients(critic, u * x_real + (1 - u) * x_fake).norm() - 1).square()


def to_zero(critic: Critic, x_real: Tensor, x_fake: Tensor, u: Tensor) -> Tensor:
    """Pulls the slope to 0."""
    return penalty_reference(critic, x_real, x_fake, u, slope=0.0)


def per_coordinate(critic: Critic, x_real: Tensor, x_fake: Tensor, u: Tensor) -> Tensor:
    """Each partial derivative on its own."""
    return (gradients(critic, u * x_real + (1 - u) * x_fake) - 1).square().sum(dim=1)


slope_penalty = FunctionCheck(
    "13.2",
    penalty_reference,
    cases={
        "a curved critic": lambda: pairs(bowl),
        "a critic of slope 0.5": lambda: pairs(plane),
    },
    mistakes=(
        Mistake(squared_norm, "the length of the gradient is a root: ‖∇f‖, not ‖∇f‖²."),
        Mistake(one_sided, "a slope below 1 is punished too in eq. 3."),
        Mistake(at_the_data, "the slope is taken on the way from data to samples."),
        Mistake(swapped, "u belongs to the data, 1 − u to the samples."),
        Mistake(whole_batch, "one length per pair: which axis holds the coordinates?"),
        Mistake(to_zero, "the wanted slope is 1, not 0."),
        Mistake(per_coordinate, "the length of the whole gradient is compared with 1."),
    ),
)


def value_reference(m: Tensor, n: int) -> Tensor:
    """(m/n) log(m/(n+m)) + log(n/(n+m))."""
    return m / n * (m / (n + m)).log() + (n / (n + m)).log()


value_of_modes = FunctionCheck(
    "13.3",
    value_reference,
    cases={
        "2 of 8 modes": lambda: (torch.tensor([2.0]), 8),
        "all 8 modes": lambda: (torch.tensor([8.0]), 8),
        "1, 2 and 3 of 5": lambda: (torch.tensor([1.0, 2.0, 3.0]), 5),
    },
    mistakes=(
        Mistake(
            lambda m, n: (m / (n + m)).log() + (n / (n + m)).log(),
            "which share of the data lies on known modes? The others add log 1.",
        ),
        Mistake(
            lambda m, n: torch.full_like(m, -math.log(4)),
            "that is the value when every mode is known.",
        ),
        Mistake(
            lambda m, n: m / n * (n / (n + m)).log() + (m / (n + m)).log(),
            "on a known mode p_g is the denser one: is D* above or below one half there?",
        ),
        Mistake(
            lambda m, n: m / n * (m / (n + m)).log() + m / n * (n / (n + m)).log(),
            "all samples lie on known modes: the second term has weight 1.",
        ),
        Mistake(
            lambda m, n: -(m / n * (m / (n + m)).log() + (n / (n + m)).log()),
            "V is a mean of logarithms of probabilities: which sign has it?",
        ),
    ),
)
