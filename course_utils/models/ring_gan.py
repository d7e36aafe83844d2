"""The adversarial game in the plane, played by a crowd of networks, with its cures as options.

One *round* is one update of the generator. Before it come k updates of the discriminator, and the
generator may look some further updates ahead.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from course_utils import objectives
from course_utils.models.crowd import Crowd, Moments, adam_step, unrolled
from course_utils.types import Judge, Scalar, StackedLogits, StackedPoints

DLoss = Callable[[Judge, StackedPoints, StackedPoints], Scalar]
GLoss = Callable[[StackedLogits], StackedLogits]


def gan_loss(judge: Judge, x_real: StackedPoints, x_fake: StackedPoints) -> Scalar:
    """The discriminators' cross-entropies, added up over the networks."""
    return len(x_real) * objectives.discriminator_loss(judge(x_real), judge(x_fake))


def critic_loss(judge: Judge, x_real: StackedPoints, x_fake: StackedPoints) -> Scalar:
    """The Wasserstein critics' losses without a penalty, added up over the networks."""
    return len(x_real) * objectives.wasserstein_critic_loss(judge(x_real), judge(x_fake))


def penalised_loss(
    judge: Judge, x_real: StackedPoints, x_fake: StackedPoints, *, weight: float = 1.0
) -> Scalar:
    """The critics' losses with the gradient penalty, added up over the networks."""

    def flat(x: Tensor) -> Tensor:
        return judge(x.reshape(x_real.shape)).flatten()

    penalty = objectives.gradient_penalty(flat, x_real.flatten(0, 1), x_fake.flatten(0, 1))

    return critic_loss(judge, x_real, x_fake) + len(x_real) * weight * penalty.mean()


class RingGame:
    """Games side by side, one per seed, for `training.train`.

    Args:
        generator: Architecture from noise to the plane.
        discriminator: Maps (rows, x) to logits; its own `start` draws the rows.
        seeds: One per game; the discriminator's first weights come from 100 + seed.
        g_rate: Adam's learning rate of the generators, a number or shape (networks, 1).
        d_rate: That of the discriminators.
        momentum: Adam's β₁ of both.
        d_loss: Called with the judge, data and samples.
        g_loss: Called with the logits of the samples.
        rounds: Length of the game; over its second half both rates fall linearly towards zero.
        ahead: How many steps of D the generator looks ahead, at D's full rate.
    """

    def __init__(
        self,
        generator: Crowd,
        discriminator: Crowd,
        seeds: Sequence[int],
        *,
        g_rate: Tensor | float,
        d_rate: Tensor | float,
        momentum: Tensor | float,
        rounds: int,
        d_loss: DLoss = gan_loss,
        g_loss: GLoss = objectives.non_saturating_generator_loss,
        ahead: int = 0,
    ) -> None:
        self.generator, self.discriminator = generator, discriminator
        self.g_rate, self.d_rate, self.momentum = g_rate, d_rate, momentum
        self.d_loss, self.g_loss, self.ahead = d_loss, g_loss, ahead
        self.theta = generator.start(seeds)
        self.phi = discriminator.start([100 + seed for seed in seeds])
        self.g_moments, self.d_moments = Moments.at_rest(self.theta), Moments.at_rest(self.phi)
        self.rounds, self.done = rounds, 0

    @property
    def pace(self) -> float:
        """Factor on both rates: 1, then falling."""
        return min(1.0, 2 * (1 - self.done / self.rounds))

    def sample(self, theta: Tensor, count: int) -> StackedPoints:
        """`count` samples of each generator, shape (networks, count, 2)."""
        return self.generator(theta, torch.randn(len(theta), count, self.generator.sizes[0]))

    def loss_of_d(self, phi: Tensor, x_real: StackedPoints, x_fake: StackedPoints) -> Scalar:
        """What the discriminators with the weights `phi` pay."""
        return self.d_loss(lambda x: self.discriminator(phi, x), x_real, x_fake)

    def d_step(self, x_real: StackedPoints) -> Scalar:
        """One update of every discriminator; returns its mean loss before it."""
        with torch.no_grad():
            x_fake = self.sample(self.theta, x_real.shape[1])
        phi = self.phi.requires_grad_()
        loss = self.loss_of_d(phi, x_real, x_fake)
        (gradient,) = torch.autograd.grad(loss, phi)
        self.phi, self.d_moments = adam_step(
            phi.detach(),
            gradient,
            self.d_moments,
            rate=self.pace * self.d_rate,
            momentum=self.momentum,
        )
        return loss.detach() / len(phi)

    def g_step(self, x_real: StackedPoints) -> Scalar:
        """One update of every generator; `x_real` is used by discriminators looked ahead to."""
        theta = self.theta.requires_grad_()
        x_fake = self.sample(theta, x_real.shape[1])
        phi = self.phi.detach()
        if self.ahead:
            phi = unrolled(
                lambda rows: self.loss_of_d(rows, x_real, x_fake),
                phi,
                self.d_moments,
                steps=self.ahead,
                rate=self.d_rate,
                momentum=self.momentum,
            )
        loss = len(theta) * self.g_loss(self.discriminator(phi, x_fake)).mean()
        (gradient,) = torch.autograd.grad(loss, theta)
        self.theta, self.g_moments = adam_step(
            theta.detach(),
            gradient,
            self.g_moments,
            rate=self.pace * self.g_rate,
            momentum=self.momentum,
        )
        return loss.detach() / len(theta)

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """One round: x of shape (k, networks, batch, 2) holds a batch of data per step of D."""
        d_losses = [self.d_step(x_real) for x_real in x]
        g_loss = self.g_step(x[-1])
        self.done += 1

        return {"D": d_losses[-1], "G": g_loss}
