import math

import pytest
import torch
from sklearn.decomposition import PCA, FactorAnalysis
from torch import Tensor, nn
from torch.distributions import Distribution, MultivariateNormal

from course_utils.distributions import diagonal_normal, factored_bernoulli, standard_normal
from course_utils.evaluation import (
    active_units,
    aggregate_moments,
    iwae_log_likelihood,
    kl_per_dimension,
    negative_elbo,
)


class LinearGaussian:
    """x = W z + μ + noise with variances ψ; q(z | x) is exact where WᵀΨ⁻¹W is diagonal."""

    def __init__(self, w: Tensor, mean: Tensor, psi: Tensor, *, shift: float = 0.0) -> None:
        self.w, self.mean, self.psi, self.shift = w, mean, psi, shift
        self.prior = standard_normal(w.shape[1])
        self.decoded: list[int] = []

    def encode(self, x: Tensor) -> Distribution:
        precision = torch.eye(self.w.shape[1]).to(self.w) + (self.w.T / self.psi) @ self.w
        mu = torch.linalg.solve(precision, (self.w.T / self.psi) @ (x - self.mean).T).T
        logvar = -precision.diagonal().log().expand_as(mu)
        return diagonal_normal(mu + self.shift, logvar)

    def decode(self, z: Tensor) -> Distribution:
        self.decoded.append(len(z))
        x_hat = z @ self.w.T + self.mean
        return diagonal_normal(x_hat, self.psi.log().expand_as(x_hat))

    def log_p_x(self, x: Tensor) -> Tensor:
        """The exact answer."""
        cov = self.w @ self.w.T + self.psi.diag()
        return MultivariateNormal(self.mean, cov).log_prob(x)


def data(n: int = 300) -> Tensor:
    root = torch.randn(5, 5, dtype=torch.float64)
    return torch.randn(n, 5, dtype=torch.float64) @ root + 1


def probabilistic_pca(x: Tensor, latent: int = 2) -> tuple[LinearGaussian, PCA]:
    """The maximum-likelihood linear VAE with one noise variance, along the principal axes."""
    oracle = PCA(latent).fit(x.numpy())
    noise = torch.tensor(oracle.noise_variance_)
    variances = torch.from_numpy(oracle.explained_variance_)
    w = torch.from_numpy(oracle.components_).T * (variances - noise).sqrt()
    return LinearGaussian(w, torch.from_numpy(oracle.mean_), noise.expand(5)), oracle


def test_negative_elbo_of_the_optimal_linear_vae_is_scikit_learns_pca_score() -> None:
    x = data()
    model, oracle = probabilistic_pca(x)
    samples = negative_elbo(model, x, n_samples=4000)

    assert -samples.mean().item() == pytest.approx(oracle.score(x.numpy()), abs=2e-3)


def test_iwae_with_the_exact_posterior_is_exact_for_any_k() -> None:
    x = data()
    model, oracle = probabilistic_pca(x)
    exact = torch.from_numpy(oracle.score_samples(x.numpy()))

    for k in (1, 7):
        torch.testing.assert_close(iwae_log_likelihood(model, x, k=k), exact, atol=1e-9, rtol=0)


def test_iwae_tightens_to_the_factor_analysers_score_although_q_is_wrong() -> None:
    x = torch.randn(300, 2).double() @ torch.randn(2, 5).double() + torch.randn(300, 5).double()
    oracle = FactorAnalysis(2).fit(x.numpy())
    w, psi = torch.from_numpy(oracle.components_).T, torch.from_numpy(oracle.noise_variance_)
    model = LinearGaussian(w, torch.from_numpy(oracle.mean_), psi, shift=0.2)
    exact = torch.from_numpy(oracle.score_samples(x.numpy()))
    torch.testing.assert_close(model.log_p_x(x), exact)

    bounds = [iwae_log_likelihood(model, x, k=k).mean().item() for k in (1, 10, 100, 1000)]
    assert bounds == sorted(bounds)
    assert bounds[0] < exact.mean() - 0.05
    assert bounds[-1] == pytest.approx(exact.mean().item(), abs=0.02)


def test_gap_of_the_elbo_is_the_kl_to_the_posterior() -> None:
    x = data()
    model, _ = probabilistic_pca(x)
    exact = model.log_p_x(x)
    model.shift = 0.2
    q_z = model.encode(x)
    gap = 0.5 * (0.2**2 / q_z.variance[0]).sum()

    bound = -negative_elbo(model, x, n_samples=4000)
    assert (exact - bound).mean().item() == pytest.approx(gap.item(), abs=2e-3)


@pytest.mark.parametrize("rows", [1, 10, 64, 1000, 10_000])
def test_size_of_the_chunks_does_not_change_the_numbers_and_bounds_memory(rows: int) -> None:
    x = data(50)
    model, _ = probabilistic_pca(x)
    model.shift = 0.3
    whole = iwae_log_likelihood(model, x, k=20, rows=1000)
    elbo = negative_elbo(model, x, n_samples=3, rows=1000)
    model.decoded.clear()

    torch.testing.assert_close(iwae_log_likelihood(model, x, k=20, rows=rows), whole)
    assert max(model.decoded) == max(20, min(rows // 20 * 20, 1000))
    torch.testing.assert_close(negative_elbo(model, x, n_samples=3, rows=rows), elbo)


def test_seeds_are_repeatable_and_differ() -> None:
    x = data(20)
    model, _ = probabilistic_pca(x)
    model.shift = 0.3
    one = iwae_log_likelihood(model, x, k=5, seed=1)

    assert torch.equal(one, iwae_log_likelihood(model, x, k=5, seed=1))
    assert not torch.equal(one, iwae_log_likelihood(model, x, k=5, seed=2))


def test_an_image_keeps_its_number_wherever_the_batch_ends() -> None:
    x = data(20)
    model, _ = probabilistic_pca(x)
    model.shift = 0.3

    torch.testing.assert_close(
        iwae_log_likelihood(model, x, k=5)[:8], iwae_log_likelihood(model, x[:8], k=5)
    )


class Tiny:
    """Six binary pixels and two latents."""

    def __init__(self) -> None:
        self.prior = standard_normal(2)
        self.up, self.down = nn.Linear(6, 4), nn.Linear(2, 6)

    def encode(self, x: Tensor) -> Distribution:
        mu, logvar = self.up(x).chunk(2, dim=1)
        return diagonal_normal(mu, logvar)

    def decode(self, z: Tensor) -> Distribution:
        return factored_bernoulli(3 * self.down(z))


def test_bernoulli_bound_approaches_the_integral_over_z() -> None:
    model = Tiny()
    x = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 6)
    nodes = torch.linspace(-6, 6, 121)
    z = torch.cartesian_prod(nodes, nodes)
    log_p_z = model.prior.log_prob(z) + 2 * math.log(0.1)
    with torch.no_grad():
        logits = 3 * model.down(z)
        log_p = x @ logits.T - nn.functional.softplus(logits).sum(dim=1)
        exact = torch.logsumexp(log_p + log_p_z, dim=1)

    assert exact.exp().sum().item() == pytest.approx(1, abs=1e-5)
    bound = iwae_log_likelihood(model, x, k=20_000)
    torch.testing.assert_close(bound, exact, atol=0.05, rtol=0)


def test_kl_per_dimension_is_torchs_and_sums_to_the_mean_kl() -> None:
    mu, logvar = torch.randn(40, 3), torch.randn(40, 3)
    q_z = diagonal_normal(mu, logvar)
    oracle = torch.distributions.kl_divergence(
        torch.distributions.Normal(mu, (0.5 * logvar).exp()), torch.distributions.Normal(0.0, 1.0)
    )

    torch.testing.assert_close(kl_per_dimension(q_z), oracle.mean(dim=0))
    whole = torch.distributions.kl_divergence(q_z, standard_normal(3)).mean()
    torch.testing.assert_close(kl_per_dimension(q_z).sum(), whole)


def test_unit_is_active_when_its_mean_moves_not_when_its_variance_does() -> None:
    mu = torch.randn(5000, 3) * torch.tensor([1.0, 0.2, 0.05])
    q_z = diagonal_normal(mu, torch.randn(5000, 3))

    assert active_units(q_z) == 2
    assert active_units(q_z, threshold=0.1) == 1


def test_aggregate_moments_are_those_of_samples() -> None:
    mu = torch.randn(400, 3, dtype=torch.float64) @ torch.randn(3, 3, dtype=torch.float64) + 1
    q_z = diagonal_normal(mu, torch.randn(400, 3).double())
    samples = q_z.sample((2000,)).flatten(0, 1)
    mean, cov = aggregate_moments(q_z)

    torch.testing.assert_close(mean, samples.mean(dim=0), atol=0.02, rtol=0.02)
    torch.testing.assert_close(cov, torch.cov(samples.T), atol=0.05, rtol=0.03)


def test_exact_posteriors_of_the_models_own_data_add_up_to_the_prior() -> None:
    model, _ = probabilistic_pca(data())
    z = torch.randn(100_000, 2).double()
    x = z @ model.w.T + model.mean + torch.randn(100_000, 5).double() * model.psi.sqrt()
    mean, cov = aggregate_moments(model.encode(x))

    torch.testing.assert_close(mean, torch.zeros(2).double(), atol=0.02, rtol=0)
    torch.testing.assert_close(cov, torch.eye(2).double(), atol=0.02, rtol=0)


@pytest.mark.parametrize("k", [0, -1])
def test_no_samples_are_refused(k: int) -> None:
    model, x = Tiny(), torch.zeros(2, 6)
    with pytest.raises(ValueError, match=f"k: expected at least 1 sample, got {k}"):
        iwae_log_likelihood(model, x, k=k)
    with pytest.raises(ValueError, match=f"n_samples: expected at least 1, got {k}"):
        negative_elbo(model, x, n_samples=k)
