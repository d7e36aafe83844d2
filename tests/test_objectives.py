import itertools
import math
from collections.abc import Callable

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from torch import Tensor, nn
from torch.distributions import Bernoulli, Independent, Normal

from course_utils import objectives as ob

SHAPES = [(5, 4), (5, 1, 3, 3), (5, 2, 3)]
shapes = pytest.mark.parametrize("shape", SHAPES)


def double(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64)


def sigmoid_encoder(dim: int = 5, latent: int = 3) -> nn.Sequential:
    return nn.Sequential(nn.Linear(dim, latent), nn.Sigmoid()).double()


def covariance(dim: int) -> Tensor:
    root = double(dim, dim)
    return root @ root.T


@shapes
def test_bernoulli_nll_of_binary_x_is_torchs_log_prob(shape: tuple[int, ...]) -> None:
    logits, x = double(*shape), torch.randint(0, 2, shape).double()
    oracle = Independent(Bernoulli(logits=logits), len(shape) - 1).log_prob(x)

    torch.testing.assert_close(ob.bernoulli_nll(logits, x), -oracle)


def test_bernoulli_nll_of_grey_x_is_the_formula() -> None:
    logits, x = double(6, 4), torch.rand(6, 4, dtype=torch.float64)
    p = 1 / (1 + (-logits).exp())
    formula = -(x * p.log() + (1 - x) * (1 - p).log()).sum(dim=1)

    torch.testing.assert_close(ob.bernoulli_nll(logits, x), formula)


def test_probabilities_of_binary_x_sum_to_one() -> None:
    x = torch.tensor(list(itertools.product([0.0, 1.0], repeat=4)), dtype=torch.float64)
    nll = ob.bernoulli_nll(double(1, 4).expand(16, 4), x)

    assert (-nll).exp().sum().item() == pytest.approx(1, abs=1e-12)


def test_logits_of_two_hundred_do_not_overflow() -> None:
    logits = torch.tensor([[200.0, -200.0, 200.0, -200.0]])
    x = torch.tensor([[1.0, 0.0, 0.0, 1.0]])
    logits.requires_grad_()
    nll = ob.bernoulli_nll(logits, x)
    nll.sum().backward()

    torch.testing.assert_close(nll.detach(), torch.tensor([400.0]))
    torch.testing.assert_close(logits.grad, torch.tensor([[0.0, 0.0, 1.0, -1.0]]))


@shapes
def test_bernoulli_entropy_is_scipys(shape: tuple[int, ...]) -> None:
    x = torch.rand(shape, dtype=torch.float64)
    oracle = torch.from_numpy(stats.bernoulli(x.numpy()).entropy()).flatten(1).sum(dim=1)

    torch.testing.assert_close(ob.bernoulli_entropy(x), oracle)


@given(x=st.floats(0.001, 0.999), logit=st.floats(-9, 9))
def test_entropy_is_the_least_cross_entropy_of_any_prediction(x: float, logit: float) -> None:
    grey = torch.tensor([[x]], dtype=torch.float64)
    least = ob.bernoulli_entropy(grey)

    assert ob.bernoulli_nll(torch.full_like(grey, logit), grey) >= least - 1e-12
    torch.testing.assert_close(ob.bernoulli_nll(grey.logit(), grey), least)


def test_entropy_of_binary_pixels_is_exactly_zero() -> None:
    assert ob.bernoulli_entropy(torch.tensor([[0.0, 1.0, 1.0]])).item() == 0


@shapes
def test_squared_error_is_the_sum_over_the_event(shape: tuple[int, ...]) -> None:
    x, x_hat = double(*shape), double(*shape)
    oracle = [((a - b) ** 2).sum() for a, b in zip(x, x_hat)]

    torch.testing.assert_close(ob.squared_error(x_hat, x), torch.stack(oracle))


@shapes
@pytest.mark.parametrize("sigma", [0.1, 1.0, 2.5])
def test_gaussian_nll_is_torchs_log_prob_to_float64(shape: tuple[int, ...], sigma: float) -> None:
    x, x_hat = double(*shape), double(*shape)
    oracle = Independent(Normal(x_hat, sigma), len(shape) - 1).log_prob(x)

    torch.testing.assert_close(
        ob.gaussian_nll(x_hat, x, sigma=sigma), -oracle, rtol=1e-12, atol=1e-12
    )


def test_gaussian_nll_of_a_sharp_density_is_negative() -> None:
    x = torch.zeros(1, 3)

    assert ob.gaussian_nll(x, x, sigma=0.1).item() < 0


def test_sigma_is_one_unless_said_otherwise() -> None:
    x, x_hat = double(4, 3), double(4, 3)

    torch.testing.assert_close(
        ob.gaussian_nll(x_hat, x) - 1.5 * math.log(2 * math.pi), ob.squared_error(x_hat, x) / 2
    )


@pytest.mark.parametrize("sigma", [0.0, -1.0])
def test_sigma_that_is_not_positive_is_refused(sigma: float) -> None:
    with pytest.raises(ValueError, match=f"sigma: expected a positive number, got {sigma}"):
        ob.gaussian_nll(torch.zeros(1, 1), torch.zeros(1, 1), sigma=sigma)


def centred(n: int = 40, dim: int = 4) -> tuple[Tensor, Tensor]:
    """Data with mean 0, and its covariance."""
    x = double(n, dim) @ double(dim, dim)
    x = x - x.mean(dim=0)
    return x, x.T @ x / n


def test_linear_error_is_the_mean_over_data_with_that_covariance() -> None:
    x, cov = centred()
    encoder, decoder = double(2, 4), double(4, 2)
    explicit = torch.stack([(row - decoder @ (encoder @ row)).square().sum() for row in x]).mean()

    torch.testing.assert_close(ob.linear_reconstruction_error(cov, encoder, decoder), explicit)


def test_tied_error_is_the_mean_over_data_with_that_covariance() -> None:
    x, cov = centred()
    w = double(2, 4)
    explicit = torch.stack([(row - w.T @ (w @ row)).square().sum() for row in x]).mean()

    torch.testing.assert_close(ob.tied_reconstruction_error(cov, w), explicit)


def test_tied_error_is_the_linear_error_with_the_transpose() -> None:
    cov, w = covariance(5), double(3, 5)

    torch.testing.assert_close(
        ob.tied_reconstruction_error(cov, w), ob.linear_reconstruction_error(cov, w, w.T)
    )


def test_errors_are_within_four_errors_of_monte_carlo() -> None:
    cov, w, decoder = covariance(3), double(2, 3), double(3, 2)
    x = torch.distributions.MultivariateNormal(torch.zeros(3).double(), cov).sample((20000,))
    for closed, b in (
        (ob.tied_reconstruction_error(cov, w), w.T),
        (ob.linear_reconstruction_error(cov, w, decoder), decoder),
    ):
        errors = (x - x @ w.T @ b.T).square().sum(dim=1)
        assert abs(errors.mean() - closed) < 4 * errors.std() / math.sqrt(len(x))


def test_least_error_of_any_linear_autoencoder_is_the_variance_left_out() -> None:
    variances, vectors = torch.linalg.eigh(covariance(5))
    cov, w = vectors @ variances.diag() @ vectors.T, vectors[:, -2:].T

    torch.testing.assert_close(ob.tied_reconstruction_error(cov, w), variances[:-2].sum())
    torch.testing.assert_close(ob.linear_reconstruction_error(cov, w, w.T), variances[:-2].sum())


def test_sparsity_is_the_l1_norm_of_each_code() -> None:
    h = double(6, 4)

    torch.testing.assert_close(ob.sparsity(h), torch.linalg.vector_norm(h, ord=1, dim=1))


def jacobians(encoder: nn.Module, x: Tensor) -> Tensor:
    return torch.stack([torch.autograd.functional.jacobian(encoder, row) for row in x])


def test_contractive_closed_form_is_autograds_jacobian() -> None:
    encoder, x = sigmoid_encoder(), double(7, 5)
    oracle = jacobians(encoder, x).square().sum(dim=(1, 2))

    torch.testing.assert_close(ob.contractive_sigmoid(encoder(x), encoder[0].weight), oracle)
    torch.testing.assert_close(ob.contractive(encoder, x), oracle)


def test_contractive_holds_for_deep_encoders() -> None:
    encoder = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), nn.Linear(6, 2)).double()
    x = double(7, 5)

    torch.testing.assert_close(
        ob.contractive(encoder, x), jacobians(encoder, x).square().sum(dim=(1, 2))
    )


def test_hutchinson_is_unbiased() -> None:
    encoder, x = sigmoid_encoder(), double(3, 5)
    many = x.repeat_interleave(4000, dim=0)
    draws = ob.contractive_hutchinson(encoder, many).reshape(3, 4000)
    error = draws.std(dim=1) / math.sqrt(4000)

    assert ((draws.mean(dim=1) - ob.contractive(encoder, x)).abs() < 4 * error).all()
    assert (error > 0).all()


def test_more_probes_are_averaged_and_narrow_the_spread() -> None:
    encoder, x = sigmoid_encoder(), double(1, 5).expand(4000, 5)
    one, nine = (ob.contractive_hutchinson(encoder, x, probes=k) for k in (1, 9))

    assert one.mean().item() == pytest.approx(nine.mean().item(), rel=0.05)
    assert (one.std() / nine.std()).item() == pytest.approx(3, rel=0.1)


def test_one_probe_unless_said_otherwise() -> None:
    encoder, x = sigmoid_encoder(), double(6, 5)
    default, one = (
        ob.contractive_hutchinson(encoder, x, generator=torch.Generator().manual_seed(0), **options)
        for options in ({}, {"probes": 1})
    )

    assert torch.equal(default, one)


def test_probes_are_signs_so_that_one_latent_needs_only_one() -> None:
    encoder, x = sigmoid_encoder(latent=1), double(6, 5)

    torch.testing.assert_close(ob.contractive_hutchinson(encoder, x), ob.contractive(encoder, x))


def test_projections_come_from_the_generator_given() -> None:
    encoder, x = sigmoid_encoder(), double(6, 5)
    before = torch.get_rng_state()
    one, same, other = (
        ob.contractive_hutchinson(encoder, x, generator=torch.Generator().manual_seed(seed))
        for seed in (1, 1, 2)
    )

    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_penalties_train_the_encoder() -> None:
    x = double(6, 5)
    for penalty in (ob.contractive, ob.contractive_hutchinson):
        encoder = sigmoid_encoder()
        penalty(encoder, x).mean().backward()
        assert all(p.grad.abs().sum() > 0 for p in encoder.parameters())


def test_no_probes_are_refused() -> None:
    with pytest.raises(ValueError, match="probes: expected at least 1, got 0"):
        ob.contractive_hutchinson(sigmoid_encoder(), double(2, 5), probes=0)


PER_EXAMPLE: dict[str, Callable[[Tensor], Tensor]] = {
    "bernoulli_nll": lambda x: ob.bernoulli_nll(x, x.sigmoid()),
    "bernoulli_entropy": lambda x: ob.bernoulli_entropy(x.sigmoid()),
    "squared_error": lambda x: ob.squared_error(x, x**2),
    "gaussian_nll": lambda x: ob.gaussian_nll(x, x**2, sigma=0.5),
    "sparsity": ob.sparsity,
    "contractive_sigmoid": lambda x: ob.contractive_sigmoid(x.sigmoid(), torch.eye(4).double()),
    "contractive": lambda x: ob.contractive(nn.Tanh(), x),
}


@pytest.mark.parametrize("name", PER_EXAMPLE)
def test_each_example_counts_for_itself(name: str) -> None:
    x = double(5, 4)
    whole = PER_EXAMPLE[name](x)

    assert whole.shape == (5,)
    torch.testing.assert_close(
        whole, torch.cat([PER_EXAMPLE[name](x[i : i + 1]) for i in range(5)])
    )
    torch.testing.assert_close(PER_EXAMPLE[name](torch.cat([x, x]))[5:], whole)
