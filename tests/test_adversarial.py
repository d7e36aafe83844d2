"""The losses of adversarial games: against PyTorch, autograd, quadrature and closed forms."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.distributions import Normal

from course_utils import divergences
from course_utils import objectives as ob

SHAPES = [(7,), (7, 1), (3, 1, 4, 4)]
shapes = pytest.mark.parametrize("shape", SHAPES)
LINE = torch.linspace(-15, 15, 6001, dtype=torch.float64)
SPACING = 30 / 6000


def double(*shape: int) -> Tensor:
    return 3 * torch.randn(shape, dtype=torch.float64)


def on_grid(logits: Tensor, p: Tensor, q: Tensor) -> Tensor:
    """V(D, G) by quadrature, for D given on the line and densities p of data and q of G."""
    log_d, log_not_d = -torch.log1p((-logits).exp()), -torch.log1p(logits.exp())
    return (p * log_d + q * log_not_d).sum() * SPACING


@shapes
def test_discriminator_loss_is_twice_torchs_cross_entropy_on_both_batches(shape: tuple) -> None:
    real, fake = double(*shape), double(*shape)
    labels = torch.cat([torch.ones_like(real), torch.zeros_like(fake)])
    oracle = nn.BCEWithLogitsLoss()(torch.cat([real, fake]), labels)

    torch.testing.assert_close(ob.discriminator_loss(real, fake), 2 * oracle)
    torch.testing.assert_close(ob.value_function(real, fake), -2 * oracle)


def test_batches_of_different_size_weigh_the_same() -> None:
    real, fake = double(40), double(3)
    bce = nn.BCEWithLogitsLoss()
    oracle = bce(real, torch.ones_like(real)) + bce(fake, torch.zeros_like(fake))

    torch.testing.assert_close(ob.discriminator_loss(real, fake), oracle)


def test_value_is_the_formula_with_probabilities() -> None:
    real, fake = double(5), double(6)
    d_real, d_fake = 1 / (1 + (-real).exp()), 1 / (1 + (-fake).exp())

    torch.testing.assert_close(
        ob.value_function(real, fake), d_real.log().mean() + (1 - d_fake).log().mean()
    )


def test_undecided_discriminator_has_the_value_of_minus_log_four() -> None:
    assert ob.value_function(torch.zeros(3), torch.zeros(9)).item() == pytest.approx(-math.log(4))


@shapes
def test_generator_losses_are_the_cross_entropy_with_labels_zero_and_one(shape: tuple) -> None:
    fake = double(*shape)
    bce = nn.BCEWithLogitsLoss(reduction="none")

    torch.testing.assert_close(
        ob.saturating_generator_loss(fake), -bce(fake, torch.zeros_like(fake))
    )
    torch.testing.assert_close(
        ob.non_saturating_generator_loss(fake), bce(fake, torch.ones_like(fake))
    )


@given(logit=st.floats(-12, 12))
def test_gradients_of_the_generator_losses_are_minus_d_and_d_minus_one(logit: float) -> None:
    d = 1 / (1 + math.exp(-logit))
    for loss, slope in (
        (ob.saturating_generator_loss, -d),
        (ob.non_saturating_generator_loss, d - 1),
    ):
        x = torch.tensor(logit, dtype=torch.float64, requires_grad=True)
        loss(x).backward()
        assert x.grad.item() == pytest.approx(slope, rel=1e-9)


def test_logits_of_two_hundred_stay_finite_with_their_gradients() -> None:
    real = torch.tensor([-200.0, 200.0], requires_grad=True)
    fake = torch.tensor([200.0, -200.0], requires_grad=True)
    loss = ob.discriminator_loss(real, fake)
    loss = loss + ob.saturating_generator_loss(fake).sum()
    loss = loss + ob.non_saturating_generator_loss(fake).sum()
    loss.backward()

    assert loss.item() == pytest.approx(200 - 200 + 200)
    assert real.grad.tolist() == pytest.approx([-0.5, 0])
    assert fake.grad.tolist() == pytest.approx([0.5 - 1 - 0, -1])


@pytest.mark.parametrize(("mu", "sigma"), [(0.3, 1), (1.5, 1), (3, 2), (-1, 0.5)])
def test_optimal_discriminator_reaches_the_jensen_shannon_divergence(
    mu: float, sigma: float
) -> None:
    log_p, log_q = Normal(0.0, 1.0).log_prob(LINE), Normal(float(mu), float(sigma)).log_prob(LINE)
    p, q = log_p.exp(), log_q.exp()
    logits = ob.optimal_logits(log_p, log_q)
    jsd = divergences.jsd_on_grid(p, q, spacing=SPACING)

    torch.testing.assert_close(logits.sigmoid(), p / (p + q))
    best = on_grid(logits, p, q)
    assert best.item() == pytest.approx(-math.log(4) + 2 * jsd.item(), abs=1e-7)
    for other in (logits + 0.3, 0.7 * logits + 0.2, logits.roll(40)):
        assert on_grid(other, p, q) < best


def test_value_of_samples_is_the_value_of_the_densities() -> None:
    p, q = Normal(0.0, 1.0), Normal(1.5, 0.8)
    torch.manual_seed(0)
    x, x_fake = p.sample((200_000,)), q.sample((200_000,))
    estimate = ob.value_function(
        ob.optimal_logits(p.log_prob(x), q.log_prob(x)),
        ob.optimal_logits(p.log_prob(x_fake), q.log_prob(x_fake)),
    )
    log_p, log_q = p.log_prob(LINE), q.log_prob(LINE)
    truth = on_grid(ob.optimal_logits(log_p, log_q), log_p.exp(), log_q.exp())

    assert estimate.item() == pytest.approx(truth.item(), abs=0.01)


@pytest.mark.parametrize("shift", [0.5, 2.0, 8.0])
def test_critic_of_slope_one_finds_the_shift_between_two_densities(shift: float) -> None:
    """For p_g = p_data moved by θ, f(x) = −x is the best critic, and W₁ = θ."""
    x = double(1000)
    x_fake = x + shift

    assert ob.wasserstein_critic_loss(-x, -x_fake).item() == pytest.approx(-shift)
    assert -divergences.wasserstein1(x, x_fake).item() == pytest.approx(-shift)
    torch.testing.assert_close(ob.wasserstein_generator_loss(-x_fake), x_fake)


def test_critic_and_generator_pull_the_fakes_in_opposite_directions() -> None:
    fake = double(5).requires_grad_()
    (by_critic,) = torch.autograd.grad(ob.wasserstein_critic_loss(double(9), fake), fake)
    (by_generator,) = torch.autograd.grad(ob.wasserstein_generator_loss(fake).mean(), fake)

    torch.testing.assert_close(by_critic, -by_generator)


@pytest.mark.parametrize("shape", [(6, 4), (6, 1, 2, 2)])
def test_penalty_of_a_linear_critic_is_known(shape: tuple[int, ...]) -> None:
    """f(x) = w·x has the slope ‖w‖ everywhere."""
    w = torch.tensor([3.0, 0.0, -4.0, 0.0], dtype=torch.float64)
    x, x_fake = double(*shape), double(*shape)
    for slope, expected in ((1.0, 16.0), (5.0, 0.0)):
        found = ob.gradient_penalty(lambda x: x.flatten(1) @ w, x, x_fake, slope=slope)
        torch.testing.assert_close(found, torch.full((6,), expected, dtype=torch.float64))


def test_penalty_is_taken_between_data_and_samples() -> None:
    """f(x) = ‖x‖²/2 has the slope ‖x‖: at points between 1 and 3 it lies between 1 and 3."""
    x, x_fake = torch.full((500, 1), 1.0), torch.full((500, 1), 3.0)
    g = torch.Generator().manual_seed(0)
    penalty = ob.gradient_penalty(
        lambda x: 0.5 * x.square().sum(dim=1), x, x_fake, slope=0.0, generator=g
    )
    places = penalty.sqrt()

    assert places.min() >= 1
    assert places.max() <= 3
    assert places.mean().item() == pytest.approx(2, abs=0.1)
    assert places.std().item() == pytest.approx(2 / math.sqrt(12), abs=0.05)


def test_penalty_is_differentiable_in_the_critics_weights_and_leaves_the_data_alone() -> None:
    critic = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    x, x_fake = double(5, 2).requires_grad_(), double(5, 2).requires_grad_()
    g = torch.Generator()

    def mean_penalty() -> Tensor:
        return ob.gradient_penalty(critic, x, x_fake, generator=g.manual_seed(1)).mean()

    mean_penalty().backward()
    weight = critic[0].weight
    slope = weight.grad[3, 1].item()
    assert x.grad is None
    assert x_fake.grad is None
    with torch.no_grad():
        weight[3, 1] += 1e-5
        up = mean_penalty_value(mean_penalty)
        weight[3, 1] -= 2e-5
        down = mean_penalty_value(mean_penalty)
    assert slope == pytest.approx((up - down) / 2e-5, rel=1e-5)


def mean_penalty_value(penalty) -> float:
    with torch.enable_grad():
        return penalty().item()


@pytest.mark.usefixtures("unchecked")
def test_batches_of_different_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="x_fake: expected the shape of x_real"):
        ob.gradient_penalty(lambda x: x.sum(dim=1), double(3, 2), double(4, 2))
