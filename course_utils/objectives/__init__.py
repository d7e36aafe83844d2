"""What a model is asked to make small or large: one number per example, in nats.

Sums run over the event, never over the batch; the caller takes the mean.
"""

from course_utils.objectives.adversarial import (
    discriminator_loss,
    gradient_penalty,
    non_saturating_generator_loss,
    optimal_logits,
    saturating_generator_loss,
    value_function,
    wasserstein_critic_loss,
    wasserstein_generator_loss,
)
from course_utils.objectives.penalties import (
    contractive,
    contractive_hutchinson,
    contractive_sigmoid,
    sparsity,
)
from course_utils.objectives.reconstruction import (
    bernoulli_entropy,
    bernoulli_nll,
    gaussian_nll,
    linear_reconstruction_error,
    squared_error,
    tied_reconstruction_error,
)

__all__ = [
    "bernoulli_entropy",
    "bernoulli_nll",
    "contractive",
    "contractive_hutchinson",
    "contractive_sigmoid",
    "discriminator_loss",
    "gaussian_nll",
    "gradient_penalty",
    "linear_reconstruction_error",
    "non_saturating_generator_loss",
    "optimal_logits",
    "saturating_generator_loss",
    "sparsity",
    "squared_error",
    "tied_reconstruction_error",
    "value_function",
    "wasserstein_critic_loss",
    "wasserstein_generator_loss",
]
