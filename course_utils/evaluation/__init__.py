"""How good is a code, a subspace, a model? Measurements that know nothing of how it was trained."""

from course_utils.evaluation.chains import autocorrelation, autocorrelation_time
from course_utils.evaluation.codes import neighbours, pca, precision_at_k, principal_angles

__all__ = [
    "autocorrelation",
    "autocorrelation_time",
    "neighbours",
    "pca",
    "precision_at_k",
    "principal_angles",
]
