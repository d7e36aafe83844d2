"""How good is a code, a subspace, a model? Measurements that know nothing of how it was trained."""

from course_utils.evaluation.codes import neighbours, pca, precision_at_k, principal_angles
from course_utils.evaluation.generation import (
    coverage,
    features_of,
    frechet_distance,
    modes_covered,
    precision_recall,
    sharpness,
)

__all__ = [
    "coverage",
    "features_of",
    "frechet_distance",
    "modes_covered",
    "neighbours",
    "pca",
    "precision_at_k",
    "precision_recall",
    "principal_angles",
    "sharpness",
]
