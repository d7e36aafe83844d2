"""The checks of notebook 11."""

import math

import torch
import torch.nn.functional as F

from course_utils import objectives
from course_utils.checks.framework import FunctionCheck, Mistake, NumberCheck
from course_utils.types import FakeLogits, Grid, Scalar


def densities() -> tuple[Grid, Grid]:
    """Both densities at five points; far out, one of them is almost nothing."""
    return torch.tensor([0.3, 0.3, 0.1, 2.0, 0.4]), torch.tensor([0.2, 0.3, 0.8, 0.001, 0.1])


def best_answer(p_data: Grid, p_g: Grid, share: float) -> Grid:
    """The reference, with the share in its place."""
    return objectives.optimal_discriminator(p_data, p_g, share=share)


def share_ignored(p_data: Grid, p_g: Grid, share: float) -> Grid:
    """The formula for equal shares."""
    return p_data / (p_data + p_g)


def shares_swapped(p_data: Grid, p_g: Grid, share: float) -> Grid:
    """The generator's share at the data."""
    return best_answer(p_data, p_g, 1 - share)


def share_above_only(p_data: Grid, p_g: Grid, share: float) -> Grid:
    """The share is missing below the line."""
    return share * p_data / (p_data + p_g)


def odds(p_data: Grid, p_g: Grid, share: float) -> Grid:
    """a / b: the odds, which may be above one."""
    return share * p_data / ((1 - share) * p_g)


def chance_of_a_fake(p_data: Grid, p_g: Grid, share: float) -> Grid:
    """1 − D*."""
    return 1 - best_answer(p_data, p_g, share)


def largest_value(p_data: Grid, p_g: Grid, share: float) -> Grid:
    """The maximum in place of the argument at which it is reached."""
    y = best_answer(p_data, p_g, share)
    return share * p_data * y.log() + (1 - share) * p_g * (1 - y).log()


best_response = FunctionCheck(
    "11.1",
    best_answer,
    cases={
        "three real in four": lambda: (*densities(), 0.75),
        "equal shares": lambda: (*densities(), 0.5),
        "one real in ten": lambda: (*densities(), 0.1),
    },
    mistakes=(
        Mistake(share_ignored, "right for equal shares. What are a and b for other shares?"),
        Mistake(shares_swapped, "which of the two densities carries the weight π?"),
        Mistake(share_above_only, "your a has the weight π above the line; has it below?"),
        Mistake(odds, "a/y = b/(1 − y) leads to y/(1 − y) = a/b. You have the odds; what is y?"),
        Mistake(chance_of_a_fake, "D is the probability of *real*: it is large where p_data is."),
        Mistake(
            largest_value,
            "that is the largest value. Asked is the y at which it is reached.",
        ),
    ),
)


def logits() -> tuple[FakeLogits]:
    """Five fakes, from obvious to convincing."""
    return (torch.tensor([-9.2, -2.0, 0.0, 0.5, 3.0]),)


def certain() -> tuple[FakeLogits]:
    """A discriminator that is certain, once right and once wrong."""
    return (torch.tensor([-200.0, 200.0]),)


def saturating(logits_fake: FakeLogits) -> FakeLogits:
    """The min-max loss."""
    return objectives.saturating_generator_loss(logits_fake)


def helps_the_discriminator(logits_fake: FakeLogits) -> FakeLogits:
    """−log(1 − D): what D minimises."""
    return F.softplus(logits_fake)


def log_d(logits_fake: FakeLogits) -> FakeLogits:
    """Without the minus sign."""
    return F.logsigmoid(logits_fake)


def of_the_logit(logits_fake: FakeLogits) -> FakeLogits:
    """Takes the logit for a probability."""
    return -logits_fake.log()


def sigmoid_twice(logits_fake: FakeLogits) -> FakeLogits:
    """Applies the sigmoid twice."""
    return -F.logsigmoid(logits_fake.sigmoid())


def averaged(logits_fake: FakeLogits) -> Scalar:
    """One number for the batch."""
    return -F.logsigmoid(logits_fake).mean()


def overflowing(logits_fake: FakeLogits) -> FakeLogits:
    """The formula as printed, with log 0."""
    return -logits_fake.sigmoid().log()


generator_loss = FunctionCheck(
    "11.2",
    objectives.non_saturating_generator_loss,
    cases={"five fakes": logits, "logits of ±200": certain},
    mistakes=(
        Mistake(saturating, "that is log(1 − D), whose gradient you have seen vanish."),
        Mistake(
            helps_the_discriminator,
            "a generator that descends on this makes its samples look more fake: it is what D "
            "minimises.",
        ),
        Mistake(log_d, "a loss is to be minimised: which sign makes D(G(z)) rise?"),
        Mistake(of_the_logit, "a logit is no probability: D = sigmoid(logit) comes first."),
        Mistake(sigmoid_twice, "logsigmoid contains the sigmoid; yours is applied twice."),
        Mistake(averaged, "one number per logit: the caller takes the mean."),
        Mistake(
            overflowing,
            "right, until sigmoid rounds to 0 and its logarithm is infinite. Which function of "
            "torch.nn.functional is both at once?",
        ),
    ),
)


spiral = NumberCheck(
    "11.3",
    (1 + 0.1**2) ** 50,
    tolerance=0.004,
    lesson="The distance grows by √(1 + η²) in every step, from wherever you start.",
    mistakes=(
        Mistake(1.0, "a circle would be right for infinitely small steps. Multiply out x² + y²."),
        Mistake(
            (1 + 0.1**2) ** 100,
            "that is the factor of the *squared* distance.",
        ),
        Mistake((1 + 0.1**2) ** -50, "in x² + y² the cross terms cancel; which sign has η²?"),
        Mistake(math.sqrt(1 + 0.1**2), "that is one step of the hundred."),
        Mistake(1.1**100, "x and y do not each grow by η: the two gradients are crosswise."),
    ),
)
