import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from torch import Tensor
from torch.distributions import (
    AffineTransform,
    Distribution,
    ExpTransform,
    MultivariateNormal,
    Normal,
    TransformedDistribution,
)

from course_utils.distributions import (
    change_of_variables,
    diagonal_normal,
    factored_bernoulli,
    gaussian_mixture,
    gaussian_score,
    standard_normal,
)

MU = torch.tensor([[0.5, -1.0]], dtype=torch.float64)
LOGVAR = torch.tensor([[-1.0, 0.8]], dtype=torch.float64)
WEIGHTS = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)
MEANS = torch.tensor([[-2.0, 0.0], [1.0, 1.5], [1.5, -2.0]], dtype=torch.float64)
SCALES = torch.tensor([0.4, 0.8, 1.1], dtype=torch.float64)

PLANE = {  # distributions over the plane
    "diagonal_normal": lambda: diagonal_normal(MU, LOGVAR),
    "standard_normal": lambda: standard_normal(2),
    "gaussian_mixture": lambda: gaussian_mixture(WEIGHTS, MEANS, SCALES),
}
plane = pytest.mark.parametrize("name", PLANE)


def mesh(low: float = -12.0, high: float = 12.0, count: int = 801) -> tuple[Tensor, float]:
    """Points of an even grid over a square, and the area of its cell."""
    line = torch.linspace(low, high, count, dtype=torch.float64)
    return torch.cartesian_prod(line, line), ((high - low) / (count - 1)) ** 2


def draw(p: Distribution, n: int) -> Tensor:
    """n points as rows, of a distribution whose batch is empty or 1."""
    return p.sample((n,)).reshape(n, 2)


@plane
def test_density_integrates_to_one(name: str) -> None:
    z, cell = mesh()
    mass = PLANE[name]().log_prob(z).exp().sum() * cell

    assert mass.item() == pytest.approx(1, abs=1e-9)


@plane
def test_samples_have_the_entropy_of_the_density(name: str) -> None:
    p = PLANE[name]()
    z, cell = mesh()
    log_p = p.log_prob(z)
    scores = p.log_prob(draw(p, 20000))

    negative_entropy = torch.special.xlogy(log_p.exp(), log_p.exp()).sum() * cell
    error = scores.std() / math.sqrt(len(scores))
    assert abs(scores.mean() - negative_entropy) < 4 * error


@plane
def test_samples_fall_into_a_region_as_often_as_the_density_says(name: str) -> None:
    p = PLANE[name]()
    z, cell = mesh()
    n = 20000
    x = draw(p, n)

    for region in (
        lambda x: x[:, 0] > 0.71,
        lambda x: x[:, 1] < -1.23,
        lambda x: x.norm(dim=1) < 1,
    ):
        mass = (p.log_prob(z).exp() * region(z)).sum().item() * cell
        share = region(x).double().mean().item()
        assert abs(share - mass) < 4 * math.sqrt(mass * (1 - mass) / n) + 2e-3


@given(mu=st.floats(-5, 5), logvar=st.floats(-6, 6), x=st.floats(-5, 5))
def test_logvar_is_the_logarithm_of_the_variance(mu: float, logvar: float, x: float) -> None:
    p = diagonal_normal(*(torch.tensor([[v]], dtype=torch.float64) for v in (mu, logvar)))
    oracle = stats.norm(mu, math.sqrt(math.exp(logvar))).logpdf(x)

    assert p.log_prob(torch.tensor([[x]], dtype=torch.float64)).item() == pytest.approx(oracle)
    assert p.variance.item() == pytest.approx(math.exp(logvar))


def test_diagonal_normal_is_the_gaussian_with_a_diagonal_covariance() -> None:
    x = torch.randn(7, 2, dtype=torch.float64)
    oracle = stats.multivariate_normal(MU[0], np.diag(LOGVAR[0].exp())).logpdf(x)

    torch.testing.assert_close(diagonal_normal(MU, LOGVAR).log_prob(x), torch.from_numpy(oracle))


@pytest.mark.parametrize("event", [(3,), (2, 3), (1, 2, 2)])
def test_batch_is_the_rows_and_event_is_the_rest(event: tuple[int, ...]) -> None:
    shape = (5, *event)
    for p in (
        diagonal_normal(torch.zeros(shape), torch.zeros(shape)),
        factored_bernoulli(torch.zeros(shape)),
    ):
        assert (p.batch_shape, p.event_shape) == ((5,), event)
        assert p.log_prob(p.sample()).shape == (5,)


@pytest.mark.usefixtures("unchecked")
def test_diagonal_normal_refuses_shapes_that_differ() -> None:
    with pytest.raises(
        ValueError, match=r"logvar: expected the shape of mu, \(3, 2\), got \(3, 1\)"
    ):
        diagonal_normal(torch.zeros(3, 2), torch.zeros(3, 1))


def test_diagonal_normal_passes_gradients_to_both_parameters() -> None:
    mu, logvar = torch.zeros(1, 2, requires_grad=True), torch.zeros(1, 2, requires_grad=True)
    diagonal_normal(mu, logvar).rsample().square().sum().backward()

    assert mu.grad.abs().min() > 0
    assert logvar.grad.abs().min() > 0


@pytest.mark.parametrize("dim", [1, 4])
def test_standard_normal_is_scipys(dim: int) -> None:
    z = torch.randn(6, dim)
    oracle = stats.norm.logpdf(z.double()).sum(axis=1)

    torch.testing.assert_close(standard_normal(dim).log_prob(z).double(), torch.from_numpy(oracle))
    assert standard_normal(dim).batch_shape == ()


def test_standard_normal_lives_on_the_device_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Distribution, "_validate_args", False)  # a meta tensor has no values

    assert standard_normal(2, device="meta").mean.device.type == "meta"


def test_standard_normal_refuses_no_dimension() -> None:
    with pytest.raises(ValueError, match=r"dim: .*got 0"):
        standard_normal(0)


def test_probabilities_of_all_binary_images_sum_to_one() -> None:
    logits = torch.linspace(-3, 2, 8, dtype=torch.float64).reshape(2, 4)
    images = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4)), dtype=torch.float64)
    log_p = factored_bernoulli(logits).log_prob(images[:, None])

    torch.testing.assert_close(log_p.exp().sum(dim=0), torch.ones(2, dtype=torch.float64))


def test_binary_images_come_as_often_as_their_probability() -> None:
    logits = torch.tensor([[1.0, -2.0, 0.3]], dtype=torch.float64)
    n = 20000
    p = factored_bernoulli(logits)
    x = p.sample((n,)).squeeze(1)
    place = torch.tensor([4.0, 2.0, 1.0], dtype=torch.float64)
    images = torch.tensor(list(itertools.product([0.0, 1.0], repeat=3)), dtype=torch.float64)

    shares = torch.bincount((x @ place).long(), minlength=8) / n
    mass = p.log_prob(images[:, None]).exp().squeeze(1)
    assert ((shares - mass).abs() < 4 * (mass * (1 - mass) / n).sqrt()).all()

    scores = p.log_prob(x[:, None]).squeeze(1)
    entropy = stats.entropy(mass)
    assert abs(scores.mean() + entropy) < 4 * scores.std() / math.sqrt(n)


def test_bernoulli_is_scipys_with_the_sigmoid_of_the_logits() -> None:
    logits = torch.randn(3, 5, dtype=torch.float64)
    x = torch.randint(0, 2, (3, 5)).double()
    oracle = stats.bernoulli(1 / (1 + np.exp(-logits.numpy()))).logpmf(x.numpy().astype(int))

    torch.testing.assert_close(
        factored_bernoulli(logits).log_prob(x), torch.from_numpy(oracle.sum(axis=1))
    )


def test_bernoulli_refuses_grey_pixels() -> None:
    with pytest.raises(ValueError, match="support"):
        factored_bernoulli(torch.zeros(1, 2)).log_prob(torch.tensor([[0.3, 1.0]]))


def test_mixture_is_the_weighted_sum_of_scipys_gaussians() -> None:
    x = torch.randn(9, 2, dtype=torch.float64) * 2
    parts = [
        w * stats.multivariate_normal(m, s**2 * np.eye(2)).pdf(x)
        for w, m, s in zip(WEIGHTS.numpy(), MEANS.numpy(), SCALES.numpy())
    ]

    torch.testing.assert_close(
        gaussian_mixture(WEIGHTS, MEANS, SCALES).log_prob(x), torch.from_numpy(np.log(sum(parts)))
    )


def test_mixture_on_a_line_integrates_to_one() -> None:
    p = gaussian_mixture(WEIGHTS, MEANS[:, :1], SCALES)

    def density(x: float) -> float:
        return p.log_prob(torch.tensor([[x]], dtype=torch.float64)).exp().item()

    assert integrate.quad(density, -9, 9)[0] == pytest.approx(1, abs=1e-9)


def test_component_without_weight_counts_for_nothing() -> None:
    x = torch.randn(5, 2, dtype=torch.float64)
    weights = torch.tensor([0.4, 0.6, 0.0], dtype=torch.float64)
    with_it = gaussian_mixture(weights, MEANS, SCALES)
    without = gaussian_mixture(weights[:2], MEANS[:2], SCALES[:2])

    torch.testing.assert_close(with_it.log_prob(x), without.log_prob(x))


@pytest.mark.parametrize("weights", [[0.5, 0.6, 0.1], [1.2, -0.1, -0.1], [float("nan")] * 3])
def test_mixture_refuses_weights_that_are_no_probabilities(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights: expected probabilities"):
        gaussian_mixture(torch.tensor(weights).double(), MEANS, SCALES)


@pytest.mark.parametrize(
    ("weights", "means", "scales"),
    [
        (WEIGHTS[:2], MEANS, SCALES),
        (WEIGHTS, MEANS[:2], SCALES),
        (WEIGHTS, MEANS, SCALES[:2]),
        (WEIGHTS[:, None], MEANS, SCALES),
        (WEIGHTS, MEANS, SCALES[:, None]),
    ],
)
def test_mixture_refuses_counts_that_differ(weights: Tensor, means: Tensor, scales: Tensor) -> None:
    with pytest.raises(ValueError, match=r"expected weights \(k,\), means \(k, dim\)"):
        gaussian_mixture(weights, means, scales)


def test_change_of_variables_is_torchs_on_the_line() -> None:
    z = torch.linspace(-2, 2, 9, dtype=torch.float64)
    base = Normal(torch.tensor(0.3, dtype=torch.float64), 0.8)
    for f, slope in ((ExpTransform(), z.exp()), (AffineTransform(1.0, -2.0), -2 + 0 * z)):
        oracle = TransformedDistribution(base, [f]).log_prob(f(z))
        log_p_x = change_of_variables(base.log_prob(z), slope[:, None, None])

        torch.testing.assert_close(log_p_x, oracle)


def test_change_of_variables_by_a_matrix_is_a_gaussian_with_its_covariance() -> None:
    a = torch.randn(3, 3, dtype=torch.float64)
    z = torch.randn(5, 3, dtype=torch.float64)
    log_p_z = standard_normal(3).log_prob(z)
    oracle = MultivariateNormal(torch.zeros(3, dtype=torch.float64), a @ a.T).log_prob(z @ a.T)

    torch.testing.assert_close(change_of_variables(log_p_z, a.expand(5, 3, 3)), oracle)


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_gaussian_score_is_the_gradient_of_torchs_log_density(dim: int) -> None:
    root = torch.randn(dim, dim, dtype=torch.float64)
    mu, cov = torch.randn(dim, dtype=torch.float64), root @ root.T + 0.3 * torch.eye(dim)
    x = torch.randn(7, dim, dtype=torch.float64, requires_grad=True)
    (oracle,) = torch.autograd.grad(MultivariateNormal(mu, cov).log_prob(x).sum(), x)

    torch.testing.assert_close(gaussian_score(x.detach(), mu, cov), oracle)
