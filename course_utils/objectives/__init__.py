"""What a model is asked to make small or large: one number per example, in nats.

Sums run over the event, never over the batch; the caller takes the mean.
"""

from course_utils.objectives.adversarial import (
    discriminator_loss,
    gradient_penalty,
    non_saturating_generator_loss,
    optimal_discriminator,
    optimal_logits,
    saturating_generator_loss,
    value_function,
    wasserstein_critic_loss,
    wasserstein_generator_loss,
)
from course_utils.objectives.denoising import masking_noise, mixture_denoiser
from course_utils.objectives.detection import best_log_likelihood, strangeness
from course_utils.objectives.penalties import (
    contractive,
    contractive_hutchinson,
    contractive_sigmoid,
    soft_threshold,
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
from course_utils.objectives.variational import (
    elbo,
    elbo_analytic,
    elbo_linear_gaussian,
    iwae,
    score_function_gradient,
)

__all__ = [
    "bernoulli_entropy",
    "bernoulli_nll",
    "best_log_likelihood",
    "contractive",
    "contractive_hutchinson",
    "contractive_sigmoid",
    "discriminator_loss",
    "elbo",
    "elbo_analytic",
    "elbo_linear_gaussian",
    "gaussian_nll",
    "gradient_penalty",
    "iwae",
    "linear_reconstruction_error",
    "masking_noise",
    "mixture_denoiser",
    "non_saturating_generator_loss",
    "optimal_discriminator",
    "optimal_logits",
    "saturating_generator_loss",
    "score_function_gradient",
    "soft_threshold",
    "sparsity",
    "squared_error",
    "strangeness",
    "tied_reconstruction_error",
    "value_function",
    "wasserstein_critic_loss",
    "wasserstein_generator_loss",
]
