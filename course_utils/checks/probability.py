"""The checks of notebook 01."""

import math

import torch

from course_utils.checks.framework import FunctionCheck, Mistake, NumberCheck
from course_utils.distributions import change_of_variables, gaussian_score
from course_utils.divergences import kl_normal
from course_utils.types import Jacobians, Latent, PerExample, Points, Scalar, Square, Vector

one_of_ten = NumberCheck(
    "1.1",
    math.log(10),
    tolerance=0.005,
    lesson="Where q lives, p is a tenth as high: log q/p = log 10 everywhere. Nothing else counts.",
    mistakes=(
        Mistake(
            0.0, "is q(x) equal to p(x) on the hump? Each hump of p holds a tenth of the mass."
        ),
        Mistake(math.log(2), "that is the price with two humps, as in the opening. Why log 2?"),
        Mistake(math.log2(10), "that is in bits: use the natural logarithm."),
        Mistake(0.1, "that is p/q on the hump. The divergence averages a logarithm."),
        Mistake(10.0, "that is q/p on the hump. The divergence averages its logarithm."),
        Mistake(-math.log(10), "log q/p, with the one you average over on top: which sign?"),
        Mistake(0.1 * math.log(10), "which distribution do you average over? All of q is there."),
    ),
)


def four_pairs() -> tuple[Latent, Latent, Latent, Latent]:
    """Four pairs of Gaussians in three dimensions."""
    numbers = torch.linspace(-2, 3, 48, dtype=torch.float64).sin().reshape(4, 4, 3)
    return (1.5 * numbers).unbind()


def shifted() -> tuple[Latent, Latent, Latent, Latent]:
    """Equal variances, different means."""
    mu_q = torch.tensor([[1.0], [-2.0]], dtype=torch.float64)
    zeros = torch.zeros_like(mu_q)
    return mu_q, zeros + math.log(4), zeros, zeros + math.log(4)


def negative_kl(mu_q: Latent, logvar_q: Latent, mu_p: Latent, logvar_p: Latent) -> PerExample:
    """With the sign of E_q[log p/q]."""
    return -kl_normal(mu_q, logvar_q, mu_p, logvar_p)


def wrong_way(mu_q: Latent, logvar_q: Latent, mu_p: Latent, logvar_p: Latent) -> PerExample:
    """KL(p ‖ q)."""
    return kl_normal(mu_p, logvar_p, mu_q, logvar_q)


def in_bits(mu_q: Latent, logvar_q: Latent, mu_p: Latent, logvar_p: Latent) -> PerExample:
    """Logarithms of base 2."""
    return kl_normal(mu_q, logvar_q, mu_p, logvar_p) / math.log(2)


def without_half(mu_q: Latent, logvar_q: Latent, mu_p: Latent, logvar_p: Latent) -> PerExample:
    """The ½ is missing."""
    return 2 * kl_normal(mu_q, logvar_q, mu_p, logvar_p)


def half_of_the_logarithm_only(
    mu_q: Latent, logvar_q: Latent, mu_p: Latent, logvar_p: Latent
) -> PerExample:
    """log σₚ²/σ_q² taken in full."""
    extra = 0.5 * (logvar_p - logvar_q).sum(dim=-1)
    return kl_normal(mu_q, logvar_q, mu_p, logvar_p) + extra


def log_sigma_for_logvar(
    mu_q: Latent, logvar_q: Latent, mu_p: Latent, logvar_p: Latent
) -> PerExample:
    """Reads log σ² as log σ."""
    return kl_normal(mu_q, 2 * logvar_q, mu_p, 2 * logvar_p)


def without_minus_one(mu_q: Latent, logvar_q: Latent, mu_p: Latent, logvar_p: Latent) -> PerExample:
    """The −1 is missing."""
    return kl_normal(mu_q, logvar_q, mu_p, logvar_p) + 0.5 * mu_q.shape[-1]


def cross_term(mu_q: Latent, logvar_q: Latent, mu_p: Latent, logvar_p: Latent) -> PerExample:
    """E_q[log p], without the entropy of q."""
    spread = logvar_q.exp() + (mu_q - mu_p).square()
    return -0.5 * (math.log(2 * math.pi) + logvar_p + spread * (-logvar_p).exp()).sum(dim=-1)


def divided_by_sigma(mu_q: Latent, logvar_q: Latent, mu_p: Latent, logvar_p: Latent) -> PerExample:
    """The squared shift divided by σₚ instead of σₚ²."""
    shift = (mu_q - mu_p).square()
    extra = 0.5 * (shift * ((-0.5 * logvar_p).exp() - (-logvar_p).exp())).sum(dim=-1)
    return kl_normal(mu_q, logvar_q, mu_p, logvar_p) + extra


def mean_over_dimensions(
    mu_q: Latent, logvar_q: Latent, mu_p: Latent, logvar_p: Latent
) -> PerExample:
    """Averages over the dimensions."""
    return kl_normal(mu_q, logvar_q, mu_p, logvar_p) / mu_q.shape[-1]


def one_number(mu_q: Latent, logvar_q: Latent, mu_p: Latent, logvar_p: Latent) -> Scalar:
    """Sums over the batch as well."""
    return kl_normal(mu_q, logvar_q, mu_p, logvar_p).sum()


gaussian_kl = FunctionCheck(
    "1.2",
    kl_normal,
    cases={"four pairs in three dimensions": four_pairs, "equal variances": shifted},
    mistakes=(
        Mistake(negative_kl, "a divergence is not negative: which of q and p is on top?"),
        Mistake(wrong_way, "that is KL(p ‖ q). Which distribution do you average over?"),
        Mistake(in_bits, "that is in bits: use the natural logarithm."),
        Mistake(without_half, "twice too large: what stands in front of (x − μ)²/σ² in log 𝒩?"),
        Mistake(
            half_of_the_logarithm_only,
            "the logarithm of a ratio of standard deviations is half that of the variances.",
        ),
        Mistake(log_sigma_for_logvar, "logvar is log σ², so its exponential is the variance."),
        Mistake(without_minus_one, "for q = p it should be zero: what is E_q[(x − μ_q)²/σ_q²]?"),
        Mistake(cross_term, "that is E_q[log p], the cross term. What became of E_q[log q]?"),
        Mistake(divided_by_sigma, "the shift is squared, so it is divided by a variance."),
        Mistake(mean_over_dimensions, "independent dimensions add up: a sum, not a mean."),
        Mistake(one_number, "one number per row: leave the batch axis alone."),
    ),
)


def stretches() -> tuple[PerExample, Jacobians]:
    """Maps of the line: twice as wide, half as wide, and mirrored."""
    slopes = torch.tensor([2.0, 0.5, -3.0], dtype=torch.float64)
    return torch.tensor([-1.0, -0.5, -2.0], dtype=torch.float64), slopes[:, None, None]


def plane_maps() -> tuple[PerExample, Jacobians]:
    """Two maps of the plane: a shear that stretches, and a stretched reflection."""
    jacobian = torch.tensor([[[3.0, 1.0], [0.0, 0.8]], [[0.4, 2.0], [1.5, 0.1]]])
    return torch.tensor([-2.0, -3.0], dtype=torch.float64), jacobian.double()


def no_jacobian(log_p_z: PerExample, jacobian: Jacobians) -> PerExample:
    """The density of z at z."""
    return log_p_z


def inverted(log_p_z: PerExample, jacobian: Jacobians) -> PerExample:
    """Multiplies by |det ∂f/∂z|."""
    return log_p_z + torch.linalg.slogdet(jacobian).logabsdet


def without_absolute_value(log_p_z: PerExample, jacobian: Jacobians) -> PerExample:
    """The logarithm of a determinant that may be negative."""
    return log_p_z - torch.linalg.det(jacobian).log()


def without_logarithm(log_p_z: PerExample, jacobian: Jacobians) -> PerExample:
    """A determinant subtracted from a logarithm."""
    return log_p_z - torch.linalg.det(jacobian).abs()


def once_per_dimension(log_p_z: PerExample, jacobian: Jacobians) -> PerExample:
    """The determinant counted once per dimension."""
    return log_p_z - jacobian.shape[-1] * torch.linalg.slogdet(jacobian).logabsdet


def diagonal_only(log_p_z: PerExample, jacobian: Jacobians) -> PerExample:
    """The product of the diagonal for the determinant."""
    return log_p_z - jacobian.diagonal(dim1=1, dim2=2).abs().log().sum(dim=1)


change = FunctionCheck(
    "1.3",
    change_of_variables,
    cases={"maps of the line": stretches, "maps of the plane": plane_maps},
    mistakes=(
        Mistake(no_jacobian, "the map stretches space: what does that do to the mass per length?"),
        Mistake(inverted, "where f stretches, the mass is spread thinner: up or down?"),
        Mistake(
            without_absolute_value,
            "a reflection has a negative determinant, and its logarithm does not exist. A volume "
            "has no sign.",
        ),
        Mistake(without_logarithm, "densities multiply, so their logarithms add: log |det|."),
        Mistake(once_per_dimension, "one determinant measures the whole volume: count it once."),
        Mistake(
            diagonal_only,
            "the product of the diagonal is the determinant of a triangular matrix only.",
        ),
    ),
)


def slanted() -> tuple[Points, Vector, Square]:
    """Five points around a correlated Gaussian in the plane."""
    x = torch.linspace(-2, 2, 10, dtype=torch.float64).cos().reshape(5, 2) * 3
    cov = torch.tensor([[2.0, 0.9], [0.9, 0.7]], dtype=torch.float64)
    return x, torch.tensor([0.5, -1.0], dtype=torch.float64), cov


def in_three() -> tuple[Points, Vector, Square]:
    """Two points and a Gaussian in three dimensions."""
    root = torch.linspace(-1, 1, 9, dtype=torch.float64).sin().reshape(3, 3) + torch.eye(3)
    x = torch.tensor([[1.0, 2.0, 0.0], [-1.0, 0.3, 2.0]], dtype=torch.float64)
    return x, torch.tensor([0.2, 0.0, -0.4], dtype=torch.float64), root @ root.T


def downhill(x: Points, mu: Vector, cov: Square) -> Points:
    """Without the minus sign."""
    return -gaussian_score(x, mu, cov)


def kept_the_half(x: Points, mu: Vector, cov: Square) -> Points:
    """Forgets that the square brings a factor 2."""
    return 0.5 * gaussian_score(x, mu, cov)


def forgot_the_half(x: Points, mu: Vector, cov: Square) -> Points:
    """Takes the gradient of the square without its ½."""
    return 2 * gaussian_score(x, mu, cov)


def covariance_itself(x: Points, mu: Vector, cov: Square) -> Points:
    """Multiplies by Σ."""
    return -(x - mu) @ cov


def variances_only(x: Points, mu: Vector, cov: Square) -> Points:
    """Ignores the correlations."""
    return -(x - mu) / cov.diagonal()


def around_zero(x: Points, mu: Vector, cov: Square) -> Points:
    """Forgets the mean."""
    return gaussian_score(x, torch.zeros_like(mu), cov)


score = FunctionCheck(
    "1.4",
    gaussian_score,
    cases={"five points in the plane": slanted, "two points in three dimensions": in_three},
    mistakes=(
        Mistake(downhill, "the log-density rises towards the mean: which sign?"),
        Mistake(kept_the_half, "the gradient of vᵀ M v is (M + Mᵀ) v, and M is symmetric."),
        Mistake(forgot_the_half, "there is a ½ in front of the quadratic form in log 𝒩."),
        Mistake(covariance_itself, "log 𝒩 contains the inverse of Σ."),
        Mistake(variances_only, "the variances alone are the diagonal: invert the whole matrix."),
        Mistake(around_zero, "the quadratic form is in x − μ, not in x."),
    ),
)
