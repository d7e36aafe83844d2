"""What two players ask of each other: losses of a discriminator, a critic and their generators.

A discriminator returns logits, D(x) = sigmoid(logits): `logits_real` on data, `logits_fake` on
samples of the generator. The logits may have any shape (a vector, or a map of patches per image),
and the two batches may differ in size. Losses are to be minimised. What compares the two batches
is a scalar, the difference of two means; what is asked of the generator is one number per logit,
and the caller takes the mean.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F

from course_utils.types import Data, FakeLogits, PerExample, RealLogits, Scalar


def value_function(logits_real: RealLogits, logits_fake: FakeLogits) -> Scalar:
    """The value of the game, which D raises and G lowers.

        V(D, G) = E_{x ~ p_data} log D(x) + E_{z ~ p_z} log(1 − D(G(z)))

    For given densities it is at most −log 4 + 2 JSD(p_data, p_g), where D is optimal.

    Args:
        logits_real: Logits of data, of any shape.
        logits_fake: Logits of generated samples, of any shape.

    Returns:
        The sum of the two means in nats, never positive.

    Source:
        Goodfellow et al. (2014), "Generative Adversarial Nets", eq. 1.
        https://arxiv.org/abs/1406.2661

    Example:
        >>> value_function(torch.zeros(3), torch.zeros(5))  # D = 1/2: −log 4
        tensor(-1.3863)
    """
    return F.logsigmoid(logits_real).mean() + F.logsigmoid(-logits_fake).mean()


def discriminator_loss(logits_real: RealLogits, logits_fake: FakeLogits) -> Scalar:
    """What D minimises: −V(D, G), the cross-entropy of real (1) and fake (0), added up.

    For batches of equal size it is twice `binary_cross_entropy_with_logits` on both together.

    Args:
        logits_real: Logits of data, of any shape.
        logits_fake: Logits of generated samples, of any shape; detach the samples.

    Returns:
        Nats, never negative; log 4 for a D that answers one half.
    """
    return -value_function(logits_real, logits_fake)


def saturating_generator_loss(logits_fake: FakeLogits) -> FakeLogits:
    """The generator's loss of the min-max game, log(1 − D(G(z))), one number per logit.

        ∂/∂logit log(1 − D) = −D

    The gradient vanishes where D is sure that the sample is fake, which is where G starts.

    Args:
        logits_fake: Logits of generated samples, of any shape.

    Returns:
        Nats, never positive, of the same shape.

    Source:
        Goodfellow et al. (2014), "Generative Adversarial Nets", algorithm 1.
        https://arxiv.org/abs/1406.2661
    """
    return F.logsigmoid(-logits_fake)


def non_saturating_generator_loss(logits_fake: FakeLogits) -> FakeLogits:
    """The generator's usual loss, −log D(G(z)), one number per logit.

        ∂/∂logit (−log D) = −(1 − D)

    The same sign as the saturating loss, and the full size where D is sure of a fake. The game
    is no longer zero-sum.

    Args:
        logits_fake: Logits of generated samples, of any shape.

    Returns:
        Nats, never negative, of the same shape.

    Source:
        Goodfellow et al. (2014), "Generative Adversarial Nets", section 3.
        https://arxiv.org/abs/1406.2661
    """
    return -F.logsigmoid(logits_fake)


def optimal_logits(log_p_data: PerExample, log_p_g: PerExample) -> PerExample:
    """The logits of the best discriminator for two known densities.

        D*(x) = p_data(x) / (p_data(x) + p_g(x)),    logit D*(x) = log p_data(x) − log p_g(x)

    Args:
        log_p_data: log p_data(x) in nats, shape (batch,).
        log_p_g: log p_g(x) at the same points.

    Source:
        Goodfellow et al. (2014), "Generative Adversarial Nets", eq. 2.
        https://arxiv.org/abs/1406.2661
    """
    return log_p_data - log_p_g


def wasserstein_critic_loss(logits_real: RealLogits, logits_fake: FakeLogits) -> Scalar:
    """What a critic f minimises: −(E_{x ~ p_data} f(x) − E_{z ~ p_z} f(G(z))).

    Among critics of slope at most 1 the best has the loss −W₁(p_data, p_g). Here `logits` are the
    critic's outputs, which are no log odds.

    Args:
        logits_real: Outputs of the critic on data, of any shape.
        logits_fake: Outputs on generated samples, of any shape; detach the samples.

    Source:
        Arjovsky, Chintala & Bottou (2017), "Wasserstein GAN", eq. 2.
        https://arxiv.org/abs/1701.07875
    """
    return logits_fake.mean() - logits_real.mean()


def wasserstein_generator_loss(logits_fake: FakeLogits) -> FakeLogits:
    """What the generator minimises against a critic: −f(G(z)), one number per output."""
    return -logits_fake


def gradient_penalty(
    critic: Callable[[Data], FakeLogits],
    x_real: Data,
    x_fake: Data,
    *,
    slope: float = 1.0,
    generator: torch.Generator | None = None,
) -> PerExample:
    """The squared distance of the critic's slope from 1, on the way from data to samples.

        (‖∇f(x̄)‖ − 1)²,    x̄ = u x + (1 − u) x̃,    u uniform in [0, 1], one per pair

    Differentiable in the critic's weights. Add λ times its mean to the critic's loss; λ = 10 in
    the source. Both batches are taken as constants.

    Args:
        critic: Maps (batch, *event) to outputs, each row on its own (no batch norm).
        x_real: Data, shape (batch, *event).
        x_fake: Generated samples, same shape.
        slope: The wanted length of the gradient.
        generator: Source of u, on the CPU.

    Returns:
        The penalty per pair, shape (batch,).

    Raises:
        ValueError: The two batches differ in shape.

    Source:
        Gulrajani et al. (2017), "Improved Training of Wasserstein GANs", eq. 3.
        https://arxiv.org/abs/1704.00028
    """
    if x_real.shape != x_fake.shape:
        raise ValueError(
            f"x_fake: expected the shape of x_real, {tuple(x_real.shape)}, "
            f"got {tuple(x_fake.shape)}"
        )

    u = torch.rand(len(x_real), generator=generator).to(x_real)
    u = u.reshape(-1, *[1] * (x_real.ndim - 1))
    between = (u * x_real + (1 - u) * x_fake).detach().requires_grad_()
    (gradient,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)

    return (gradient.flatten(1).norm(dim=1) - slope).square()
