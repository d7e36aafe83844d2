"""Crowds of small networks against torch's own layers, optimisers and matrix norms."""

import copy

import pytest
import torch
from torch import Tensor, nn

from course_utils import objectives
from course_utils.models.crowd import (
    Crowd,
    Moments,
    SpectralCrowd,
    adam_step,
    largest_singular_value,
    unrolled,
    with_deviation,
)
from course_utils.models.ring_gan import RingGame, critic_loss, gan_loss, penalised_loss
from course_utils.nn import mlp

SIZES = (2, 7, 5, 1)


def as_modules(crowd: Crowd, rows: Tensor) -> list[nn.Sequential]:
    """The same networks out of torch's layers."""
    networks = [mlp(*crowd.sizes).to(rows.dtype) for _ in rows]
    for i, network in enumerate(networks):
        linear = [layer for layer in network if isinstance(layer, nn.Linear)]
        for layer, (w, b) in zip(linear, crowd.layers(rows), strict=True):
            layer.weight.data, layer.bias.data = w[i].T.clone(), b[i, 0].clone()

    return networks


def small_game(**options: object) -> RingGame:
    torch.manual_seed(0)
    return RingGame(
        Crowd(2, 6, 2),
        Crowd(2, 6, 1),
        range(3),
        g_rate=0.01,
        d_rate=0.01,
        momentum=0.5,
        rounds=10,
        **options,
    )


def test_crowd_is_as_many_separate_networks() -> None:
    crowd = Crowd(*SIZES)
    rows, x = crowd.start(range(3)), torch.randn(3, 4, 2)

    out = crowd(rows, x)

    for network, row, given in zip(as_modules(crowd, rows), out, x, strict=True):
        torch.testing.assert_close(row, network(given))


def test_weights_start_within_one_over_the_root_of_their_inputs() -> None:
    crowd = Crowd(100, 9, 1)
    (w, b), _ = crowd.layers(crowd.start(range(4)))

    for start in (w, b):
        assert start.abs().max() <= 0.1
        assert start.abs().max() > 0.08


def test_network_starts_the_same_in_any_crowd() -> None:
    assert torch.equal(Crowd(*SIZES).start([4, 2])[1], Crowd(*SIZES).start([2])[0])


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
def test_adam_step_is_torchs_adam(momentum: float) -> None:
    rows = torch.randn(2, 5, dtype=torch.float64)
    own, theirs, moments = rows.clone(), rows.clone().requires_grad_(), Moments.at_rest(rows)
    optimizer = torch.optim.Adam([theirs], lr=0.03, betas=(momentum, 0.999))

    for i in range(5):
        gradient = (own * (i + 1)).sin()
        own, moments = adam_step(own, gradient, moments, rate=0.03, momentum=momentum)
        theirs.grad = (theirs.detach() * (i + 1)).sin()
        optimizer.step()

    torch.testing.assert_close(own, theirs.detach())


def test_each_network_may_have_its_own_rate() -> None:
    rows, gradient = torch.zeros(2, 3), torch.ones(2, 3)
    rate = torch.tensor([[0.1], [0.2]])

    moved, _ = adam_step(rows, gradient, Moments.at_rest(rows), rate=rate, momentum=0.5)

    torch.testing.assert_close(moved, -rate.expand(2, 3))


def test_unrolling_differentiates_through_the_steps() -> None:
    """The derivative of the unrolled weights in what the loss uses, against differences."""
    start = torch.linspace(-1, 1, 4, dtype=torch.float64)[None]

    def ahead(c: Tensor) -> Tensor:
        rest = Moments.at_rest(start)
        loss = lambda rows: (rows - c).pow(4).sum()  # noqa: E731
        return unrolled(loss, start, rest, steps=3, rate=0.1, momentum=0.5).square().sum()

    c = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)

    assert torch.autograd.gradcheck(ahead, (c,))
    (slope,) = torch.autograd.grad(ahead(c), c)
    assert slope.abs() > 1e-3


def test_power_iteration_finds_the_matrix_norm() -> None:
    w = torch.randn(3, 6, 4, dtype=torch.float64)

    sigma, u = largest_singular_value(w, iterations=200)

    torch.testing.assert_close(sigma, torch.linalg.matrix_norm(w, 2))
    torch.testing.assert_close(u.norm(dim=1), torch.ones(3, dtype=torch.float64))


def test_slope_of_a_spectrally_normalised_crowd_is_at_most_one() -> None:
    crowd = SpectralCrowd(*SIZES)
    rows = 5 * crowd.start(range(3))
    for _ in range(50):  # each call improves the directions
        crowd(rows, torch.randn(3, 1, 2))
    x = torch.randn(3, 200, 2, requires_grad=True)

    (gradient,) = torch.autograd.grad(crowd(rows, x).sum(), x)

    assert gradient.norm(dim=2).max() <= 1.001


def test_every_matrix_of_a_spectral_crowd_has_norm_one_in_the_first_call() -> None:
    crowd = SpectralCrowd(*SIZES)

    for w, _ in crowd.layers(5 * crowd.start(range(20)).double()):
        norms = torch.linalg.matrix_norm(w, 2)
        torch.testing.assert_close(norms, torch.ones_like(norms), atol=0.05, rtol=0)


def test_gradient_goes_through_the_division_by_the_singular_value() -> None:
    """Against torch's own singular values, once the power iteration has settled."""
    crowd = SpectralCrowd(2, 4, 1)
    rows = crowd.start(range(2)).double().requires_grad_()
    x = torch.randn(2, 5, 2, dtype=torch.float64)
    for _ in range(300):
        crowd(rows, x)
    divided = []
    for w, b in Crowd.layers(crowd, rows):
        divided += [torch.cat([w / torch.linalg.matrix_norm(w, 2)[:, None, None], b], 1).flatten(1)]

    (found,) = torch.autograd.grad(crowd(rows, x).square().sum(), rows)
    plain = Crowd(2, 4, 1)(torch.cat(divided, dim=1), x)
    (wanted,) = torch.autograd.grad(plain.square().sum(), rows)

    torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-5)


def test_deviation_is_the_same_for_a_whole_batch_and_zero_for_copies() -> None:
    x = torch.randn(2, 50, 2)
    x[1] = 3.0

    out = with_deviation(x)

    assert torch.equal(out[..., :2], x)
    torch.testing.assert_close(out[0, :, 2], x[0].std(dim=0).mean().expand(50))
    assert (out[1, :, 2] == 0).all()


def test_losses_add_up_over_separate_networks() -> None:
    crowd = Crowd(*SIZES)
    rows, x_real, x_fake = crowd.start(range(3)), torch.randn(3, 4, 2), torch.randn(3, 4, 2)
    networks = as_modules(crowd, rows)

    for batched, single in (
        (gan_loss, objectives.discriminator_loss),
        (critic_loss, objectives.wasserstein_critic_loss),
    ):
        expected = sum(
            single(d(real), d(fake)) for d, real, fake in zip(networks, x_real, x_fake, strict=True)
        )
        total = batched(lambda x: crowd(rows, x), x_real, x_fake)
        torch.testing.assert_close(total, expected)


def test_penalty_vanishes_for_a_critic_of_slope_one() -> None:
    def judge(x: Tensor) -> Tensor:
        return x[..., :1]

    x_real, x_fake = torch.randn(3, 4, 2), torch.randn(3, 4, 2)
    plain = critic_loss(judge, x_real, x_fake)

    torch.testing.assert_close(penalised_loss(judge, x_real, x_fake, weight=7.0), plain)
    steep = penalised_loss(lambda x: 3 * judge(x), x_real, x_fake, weight=7.0)
    torch.testing.assert_close(steep, 3 * plain + 3 * 7.0 * 4)  # (3 − 1)² per pair


def test_games_do_not_touch_one_another() -> None:
    """With data of the second game changed, the first plays on as before."""
    x = torch.randn(4, 2, 3, 8, 2)
    other = x.clone()
    other[:, :, 1] += 1
    ends = []
    for data in (x, other):
        game = small_game(ahead=2)
        torch.manual_seed(1)
        for batch in data:
            game(batch)
        ends.append((game.theta, game.phi))

    for one, two in zip(*ends, strict=True):
        torch.testing.assert_close(one[[0, 2]], two[[0, 2]])
        assert not torch.allclose(one[1], two[1])


def test_no_look_ahead_is_the_plain_game() -> None:
    x = torch.randn(1, 3, 8, 2)
    plain, twin = small_game(), small_game()
    twin.ahead = 0
    far = copy.copy(small_game())
    far.ahead = 3
    for game in (plain, twin, far):
        torch.manual_seed(1)
        game(x)

    assert torch.equal(plain.theta, twin.theta)
    assert torch.equal(plain.phi, far.phi)  # D's own step is the same
    assert not torch.allclose(plain.theta, far.theta)


def test_rates_fall_over_the_second_half() -> None:
    game, paces = small_game(), []
    for _ in range(10):
        paces.append(game.pace)
        game(torch.randn(1, 3, 8, 2))

    torch.testing.assert_close(torch.tensor(paces), torch.tensor([1.0] * 6 + [0.8, 0.6, 0.4, 0.2]))
