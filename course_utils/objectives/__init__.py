"""What a model is asked to make small or large: one number per example, in nats.

Sums run over the event, never over the batch; the caller takes the mean.
"""

from course_utils.objectives.detection import best_log_likelihood, strangeness
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
from course_utils.objectives.variational import elbo, elbo_analytic, iwae

__all__ = [
    "bernoulli_entropy",
    "bernoulli_nll",
    "best_log_likelihood",
    "contractive",
    "contractive_hutchinson",
    "contractive_sigmoid",
    "elbo",
    "elbo_analytic",
    "gaussian_nll",
    "iwae",
    "linear_reconstruction_error",
    "sparsity",
    "squared_error",
    "strangeness",
    "tied_reconstruction_error",
]
