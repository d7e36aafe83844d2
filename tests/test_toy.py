import math
from collections.abc import Callable
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from torch import Tensor

from course_utils.data import toy
from course_utils.data.toy import Toy

TOYS: dict[str, Callable[..., Toy]] = {
    "ring": toy.ring,
    "five modes": lambda n, **kw: toy.ring(n, modes=5, radius=1.5, **({"noise": 0.3} | kw)),
    "grid": toy.grid,
    "small grid": lambda n, **kw: toy.grid(n, side=2, spacing=2.5, **({"noise": 0.4} | kw)),
    "two_moons": lambda n, **kw: toy.two_moons(n, **({"noise": 0.15} | kw)),
    "spiral": lambda n, **kw: toy.spiral(n, **({"noise": 0.15} | kw)),
    "three turns": lambda n, **kw: toy.spiral(n, turns=3.0, **({"noise": 0.15} | kw)),
    "pinwheel": toy.pinwheel,
    "three blades": lambda n, **kw: toy.pinwheel(n, blades=3, twist=-0.7, **kw),
}
toys = pytest.mark.parametrize("name", TOYS)
SIDE, CELLS, FINE = 3.6, 12, 12  # half the square, coarse cells a side, fine points in each
STEP = 2 * SIDE / (CELLS * FINE)


@cache
def log_density_on_grid(name: str) -> Tensor:
    """The log-density at the centres of a fine grid over the square, first axis x₁."""
    line = -SIDE + STEP * (torch.arange(CELLS * FINE, dtype=torch.float64) + 0.5)
    log_p = TOYS[name](1).log_density(torch.cartesian_prod(line, line))

    return log_p.reshape(CELLS * FINE, CELLS * FINE)


@toys
def test_density_has_mass_one_and_samples_fall_where_it_says(name: str) -> None:
    n = 20000
    mass = log_density_on_grid(name).exp() * STEP**2
    mass = mass.reshape(CELLS, FINE, CELLS, FINE).sum(dim=(1, 3)).numpy()
    assert mass.sum() == pytest.approx(1, abs=1e-3)

    edges = np.linspace(-SIDE, SIDE, CELLS + 1)
    counts, *_ = np.histogram2d(*TOYS[name](n, seed=3).x.T.numpy(), bins=[edges, edges])
    often = n * mass > 10
    expected = np.append(n * mass[often], n * (1 - mass[often].sum()))
    found = np.append(counts[often], n - counts[often].sum())
    usable = expected > 10
    chi_square = ((found - expected)[usable] ** 2 / expected[usable]).sum()
    assert stats.chi2(usable.sum()).sf(chi_square) > 1e-4
    assert usable.sum() > 4


@toys
def test_samples_have_the_entropy_of_the_density(name: str) -> None:
    x, log_density = TOYS[name](5000, seed=4)
    scores = log_density(x.double())
    log_p = log_density_on_grid(name)

    negative_entropy = (log_p.exp() * log_p.clamp(min=-700)).sum() * STEP**2
    assert abs(scores.mean() - negative_entropy) < 4 * scores.std() / math.sqrt(len(x)) + 1e-3


@toys
def test_seeds_repeat_and_differ_and_the_global_generator_is_left_alone(name: str) -> None:
    before = torch.get_rng_state()
    first, same, other = (TOYS[name](50, seed=seed).x for seed in (1, 1, 2))

    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert torch.equal(TOYS[name](50).x, TOYS[name](50, seed=0).x)
    assert torch.equal(torch.get_rng_state(), before)


@toys
def test_density_is_the_same_for_float64_points_and_differentiable(name: str) -> None:
    x, log_density = TOYS[name](40, seed=0)
    assert (x.shape, x.dtype) == ((40, 2), torch.float32)
    log_p, precise = log_density(x), log_density(x.double())
    assert (log_p.dtype, precise.dtype) == (torch.float32, torch.float64)
    torch.testing.assert_close(log_p.double(), precise, rtol=2e-5, atol=2e-5)

    points = x.double().requires_grad_()
    (score,) = torch.autograd.grad(log_density(points).sum(), points)
    for i in range(2):
        step = torch.zeros(2, dtype=torch.float64)
        step[i] = 1e-6
        slope = (log_density(x.double() + step) - log_density(x.double() - step)) / 2e-6
        torch.testing.assert_close(score[:, i], slope, rtol=1e-4, atol=1e-4)


@toys
def test_noise_too_narrow_for_the_density_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"noise: expected at least 0\.02, got 0\.019"):
        TOYS[name](5, noise=0.019)
    TOYS[name](5, noise=0.02)


def moon(t: float) -> tuple[float, float]:
    angle = 2 * math.pi * (t % 0.5)
    if t < 0.5:
        return math.cos(angle), math.sin(angle)
    return 1 - math.cos(angle), 0.5 - math.sin(angle)


def spiral(t: float) -> tuple[float, float]:
    s = math.sqrt(t)
    return 2 * s * math.cos(4 * math.pi * s), 2 * s * math.sin(4 * math.pi * s)


ENDS = [[1.0, 0.0], [-1.0, -0.05], [0.0, 0.5], [2.0, 0.45], [0.0, 0.0], [0.02, -0.03], [2.0, 0.04]]


@pytest.mark.parametrize(("make", "curve"), [(toy.two_moons, moon), (toy.spiral, spiral)])
@pytest.mark.parametrize("noise", [0.02, 0.05, 0.2])
def test_density_of_a_noisy_curve_is_scipys_integral_also_at_its_ends(
    make: Callable[..., Toy], curve: Callable[[float], tuple[float, float]], noise: float
) -> None:
    x, log_density = make(4, noise=noise, seed=0)
    points = torch.cat([x.double(), torch.tensor(ENDS, dtype=torch.float64)])
    knots = np.concatenate([[0], np.geomspace(1e-5, 0.02, 8), np.linspace(0.04, 1, 49)])
    knots = np.sort(np.append(knots, 0.5))

    for point, log_p in zip(points.tolist(), log_density(points)):

        def density(t: float, point: list[float] = point) -> float:
            square = sum((c - p) ** 2 for c, p in zip(curve(t), point))
            return math.exp(-square / (2 * noise**2)) / (2 * math.pi * noise**2)

        mass = sum(integrate.quad(density, a, b, epsabs=1e-13)[0] for a, b in pairwise(knots))
        if mass > 1e-6:
            assert log_p.item() == pytest.approx(math.log(mass), abs=1e-5)


def test_modes_stand_where_they_should() -> None:
    peaks = torch.tensor([[2.0, 0.0], [0.0, 2.0], [2**0.5, 2**0.5]], dtype=torch.float64)
    expected = math.log(1 / 8 / (2 * math.pi * 0.1**2))
    assert toy.ring(1).log_density(peaks).tolist() == pytest.approx([expected] * 3, abs=1e-5)

    peaks = torch.tensor([[-2.0, -2.0], [0.0, 0.0], [2.0, 1.0]], dtype=torch.float64)
    expected = math.log(1 / 25 / (2 * math.pi * 0.1**2))
    assert toy.grid(1).log_density(peaks).tolist() == pytest.approx([expected] * 3, abs=1e-5)


def test_modes_of_other_sizes_stand_where_they_should() -> None:
    wide, spaced = toy.ring(1, radius=3.0, modes=4), toy.grid(1, side=2, spacing=2.5)
    for peak, log_density in (([0.0, -3.0], wide.log_density), ([1.25, -1.25], spaced.log_density)):
        expected = math.log(1 / 4 / (2 * math.pi * 0.1**2))
        found = log_density(torch.tensor([peak], dtype=torch.float64)).item()
        assert found == pytest.approx(expected, abs=1e-5)


def test_shapes_are_the_documented_ones_unless_said_otherwise() -> None:
    for make, options in (
        (toy.two_moons, {"noise": 0.05}),
        (toy.spiral, {"turns": 2.0, "noise": 0.05}),
        (toy.pinwheel, {"blades": 5, "twist": 1.0, "noise": 0.15}),
    ):
        assert torch.equal(make(50).x, make(50, **options, seed=0).x)


@pytest.mark.parametrize("make", [toy.two_moons, toy.spiral])
def test_narrow_curves_are_exact_in_float32_too(make: Callable[..., Toy]) -> None:
    x, log_density = make(200, noise=0.02, seed=0)

    torch.testing.assert_close(log_density(x).double(), log_density(x.double()), rtol=0, atol=2e-5)


def test_moons_have_radius_one_and_interleave() -> None:
    x = toy.two_moons(4000, noise=0.02, seed=0).x
    upper = (x.norm(dim=1) - 1).abs() < 0.1
    lower = ((x - torch.tensor([1.0, 0.5])).norm(dim=1) - 1).abs() < 0.1

    assert (upper | lower).all()
    assert upper.float().mean().item() == pytest.approx(0.5, abs=0.05)
    assert x[upper & ~lower, 1].min() > -0.1
    assert x[lower & ~upper, 1].max() < 0.6


def test_spiral_turns_twice_and_ends_at_radius_two() -> None:
    x = toy.spiral(4000, noise=0.02, seed=0).x
    radius, angle = x.norm(dim=1), torch.atan2(x[:, 1], x[:, 0])
    turned = (angle - 2 * math.pi * radius) % (2 * math.pi)  # radius 2 after two turns

    assert 1.95 < radius.max() < 2.1
    assert (((turned + math.pi) % (2 * math.pi)) - math.pi)[radius > 0.5].abs().max() < 0.8


def test_rotation_is_counter_clockwise_by_each_points_own_angle() -> None:
    points = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    turned = toy.rotate(points, torch.tensor([math.pi / 2, math.pi]))

    torch.testing.assert_close(turned, torch.tensor([[0.0, 1.0], [0.0, -2.0]]), atol=1e-6, rtol=0)


def test_quadrature_integrates_polynomials_exactly() -> None:
    nodes, weights = toy.quadrature()

    for power in (0, 1, 2, 7):
        assert (weights * nodes**power).sum().item() == pytest.approx(1 / (power + 1), abs=1e-14)
    assert ((nodes > 0) & (nodes < 1)).all()
