import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from torch import Tensor
from torch.distributions import Independent, MultivariateNormal, Normal, kl_divergence

from course_utils import divergences as dv
from course_utils.distributions import gaussian_mixture
from course_utils.types import Estimate

LOG2 = math.log(2)
LINE = torch.linspace(-12, 12, 4801, dtype=torch.float64)
SPACING = 24 / 4800

masses = st.lists(st.floats(0, 1), min_size=6, max_size=6).filter(lambda m: sum(m) > 1e-3)


def table(values: list[float]) -> Tensor:
    p = torch.tensor(values, dtype=torch.float64)
    return p / p.sum()


def random_gaussians(batch: int = 20, latent: int = 3) -> tuple[Tensor, ...]:
    """Means and log variances of two batches of diagonal Gaussians."""
    return tuple(torch.randn(batch, latent, dtype=torch.float64) for _ in range(4))


def normal(mu: Tensor, logvar: Tensor) -> Independent:
    """torch's own distribution, without this course's code."""
    return Independent(Normal(mu, logvar.exp().sqrt()), 1)


def bell(mu: float, sigma: float) -> Tensor:
    return Normal(mu, torch.tensor(sigma, dtype=torch.float64)).log_prob(LINE).exp()


def bumps(shift: float) -> torch.distributions.Distribution:
    return gaussian_mixture(
        torch.tensor([0.3, 0.7], dtype=torch.float64),
        torch.tensor([[-1.0 + shift], [1.5 + shift]], dtype=torch.float64),
        torch.tensor([0.5, 0.8], dtype=torch.float64),
    )


def density(p: torch.distributions.Distribution) -> Tensor:
    return p.log_prob(LINE[:, None]).exp()


def covariance(dim: int) -> Tensor:
    root = torch.randn(dim, dim, dtype=torch.float64)
    return root @ root.T + 0.3 * torch.eye(dim, dtype=torch.float64)


def test_kl_to_prior_is_torchs() -> None:
    mu, logvar, *_ = random_gaussians()
    prior = normal(torch.zeros_like(mu), torch.zeros_like(mu))

    torch.testing.assert_close(dv.kl_to_prior(mu, logvar), kl_divergence(normal(mu, logvar), prior))


def test_kl_to_prior_is_the_integral_of_its_definition() -> None:
    mu, sigma = 0.7, 0.4
    q, p = stats.norm(mu, sigma), stats.norm()
    oracle = integrate.quad(lambda z: q.pdf(z) * (q.logpdf(z) - p.logpdf(z)), -4, 5)[0]
    kl = dv.kl_to_prior(
        torch.tensor([[mu]], dtype=torch.float64),
        torch.tensor([[math.log(sigma**2)]], dtype=torch.float64),
    )

    assert kl.item() == pytest.approx(oracle, abs=1e-10)


def test_kl_normal_is_torchs() -> None:
    mu_q, logvar_q, mu_p, logvar_p = random_gaussians()

    torch.testing.assert_close(
        dv.kl_normal(mu_q, logvar_q, mu_p, logvar_p),
        kl_divergence(normal(mu_q, logvar_q), normal(mu_p, logvar_p)),
    )


@given(st.lists(st.floats(-4, 4), min_size=4, max_size=4))
def test_kl_of_gaussians_is_never_negative_and_zero_to_itself(numbers: list[float]) -> None:
    mu_q, logvar_q, mu_p, logvar_p = torch.tensor(numbers, dtype=torch.float64).reshape(4, 1, 1)

    assert dv.kl_normal(mu_q, logvar_q, mu_p, logvar_p) >= -1e-12
    assert dv.kl_to_prior(mu_q, logvar_q) >= -1e-12
    assert dv.kl_normal(mu_q, logvar_q, mu_q, logvar_q).abs() < 1e-12


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_kl_gaussian_is_torchs_with_full_covariances(dim: int) -> None:
    mu_q, mu_p = torch.randn(2, dim, dtype=torch.float64)
    cov_q, cov_p = covariance(dim), covariance(dim)
    oracle = kl_divergence(MultivariateNormal(mu_q, cov_q), MultivariateNormal(mu_p, cov_p))

    torch.testing.assert_close(dv.kl_gaussian(mu_q, cov_q, mu_p, cov_p), oracle)


def test_three_closed_forms_agree_where_all_hold() -> None:
    mu, logvar, *_ = random_gaussians(batch=1, latent=4)
    zero = torch.zeros_like(mu)
    full = dv.kl_gaussian(mu[0], logvar[0].exp().diag(), zero[0], torch.eye(4, dtype=torch.float64))

    torch.testing.assert_close(dv.kl_to_prior(mu, logvar)[0], full)
    torch.testing.assert_close(dv.kl_normal(mu, logvar, zero, zero)[0], full)


@given(p=masses, q=masses)
def test_table_entropies_are_scipys(p: list[float], q: list[float]) -> None:
    p, q = table(p), table([value + 0.01 for value in q])

    assert dv.entropy(p).item() == pytest.approx(stats.entropy(p), abs=1e-12)
    assert (dv.cross_entropy(p, q) - dv.entropy(p)).item() == pytest.approx(
        stats.entropy(p, q), abs=1e-12
    )


def test_tables_may_have_several_axes() -> None:
    p, q = torch.rand(2, 3, 4, dtype=torch.float64)
    p, q = p / p.sum(), q / q.sum()

    assert dv.entropy(p).item() == pytest.approx(stats.entropy(p.flatten()))
    assert dv.cross_entropy(p, q).item() == pytest.approx(
        stats.entropy(p.flatten()) + stats.entropy(p.flatten(), q.flatten())
    )


def test_entropy_of_a_certain_state_is_zero_and_of_equal_states_log_n() -> None:
    assert dv.entropy(torch.tensor([0.0, 1.0, 0.0])) == 0
    torch.testing.assert_close(dv.entropy(torch.full((8,), 1 / 8)), torch.tensor(8.0).log())


def test_cross_entropy_is_infinite_where_q_forbids_what_p_visits() -> None:
    p, q = torch.tensor([0.5, 0.5, 0.0]), torch.tensor([1.0, 0.0, 0.0])

    assert dv.cross_entropy(p, q) == math.inf
    assert dv.cross_entropy(q, p).isfinite()


def test_kl_on_grid_is_the_closed_form_of_two_gaussians() -> None:
    (mu_q, sigma_q), (mu_p, sigma_p) = (0.5, 0.7), (-0.3, 1.4)
    oracle = kl_divergence(Normal(mu_q, sigma_q), Normal(mu_p, sigma_p)).item()
    kl = dv.kl_on_grid(bell(mu_q, sigma_q), bell(mu_p, sigma_p), spacing=SPACING)

    assert kl.item() == pytest.approx(oracle, abs=1e-6)


@given(p=masses, q=masses, spacing=st.floats(0.01, 2))
def test_kl_on_grid_is_never_negative_however_coarse(
    p: list[float], q: list[float], spacing: float
) -> None:
    p, q = torch.tensor(p, dtype=torch.float64), torch.tensor(q, dtype=torch.float64)

    assert dv.kl_on_grid(p, q, spacing=spacing) >= -1e-12
    assert dv.kl_on_grid(p, p, spacing=spacing).abs() <= 1e-12


@given(p=masses, q=masses)
def test_kl_of_tables_is_scipys(p: list[float], q: list[float]) -> None:
    p, q = table(p), table([value + 0.01 for value in q])

    assert dv.kl_on_grid(p, q, spacing=1.0).item() == pytest.approx(stats.entropy(p, q), abs=1e-12)


def test_kl_is_infinite_where_only_q_is_zero_and_finite_where_only_p_is() -> None:
    p, q = torch.tensor([0.5, 0.5, 0.0]), torch.tensor([1.0, 0.0, 0.0])

    assert dv.kl_on_grid(p, q, spacing=1.0) == math.inf
    torch.testing.assert_close(dv.kl_on_grid(q, p, spacing=1.0), torch.tensor(LOG2))


@given(p=masses, q=masses)
def test_jsd_is_symmetric_between_zero_and_log_two(p: list[float], q: list[float]) -> None:
    p, q = table(p), table(q)
    there, back = dv.jsd_on_grid(p, q, spacing=1.0), dv.jsd_on_grid(q, p, spacing=1.0)
    middle = (p + q) / 2

    assert -1e-12 <= there <= LOG2 + 1e-12
    torch.testing.assert_close(there, back)
    oracle = (stats.entropy(p, middle) + stats.entropy(q, middle)) / 2
    assert there.item() == pytest.approx(oracle, abs=1e-12)


def test_jsd_of_disjoint_tables_is_exactly_log_two() -> None:
    p, q = torch.tensor([0.5, 0.5, 0.0, 0.0]), torch.tensor([0.0, 0.0, 0.2, 0.8])

    assert dv.jsd_on_grid(p, q, spacing=1.0).item() == pytest.approx(LOG2)


def test_jsd_saturates_where_wasserstein_goes_on_growing() -> None:
    shifts = [0.0, 1.0, 3.0, 6.0, 9.0]
    jsd = [dv.jsd_on_grid(bell(0, 0.5), bell(s, 0.5), spacing=SPACING).item() for s in shifts]
    work = [
        dv.wasserstein1_on_grid(bell(0, 0.5), bell(s, 0.5), spacing=SPACING).item() for s in shifts
    ]

    assert jsd == sorted(jsd)
    assert jsd[-1] == pytest.approx(LOG2, abs=1e-9)
    assert work == pytest.approx(shifts, abs=1e-6)


def test_jsd_on_grid_is_the_integral_of_its_definition() -> None:
    p, q = stats.norm(0, 1), stats.norm(1.2, 0.6)

    def integrand(x: float) -> float:
        m = (p.pdf(x) + q.pdf(x)) / 2
        return sum(0.5 * d.pdf(x) * (d.logpdf(x) - math.log(m)) for d in (p, q))

    oracle = integrate.quad(integrand, -8, 8)[0]
    jsd = dv.jsd_on_grid(bell(0.0, 1.0), bell(1.2, 0.6), spacing=SPACING)
    assert jsd.item() == pytest.approx(oracle, abs=1e-6)


@given(p=masses, q=masses)
def test_wasserstein_on_grid_is_scipys(p: list[float], q: list[float]) -> None:
    spacing, p, q = 0.25, table(p), table(q)
    places = np.arange(6) * spacing
    oracle = stats.wasserstein_distance(places, places, p, q)
    work = dv.wasserstein1_on_grid(p / spacing, q / spacing, spacing=spacing)

    assert work.item() == pytest.approx(oracle, abs=1e-12)


@given(
    st.lists(st.floats(-9, 9), min_size=7, max_size=7),
    st.lists(st.floats(-9, 9), min_size=7, max_size=7),
)
def test_wasserstein_of_samples_is_scipys(x: list[float], y: list[float]) -> None:
    work = dv.wasserstein1(*(torch.tensor(s, dtype=torch.float64) for s in (x, y)))

    assert work.item() == pytest.approx(stats.wasserstein_distance(x, y), abs=1e-12)


@pytest.mark.usefixtures("unchecked")
def test_wasserstein_refuses_samples_of_unequal_size() -> None:
    with pytest.raises(ValueError, match="equal size, got 3 and 4"):
        dv.wasserstein1(torch.zeros(3), torch.zeros(4))


def test_estimate_is_the_mean_with_scipys_standard_error() -> None:
    values = torch.randn(50, dtype=torch.float64)
    value, error = dv.estimate(values)

    assert value == pytest.approx(values.mean().item())
    assert error == pytest.approx(stats.sem(values))


def test_estimate_takes_two_draws_and_refuses_a_single_one() -> None:
    assert dv.estimate(torch.tensor([1.0, 3.0])) == pytest.approx((2.0, 1.0))
    with pytest.raises(ValueError, match="at least 2 draws, got 1"):
        dv.estimate(torch.zeros(1))


def within(estimate: Estimate, truth: float) -> bool:
    return abs(estimate.value - truth) < 4 * estimate.standard_error


def test_kl_monte_carlo_is_within_four_errors_of_the_grid() -> None:
    p, q = bumps(0.0), bumps(0.8)
    truth = dv.kl_on_grid(density(p), density(q), spacing=SPACING).item()
    back = dv.kl_on_grid(density(q), density(p), spacing=SPACING).item()

    assert abs(truth - back) > 0.05  # or the direction would not be tested
    assert within(dv.kl_monte_carlo(p, q, n_samples=20000), truth)
    assert within(dv.kl_monte_carlo(q, p, n_samples=20000), back)


def test_jsd_monte_carlo_is_within_four_errors_of_the_grid() -> None:
    p, q = bumps(0.0), bumps(0.8)
    truth = dv.jsd_on_grid(density(p), density(q), spacing=SPACING).item()

    assert within(dv.jsd_monte_carlo(p, q, n_samples=20000), truth)


def test_standard_errors_are_the_spread_of_repeated_estimates() -> None:
    p, q = bumps(0.0), bumps(0.8)

    for monte_carlo in (dv.kl_monte_carlo, dv.jsd_monte_carlo):
        runs = [monte_carlo(p, q, n_samples=200) for _ in range(300)]
        spread = np.std([run.value for run in runs])
        claimed = np.mean([run.standard_error for run in runs])
        assert spread == pytest.approx(claimed, rel=0.2)


@pytest.mark.parametrize("monte_carlo", [dv.kl_monte_carlo, dv.jsd_monte_carlo])
def test_standard_error_shrinks_as_one_over_root_n(monte_carlo: Callable[..., Estimate]) -> None:
    p, q = bumps(0.0), bumps(0.8)
    few = monte_carlo(p, q, n_samples=1000).standard_error
    many = monte_carlo(p, q, n_samples=100_000).standard_error

    assert few / many == pytest.approx(10, rel=0.2)


def test_monte_carlo_draws_from_the_global_generator() -> None:
    p, q = bumps(0.0), bumps(0.8)
    torch.manual_seed(3)
    first = dv.kl_monte_carlo(p, q, n_samples=100)
    torch.manual_seed(3)

    assert dv.kl_monte_carlo(p, q, n_samples=100) == first
    assert dv.kl_monte_carlo(p, q, n_samples=100) != first
