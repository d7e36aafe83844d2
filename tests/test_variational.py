"""The bounds, against closed forms of a linear-Gaussian model, enumeration, autograd and Pyro."""

import math
from collections.abc import Callable
from itertools import pairwise

import pyro
import pytest
import torch
from pyro import distributions as pyro_dist
from pyro.infer import RenyiELBO, Trace_ELBO, TraceMeanField_ELBO
from torch import Tensor, nn
from torch.distributions import Distribution, Independent, Normal

from course_utils.distributions import diagonal_normal, factored_bernoulli, standard_normal
from course_utils.divergences import estimate
from course_utils.objectives import elbo, elbo_analytic, iwae

Bound = Callable[..., Tensor]
DOUBLE = torch.float64
X = torch.tensor([[1.3], [-0.4], [2.5]], dtype=DOUBLE)
WIDE = torch.tensor([[0.4, -1.0], [0.1, 0.2], [1.5, 0.3]], dtype=DOUBLE)  # mean and log variance
one_sample = pytest.mark.parametrize("bound", [elbo, elbo_analytic])


def prior(dim: int = 1) -> Distribution:
    return diagonal_normal(torch.zeros(1, dim, dtype=DOUBLE), torch.zeros(1, dim, dtype=DOUBLE))


def line(z: Tensor) -> Distribution:
    """p(x | z) = N(z, 1)."""
    return Independent(Normal(z, 1.0), 1)


def evidence(x: Tensor) -> Tensor:
    """log p(x) for z ~ N(0, 1), x | z ~ N(z, 1)."""
    return Normal(0.0, math.sqrt(2)).log_prob(x).squeeze(-1)


def posterior(x: Tensor) -> Distribution:
    return diagonal_normal(x / 2, torch.full_like(x, 0.5).log())


def guess(shape: Tensor = WIDE) -> Distribution:
    return diagonal_normal(shape[:, :1], shape[:, 1:])


def exact_elbo(x: Tensor, shape: Tensor, *, beta: float = 1.0) -> Tensor:
    """The expectation, term by term: E(x − z)² = (x − μ)² + σ², and the Gaussian KL."""
    mu, logvar = shape.T
    var = logvar.exp()
    reconstruction = -0.5 * (math.log(2 * math.pi) + (x[:, 0] - mu) ** 2 + var)
    return reconstruction - beta * 0.5 * (mu**2 + var - logvar - 1)


def test_elbo_is_tight_at_the_exact_posterior() -> None:
    """Whatever the sample: log p(x, z) − log p(z | x) does not depend on z."""
    torch.testing.assert_close(elbo(X, posterior(X), line, prior()), evidence(X))


def test_analytic_elbo_is_tight_on_average_but_not_for_each_sample() -> None:
    many = X[:1].expand(20_000, 1)
    bounds = elbo_analytic(many, posterior(many), line, prior())

    assert bounds.std() > 0.1
    assert_mean(bounds, evidence(X)[0])


def assert_mean(values: Tensor, expected: Tensor | float) -> None:
    mean, error = estimate(values.detach())
    assert error < 0.05
    assert abs(mean - float(expected)) < 4 * error


@one_sample
@pytest.mark.parametrize("beta", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("row", range(3))
def test_mean_over_samples_is_the_exact_elbo(bound: Bound, beta: float, row: int) -> None:
    many, shape = X[row].expand(40_000, 1), WIDE[row].expand(40_000, 2)
    bounds = bound(many, guess(shape), line, prior(), beta=beta)

    assert_mean(bounds, exact_elbo(X, WIDE, beta=beta)[row])


def test_elbo_never_exceeds_the_evidence_in_expectation() -> None:
    mu, logvar = torch.randn(500, 1, dtype=DOUBLE), 2 * torch.randn(500, 1, dtype=DOUBLE)
    x = 2 * torch.randn(500, 1, dtype=DOUBLE)
    repeated = [value.repeat_interleave(2000, dim=0) for value in (x, mu, logvar)]
    bounds = elbo(repeated[0], diagonal_normal(*repeated[1:]), line, prior()).reshape(500, 2000)
    errors = bounds.std(dim=1) / math.sqrt(2000)

    assert (bounds.mean(dim=1) <= evidence(x) + 4 * errors).all()
    gap = evidence(x) - bounds.mean(dim=1)
    kl = torch.distributions.kl_divergence(diagonal_normal(mu, logvar), posterior(x))
    assert ((gap - kl).abs() < 4.5 * errors).all()


def test_beta_below_one_is_no_bound() -> None:
    assert (exact_elbo(X, posterior_shape(), beta=0.5) > evidence(X)).all()


def posterior_shape() -> Tensor:
    return torch.cat([X / 2, torch.full_like(X, 0.5).log()], dim=1)


def test_beta_weighs_the_kl_alone() -> None:
    def at(beta: float) -> Tensor:
        torch.manual_seed(3)
        return elbo(X, guess(), line, prior(), beta=beta)

    torch.manual_seed(3)
    z = guess().rsample()
    torch.testing.assert_close(at(0.0), line(z).log_prob(X))
    torch.testing.assert_close(at(3.0) - at(0.0), 3 * (at(1.0) - at(0.0)))


@one_sample
def test_gradient_is_that_of_the_exact_elbo(bound: Bound) -> None:
    """Per-sample gradients for μ and log σ², whose means must agree with autograd of the truth."""
    shape = WIDE.clone().requires_grad_()
    (truth,) = torch.autograd.grad(exact_elbo(X, shape).sum(), shape)

    for row in range(3):
        many = WIDE[row].repeat(40_000, 1).requires_grad_()
        bounds = bound(X[row].expand(40_000, 1), guess(many), line, prior())
        (gradients,) = torch.autograd.grad(bounds.sum(), many)
        for column in range(2):
            assert_mean(gradients[:, column], truth[row, column])


@pytest.mark.parametrize("bound", [elbo, elbo_analytic, lambda *args: iwae(*args, samples=3)])
def test_autograd_agrees_with_finite_differences(bound: Bound) -> None:
    def seeded(shape: Tensor, weight: Tensor) -> Tensor:
        torch.manual_seed(5)
        return bound(X, guess(shape), lambda z: line(weight * z), prior())

    weight = torch.tensor([[0.7]], dtype=DOUBLE, requires_grad=True)
    assert torch.autograd.gradcheck(seeded, (WIDE.clone().requires_grad_(), weight))


def test_every_parameter_of_encoder_and_decoder_gets_a_gradient() -> None:
    encoder, decoder = nn.Linear(6, 4), nn.Linear(2, 6)
    x = (torch.rand(5, 6) < 0.5).float()
    for bound in (elbo, elbo_analytic, lambda *args: iwae(*args, samples=4)):
        q_z = diagonal_normal(*encoder(x).chunk(2, dim=1))
        values = bound(x, q_z, lambda z: factored_bernoulli(decoder(z)), standard_normal(2))
        parameters = [*encoder.parameters(), *decoder.parameters()]
        gradients = torch.autograd.grad(values.mean(), parameters)
        assert values.shape == (5,)
        assert all(gradient.abs().max() > 0 for gradient in gradients)


def test_iwae_with_one_sample_is_the_elbo() -> None:
    torch.manual_seed(1)
    one = elbo(X, guess(), line, prior())
    torch.manual_seed(1)
    torch.testing.assert_close(iwae(X, guess(), line, prior(), samples=1), one, rtol=0, atol=1e-14)


def test_iwae_is_the_logarithm_of_the_mean_weight() -> None:
    torch.manual_seed(1)
    bound = iwae(X, guess(), line, prior(), samples=7)
    torch.manual_seed(1)
    z = guess().rsample((7,))
    for row in range(3):
        weights = [
            math.exp(
                Normal(z[k, row, 0], 1.0).log_prob(X[row, 0])
                + Normal(0.0, 1.0).log_prob(z[k, row, 0])
                - Normal(WIDE[row, 0], (WIDE[row, 1] / 2).exp()).log_prob(z[k, row, 0])
            )
            for k in range(7)
        ]
        assert bound[row].item() == pytest.approx(math.log(sum(weights) / 7), abs=1e-12)


def test_iwae_rises_with_samples_towards_the_evidence() -> None:
    many, shape = X[:1].expand(4000, 1), torch.tensor([[0.0, 0.5]], dtype=DOUBLE).expand(4000, 2)
    bounds = [iwae(many, guess(shape), line, prior(), samples=k) for k in (1, 4, 16, 128)]
    means = [estimate(bound) for bound in bounds]

    for (low, low_error), (high, high_error) in pairwise(means):
        assert high - low > 4 * math.hypot(low_error, high_error)
    assert evidence(X)[0] - means[-1].value < 0.01
    assert means[-1].value < evidence(X)[0] + 4 * means[-1].standard_error


def test_mean_importance_weight_is_the_probability_of_a_discrete_x() -> None:
    """Binary x of three pixels: the eight means of exp(IWAE) are probabilities, with sum 1."""
    states = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 3)
    decoder = nn.Linear(1, 3)
    q_z = diagonal_normal(torch.zeros(8, 1), torch.zeros(8, 1) + 0.5)
    with torch.no_grad():
        bound = iwae(
            states,
            q_z,
            lambda z: factored_bernoulli(decoder(z)),
            standard_normal(1),
            samples=20_000,
        )

    assert bound.exp().sum().item() == pytest.approx(1, abs=0.01)


def test_iwae_does_not_underflow_where_the_likelihood_does() -> None:
    x = torch.ones(2, 5000)
    q_z = diagonal_normal(torch.zeros(2, 1), torch.zeros(2, 1))
    bound = iwae(
        x, q_z, lambda z: factored_bernoulli(z.expand(-1, 5000)), standard_normal(1), samples=4
    )

    assert bound.isfinite().all()
    assert (bound < -100).all()


def test_iwae_accepts_images_and_keeps_examples_apart() -> None:
    """Each example is weighed with its own samples, not with its neighbour's."""
    mu = torch.tensor([[-3.0, 0.0], [3.0, 1.0], [0.0, -2.0]])
    x = mu[:, :, None, None].expand(3, 2, 4, 4)
    q_z = diagonal_normal(mu, torch.full_like(mu, -12.0))
    bound = iwae(
        x,
        q_z,
        lambda z: diagonal_normal(
            z[:, :, None, None].expand(-1, 2, 4, 4), torch.zeros(len(z), 2, 4, 4)
        ),
        standard_normal(2),
        samples=5,
    )
    each = torch.cat(
        [
            elbo(
                x[i : i + 1],
                diagonal_normal(mu[i : i + 1], torch.full((1, 2), -12.0)),
                lambda z: diagonal_normal(
                    z[:, :, None, None].expand(-1, 2, 4, 4), torch.zeros(1, 2, 4, 4)
                ),
                standard_normal(2),
            )
            for i in range(3)
        ]
    )

    torch.testing.assert_close(bound, each, atol=6, rtol=0)  # the weights' spread; mixing costs >50


@pytest.mark.parametrize("samples", [0, -1])
def test_iwae_refuses_no_samples(samples: int) -> None:
    with pytest.raises(ValueError, match=f"samples: expected at least 1, got {samples}"):
        iwae(X, guess(), line, prior(), samples=samples)


WEIGHT = torch.tensor([[0.8], [-0.3], [1.1]], dtype=DOUBLE)  # a linear decoder to three numbers
DATA = torch.tensor([[1.0, -0.2, 0.4], [0.3, 0.3, 2.0]], dtype=DOUBLE)


def pyro_model(x: Tensor, shape: Tensor, weight: Tensor) -> None:
    with pyro.plate("examples", len(x)):
        zero = torch.zeros(1, dtype=DOUBLE)
        z = pyro.sample("z", pyro_dist.Normal(zero, zero + 1).to_event(1))
        pyro.sample("x", pyro_dist.Normal(z @ weight.T, 0.5).to_event(1), obs=x)


def pyro_guide(x: Tensor, shape: Tensor, weight: Tensor) -> None:
    with pyro.plate("examples", len(x)):
        mu, logvar = shape.chunk(2, dim=1)
        pyro.sample("z", pyro_dist.Normal(mu, (logvar / 2).exp()).to_event(1))


def linear(weight: Tensor) -> Callable[[Tensor], Distribution]:
    return lambda z: Independent(Normal(z @ weight.T, 0.5), 1)


@pytest.mark.parametrize(
    ("bound", "referee"), [(elbo, Trace_ELBO()), (elbo_analytic, TraceMeanField_ELBO())]
)
def test_pyro_says_the_same_of_the_same_samples(bound: Bound, referee: Trace_ELBO) -> None:
    """Value and gradients, for q's mean and log variance and for the decoder's weights."""
    shape, weight = WIDE[:2].clone().requires_grad_(), WEIGHT.clone().requires_grad_()

    torch.manual_seed(11)
    ours = bound(DATA, guess(shape), linear(weight), prior()).sum()
    torch.manual_seed(11)
    theirs = -referee.differentiable_loss(pyro_model, pyro_guide, DATA, shape, weight)

    torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-10)
    for mine, other in zip(
        torch.autograd.grad(ours, (shape, weight)),
        torch.autograd.grad(theirs, (shape, weight)),
        strict=True,
    ):
        torch.testing.assert_close(mine, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("row", [0, 1])
def test_pyro_says_the_same_of_the_importance_weighted_bound(row: int) -> None:
    """The Rényi bound with α = 0; Pyro weighs whole batches, so one example at a time."""
    x, shape = DATA[row : row + 1], WIDE[row : row + 1]
    referee = RenyiELBO(alpha=0, num_particles=6, vectorize_particles=True, max_plate_nesting=1)

    torch.manual_seed(11)
    ours = iwae(x, guess(shape), linear(WEIGHT), prior(), samples=6).item()
    torch.manual_seed(11)
    theirs = -referee.loss(pyro_model, pyro_guide, x, shape, WEIGHT)

    assert ours == pytest.approx(theirs, abs=1e-10)
