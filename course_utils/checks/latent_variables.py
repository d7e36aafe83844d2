"""The checks of notebook 06."""

import math

import torch
from torch.distributions import MultivariateNormal

from course_utils.checks.framework import FunctionCheck, Mistake, NumberCheck
from course_utils.models.linear_gaussian import mean_field_variances
from course_utils.models.mixture import GaussianMixture
from course_utils.types import Covariances, Flat, Responsibilities, Square, Table, Vector, Weight

Arguments = tuple[Table, Weight, Covariances, Flat]


def parameters() -> tuple[Table, Weight, Covariances]:
    """Three unequal components in the plane."""
    roots = torch.tensor(
        [[[0.5, 0.0], [0.1, 0.2]], [[0.3, 0.0], [0.1, 0.15]], [[0.3, 0.0], [0.2, 0.2]]]
    )
    means = torch.tensor([[3.4, 0.2], [2.8, 1.3], [3.0, 2.0]])
    return torch.tensor([0.5, 0.3, 0.2]), means, roots @ roots.mT


def near() -> Arguments:
    """Four points between the components."""
    return *parameters(), torch.tensor([[3.2, 0.6], [3.0, 1.6], [2.7, 1.7], [3.5, 1.0]])


def far() -> Arguments:
    """A point whose density is below the smallest float32 under every component."""
    return *parameters(), torch.tensor([[8.0, 9.0]])


def reference(weights: Table, means: Weight, covs: Covariances, x: Flat) -> Responsibilities:
    """p(z = k | x) by Bayes' rule, in logarithms."""
    return GaussianMixture(weights, means, covs).responsibilities(x)


def log_likelihoods(means: Weight, covs: Covariances, x: Flat) -> Responsibilities:
    """log p(x | z = k)."""
    return MultivariateNormal(means, covs).log_prob(x[:, None])


def no_prior(weights: Table, means: Weight, covs: Covariances, x: Flat) -> Responsibilities:
    """The likelihoods, normalised."""
    return log_likelihoods(means, covs, x).softmax(dim=1)


def over_the_batch(weights: Table, means: Weight, covs: Covariances, x: Flat) -> Responsibilities:
    """Normalised over the wrong axis."""
    return (weights.log() + log_likelihoods(means, covs, x)).softmax(dim=0)


def not_normalised(weights: Table, means: Weight, covs: Covariances, x: Flat) -> Responsibilities:
    """The joint density."""
    return (weights.log() + log_likelihoods(means, covs, x)).exp()


def in_logarithms(weights: Table, means: Weight, covs: Covariances, x: Flat) -> Responsibilities:
    """log p(z | x)."""
    return (weights.log() + log_likelihoods(means, covs, x)).log_softmax(dim=1)


def weight_in_the_logarithm(
    weights: Table, means: Weight, covs: Covariances, x: Flat
) -> Responsibilities:
    """A weight added to a logarithm."""
    return (weights + log_likelihoods(means, covs, x)).softmax(dim=1)


def underflowing(weights: Table, means: Weight, covs: Covariances, x: Flat) -> Responsibilities:
    """Bayes' rule as printed: 0 / 0 far away."""
    joint = weights * log_likelihoods(means, covs, x).exp()
    return joint / joint.sum(dim=1, keepdim=True)


responsibilities = FunctionCheck(
    "6.1",
    reference,
    cases={"points between the components": near, "a point far from all": far},
    mistakes=(
        Mistake(no_prior, "you normalised the likelihoods. Where are the weights, p(z)?"),
        Mistake(over_the_batch, "each flower's numbers sum to 1: over which axis?"),
        Mistake(not_normalised, "that is p(x, z). What is missing to make it p(z | x)?"),
        Mistake(in_logarithms, "these are logarithms of probabilities."),
        Mistake(weight_in_the_logarithm, "a product becomes a sum of logarithms, of both factors."),
        Mistake(
            underflowing,
            "right, until all densities round to 0 and you divide by 0. Stay in logarithms: "
            "softmax does the division there.",
        ),
    ),
)

SECOND_MOMENT = 1.09 / (0.3 * math.sqrt(2 + 0.09))  # E[p(x | z)²] / p(x)² at x = 0, one dimension


samples_needed = NumberCheck(
    "6.2",
    math.log10((SECOND_MOMENT**50 - 1) / 0.1**2),
    tolerance=0.1,
    lesson="The dimension stands in the exponent: no computer has ever drawn 10²² samples.",
    mistakes=(
        Mistake(
            math.log10(50 * (SECOND_MOMENT - 1) / 0.1**2),
            "second moments of a product of independent factors multiply; they do not add.",
        ),
        Mistake(
            50 * math.log10(SECOND_MOMENT), "that is for an error of 100 %: N grows by (1 / 0.1)²."
        ),
        Mistake(
            50 * math.log10(SECOND_MOMENT) + 1,
            "the error falls with the root of N: a tenth of it costs a hundred times as many.",
        ),
        Mistake(math.log10((SECOND_MOMENT**10 - 1) / 0.1**2), "that is the answer for d = 10."),
        Mistake(
            math.log((SECOND_MOMENT**50 - 1) / 0.1**2),
            "that is the natural logarithm; the question asks for base 10.",
        ),
    ),
)


one_of_two = NumberCheck(
    "6.3",
    math.log(2),
    tolerance=0.005,
    lesson="Half of the posterior is missing, and the price is one bit.",
    mistakes=(
        Mistake(0.0, "q is not the posterior: on its half-line it is twice as high."),
        Mistake(-math.log(2), "a KL is never negative: which density is in the numerator?"),
        Mistake(0.5, "the expectation of a logarithm: what is log(q / p) where q has its mass?"),
        Mistake(1.0, "right in bits. How many nats is a bit?"),
        Mistake(0.5 * math.log(2), "the expectation is under q, and all of q is on one side."),
    ),
)


def covariance() -> tuple[Square]:
    """Two strongly, negatively correlated coordinates."""
    return (torch.tensor([[0.5, -0.4], [-0.4, 0.6]]),)


def three() -> tuple[Square]:
    """Three correlated coordinates."""
    return (torch.tensor([[2.0, 0.5, 0.3], [0.5, 1.0, -0.4], [0.3, -0.4, 1.5]]),)


def marginal(cov: Square) -> Vector:
    """The variances of the posterior itself."""
    return cov.diagonal()


def not_inverted(cov: Square) -> Vector:
    """The precisions."""
    return torch.linalg.inv(cov).diagonal()


def inverted_too_early(cov: Square) -> Vector:
    """1 / Σⱼⱼ."""
    return 1 / cov.diagonal()


def deviations(cov: Square) -> Vector:
    """Standard deviations."""
    return mean_field_variances(cov).sqrt()


def logarithms(cov: Square) -> Vector:
    """Log variances."""
    return mean_field_variances(cov).log()


best_variances = FunctionCheck(
    "6.4",
    mean_field_variances,
    cases={"two coordinates": covariance, "three coordinates": three},
    mistakes=(
        Mistake(
            marginal,
            "these are the posterior's own variances. The best factors have others.",
        ),
        Mistake(not_inverted, "these are precisions: the larger, the narrower."),
        Mistake(
            inverted_too_early,
            "Λ is the inverse of the whole matrix; its diagonal is not 1 / Σⱼⱼ.",
        ),
        Mistake(deviations, "these are standard deviations."),
        Mistake(logarithms, "these are log variances."),
    ),
)
