"""How good is a code, a subspace, a model? Measurements that know nothing of how it was trained."""

from course_utils.evaluation.chains import autocorrelation, autocorrelation_time
from course_utils.evaluation.codes import neighbours, pca, precision_at_k, principal_angles
from course_utils.evaluation.detection import roc_auc
from course_utils.evaluation.generation import (
    coverage,
    features_of,
    frechet_distance,
    modes_covered,
    precision_recall,
    sharpness,
)
from course_utils.evaluation.images import psnr
from course_utils.evaluation.likelihood import (
    active_units,
    aggregate_moments,
    iwae_log_likelihood,
    kl_per_dimension,
    negative_elbo,
)
from course_utils.evaluation.similarity import ssim

__all__ = [
    "active_units",
    "aggregate_moments",
    "autocorrelation",
    "autocorrelation_time",
    "coverage",
    "features_of",
    "frechet_distance",
    "iwae_log_likelihood",
    "kl_per_dimension",
    "modes_covered",
    "negative_elbo",
    "neighbours",
    "pca",
    "precision_at_k",
    "precision_recall",
    "principal_angles",
    "psnr",
    "roc_auc",
    "sharpness",
    "ssim",
]
