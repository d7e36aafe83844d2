"""The Gaussian mixture against scikit-learn, quadrature and Bayes' rule written out."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.datasets import load_iris
from sklearn.mixture import GaussianMixture as ScikitMixture
from torch import Tensor
from torch.distributions import MultivariateNormal

from course_utils.models.mixture import GaussianMixture


def mixture() -> GaussianMixture:
    roots = torch.tensor([[[1.0, 0.0], [0.5, 0.8]], [[0.6, 0.0], [-0.4, 0.5]]]).double()
    return GaussianMixture(
        torch.tensor([0.3, 0.7]).double(),
        torch.tensor([[-1.0, 0.5], [1.5, -0.5]]).double(),
        roots @ roots.mT,
    )


def flowers() -> Tensor:
    return torch.from_numpy(load_iris().data[:, [1, 3]])


def start(x: Tensor) -> GaussianMixture:
    return GaussianMixture(
        torch.full((3,), 1 / 3, dtype=torch.float64),
        x[[0, 50, 100]],
        torch.cov(x.T).repeat(3, 1, 1),
    )


def scikits(x: Tensor, first: GaussianMixture, steps: int, ridge: float = 0.0) -> ScikitMixture:
    fitted = ScikitMixture(
        len(first.weights),
        weights_init=first.weights.numpy(),
        means_init=first.means.numpy(),
        precisions_init=torch.linalg.inv(first.covs).numpy(),
        reg_covar=ridge,
        tol=0.0,
        max_iter=steps,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it did not converge, and was not meant to
        return fitted.fit(x.numpy())


@pytest.mark.parametrize(("steps", "ridge"), [(1, 0.0), (20, 0.0), (20, 1e-2)])
def test_em_is_scikit_learns_from_the_same_start(steps: int, ridge: float) -> None:
    x = flowers()
    ours, curve = start(x).fit(x, steps=steps, ridge=ridge)
    oracle = scikits(x, start(x), steps, ridge)

    assert curve[-1] == pytest.approx(oracle.score(x.numpy()), abs=1e-9)
    np.testing.assert_allclose(ours.weights, oracle.weights_, rtol=1e-7)
    np.testing.assert_allclose(ours.means, oracle.means_, rtol=1e-7)
    np.testing.assert_allclose(ours.covs, oracle.covariances_, rtol=1e-6)
    np.testing.assert_allclose(ours.responsibilities(x), oracle.predict_proba(x), atol=1e-9)


def test_log_likelihood_never_falls_and_the_curve_has_both_ends() -> None:
    x = flowers()
    fitted, curve = start(x).fit(x, steps=60)

    assert len(curve) == 61
    assert curve[0] == pytest.approx(start(x).log_prob(x).mean().item())
    assert curve[-1] == pytest.approx(fitted.log_prob(x).mean().item())
    assert np.diff(curve).min() > -1e-12
    assert curve[-1] > curve[0] + 0.1


def test_truth_is_nearly_a_fixed_point_on_many_samples() -> None:
    model = mixture()
    x = model.marginal.sample((200_000,))
    after = model.em_step(x)

    torch.testing.assert_close(after.weights, model.weights, atol=5e-3, rtol=0)
    torch.testing.assert_close(after.means, model.means, atol=2e-2, rtol=0)
    torch.testing.assert_close(after.covs, model.covs, atol=2e-2, rtol=0)


def test_density_integrates_to_one_and_responsibilities_are_bayes_rule() -> None:
    model = mixture()
    line = torch.linspace(-7, 7, 281, dtype=torch.float64)
    x = torch.cartesian_prod(line, line)
    parts = torch.stack(
        [
            w * MultivariateNormal(m, c).log_prob(x).exp()
            for w, m, c in zip(model.weights, model.means, model.covs)
        ],
        dim=1,
    )

    total = parts.sum(dim=1)
    assert (model.log_prob(x).exp().sum() * 0.05**2).item() == pytest.approx(1, abs=1e-6)
    torch.testing.assert_close(model.log_prob(x).exp(), total)
    torch.testing.assert_close(model.marginal.log_prob(x), model.log_prob(x))
    near = total > 1e-12
    r = model.responsibilities(x)
    torch.testing.assert_close(r[near], (parts / total[:, None])[near])
    torch.testing.assert_close(model.encode(x).probs, r)


def test_joint_is_prior_times_likelihood() -> None:
    model = mixture()
    z = model.prior.sample((500,))
    x = model.decode(z).sample()

    expected = model.prior.log_prob(z) + model.decode(z).log_prob(x)
    torch.testing.assert_close(model.log_joint(x)[torch.arange(500), z], expected)


def test_responsibilities_stay_finite_far_from_every_component() -> None:
    r = mixture().responsibilities(torch.full((1, 2), 1e4).double())

    assert r.isfinite().all()
    assert r.sum().item() == pytest.approx(1)


@pytest.mark.usefixtures("unchecked")
def test_impossible_mixtures_are_refused() -> None:
    means, covs = torch.zeros(2, 1), torch.ones(2, 1, 1)
    with pytest.raises(ValueError, match=r"weights \(2,\)"):
        GaussianMixture(torch.ones(3) / 3, means, covs)
    with pytest.raises(ValueError, match="covs"):
        GaussianMixture(torch.ones(2) / 2, means, covs[:1])
    with pytest.raises(ValueError, match="sum 1"):
        GaussianMixture(torch.ones(2), means, covs)
