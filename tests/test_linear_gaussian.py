"""The linear-Gaussian model against a grid, Bayes' rule and a numerical minimum."""

import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor

from course_utils.divergences import kl_gaussian
from course_utils.models.linear_gaussian import LinearGaussian, mean_field_variances

W = torch.tensor([[1.0, 0.5], [-0.3, 0.8], [0.2, 0.4]]).double()


def grid() -> tuple[Tensor, float]:
    line = torch.linspace(-6, 6, 241, dtype=torch.float64)
    return torch.cartesian_prod(line, line), 0.05**2


def test_evidence_and_posterior_are_those_of_a_grid() -> None:
    model = LinearGaussian(W, 0.7)
    x = torch.tensor([[0.5, -1.0, 0.3]]).double()
    z, cell = grid()
    joint = model.decode(z).log_prob(x) + model.prior.log_prob(z)

    evidence = joint.logsumexp(dim=0) + torch.tensor(cell).log()
    torch.testing.assert_close(model.log_prob(x)[0], evidence.double(), atol=1e-6, rtol=0)
    torch.testing.assert_close(model.encode(x).log_prob(z), joint - evidence, atol=1e-6, rtol=0)


def test_marginal_is_that_of_samples() -> None:
    model = LinearGaussian(W, 0.7)
    x = model.decode(model.prior.sample((200_000,)).double()).sample()

    torch.testing.assert_close(torch.cov(x.T), model.marginal.covariance_matrix, atol=0.02, rtol=0)


@pytest.mark.usefixtures("unchecked")
def test_noise_must_be_positive() -> None:
    with pytest.raises(ValueError, match="sigma"):
        LinearGaussian(W, 0.0)


@pytest.mark.parametrize("dim", [2, 3])
def test_mean_field_variances_minimise_the_kl(dim: int) -> None:
    root = torch.eye(dim).double() + 0.6 * torch.randn(dim, dim).double()
    cov, mu = root @ root.T, torch.zeros(dim).double()

    def kl(log_variances: object) -> float:
        variances = torch.as_tensor(log_variances).exp()
        return kl_gaussian(mu, variances.diag(), mu, cov).item()

    found = torch.as_tensor(minimize(kl, torch.zeros(dim).double().numpy(), tol=1e-12).x).exp()
    best = mean_field_variances(cov)
    torch.testing.assert_close(best, found, atol=1e-4, rtol=1e-4)
    assert (best < cov.diagonal()).all()
