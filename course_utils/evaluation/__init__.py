"""How good is a code, a subspace, a model? Measurements that know nothing of how it was trained."""

from course_utils.evaluation.codes import neighbours, pca, precision_at_k, principal_angles
from course_utils.evaluation.likelihood import (
    active_units,
    aggregate_moments,
    iwae_log_likelihood,
    kl_per_dimension,
    negative_elbo,
)

__all__ = [
    "active_units",
    "aggregate_moments",
    "iwae_log_likelihood",
    "kl_per_dimension",
    "neighbours",
    "negative_elbo",
    "pca",
    "precision_at_k",
    "principal_angles",
]
