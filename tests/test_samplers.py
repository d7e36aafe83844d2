"""Chains on densities that are known exactly, and their memory against an AR(1)."""

import math

import pytest
import torch
from torch import Generator, Tensor
from torch.distributions import MultivariateNormal

from course_utils import samplers
from course_utils.evaluation import autocorrelation, autocorrelation_time
from course_utils.samplers import gibbs, langevin, metropolis

MU = torch.tensor([1.0, -0.5]).double()
COV = torch.tensor([[1.0, 0.6], [0.6, 0.8]]).double()
TARGET = MultivariateNormal(MU, COV)


def coordinate(j: int) -> samplers.Conditional:
    """The exact conditional of one coordinate of the target."""
    other = 1 - j
    slope = COV[j, other] / COV[other, other]
    spread = (COV[j, j] - slope * COV[j, other]).sqrt()

    def draw(x: Tensor, generator: Generator) -> Tensor:
        noise = torch.randn(len(x), generator=generator, dtype=x.dtype)
        return MU[j] + slope * (x[:, other] - MU[other]) + spread * noise

    return draw


def log_density(x: Tensor) -> Tensor:
    return TARGET.log_prob(x) + 7.0  # a constant must not matter


def run(name: str, *, chains: int = 1000, steps: int = 300, seed: int = 0) -> samplers.Run:
    start = torch.full((chains, 2), 4.0, dtype=torch.float64)
    if name == "gibbs":
        return gibbs([coordinate(0), coordinate(1)], start, steps=steps, seed=seed)
    if name == "metropolis":
        return metropolis(log_density, start, steps=steps, scale=1.2, seed=seed)
    return langevin(log_density, start, steps=steps, scale=0.9, seed=seed)


names = pytest.mark.parametrize("name", ["gibbs", "metropolis", "langevin"])


@names
def test_chains_forget_their_start_and_sample_the_target(name: str) -> None:
    x = run(name).x[100:].flatten(0, 1)

    torch.testing.assert_close(x.mean(dim=0), MU, atol=0.04, rtol=0)
    torch.testing.assert_close(torch.cov(x.T), COV, atol=0.05, rtol=0)


@names
def test_same_seed_gives_the_same_chain_and_leaves_the_global_generator(name: str) -> None:
    before = torch.get_rng_state()
    one, same, other = (run(name, chains=3, steps=20, seed=s) for s in (0, 0, 1))

    assert torch.equal(torch.get_rng_state(), before)
    assert one.x.shape == (20, 3, 2)
    assert torch.equal(one.x, same.x)
    assert not torch.equal(one.x, other.x)


@names
def test_start_is_left_as_it_was(name: str) -> None:
    start = torch.zeros(2, 2, dtype=torch.float64)
    if name == "gibbs":
        gibbs([coordinate(0), coordinate(1)], start, steps=3)
    else:
        getattr(samplers, name)(log_density, start, steps=3, scale=0.5)

    assert torch.equal(start, torch.zeros(2, 2, dtype=torch.float64))


def test_metropolis_keeps_a_lopsided_distribution() -> None:
    """Mass 0.9 right of zero and 0.1 left of it: acceptance by the ratio, not by its root."""

    def two_steps(x: Tensor) -> Tensor:
        inside = (x.abs() < 1).all(dim=1)
        height = torch.where(x[:, 0] > 0, math.log(0.9), math.log(0.1)).to(x)
        return torch.where(inside, height, -math.inf)

    x = metropolis(two_steps, torch.zeros(500, 1).double() + 0.1, steps=600, scale=0.8).x
    assert (x[100:] > 0).double().mean().item() == pytest.approx(0.9, abs=0.01)


def test_accepted_share_is_that_of_the_moves_made() -> None:
    result = run("metropolis", chains=50, steps=200)
    moved = (result.x[1:] != result.x[:-1]).any(dim=-1).double().mean().item()

    assert 0.2 < result.accepted < 0.8
    assert result.accepted == pytest.approx(moved, abs=0.01)
    assert run("gibbs", chains=2, steps=2).accepted == 1


def test_unadjusted_langevin_is_too_wide_by_the_known_factor() -> None:
    """On N(0, 1) the chain is an AR(1) with variance 1 / (1 − scale² / 4)."""

    def standard(x: Tensor) -> Tensor:
        return -0.5 * x.square().sum(dim=1)

    start = torch.zeros(4000, 1, dtype=torch.float64)
    raw = langevin(standard, start, steps=150, scale=1.0, adjusted=False)
    exact = langevin(standard, start, steps=150, scale=1.0)

    assert raw.accepted == pytest.approx(1)
    assert raw.x[50:].var().item() == pytest.approx(4 / 3, abs=0.02)
    assert exact.x[50:].var().item() == pytest.approx(1, abs=0.02)


@pytest.mark.usefixtures("unchecked")
def test_gibbs_wants_one_conditional_for_each_coordinate() -> None:
    with pytest.raises(ValueError, match="expected 2"):
        gibbs([coordinate(0)], torch.zeros(1, 2), steps=1)


def ar1(rho: float, *, steps: int, chains: int) -> Tensor:
    g = Generator().manual_seed(0)
    noise = torch.randn(steps, chains, generator=g, dtype=torch.float64)
    x = noise[:1]
    rows = [x[0]]
    for row in noise[1:]:
        rows.append(rho * rows[-1] + math.sqrt(1 - rho**2) * row)

    return torch.stack(rows)


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, -0.4])
def test_autocorrelation_of_an_ar1_is_known(rho: float) -> None:
    values = 3 + 2 * ar1(rho, steps=4000, chains=50)
    lags = torch.arange(6, dtype=torch.float64)

    measured = autocorrelation(values, lags=5)
    assert measured[0].item() == 1
    torch.testing.assert_close(measured, torch.tensor(rho).double() ** lags, atol=0.02, rtol=0)
    tau = (1 + rho) / (1 - rho)
    assert autocorrelation_time(values) == pytest.approx(tau, rel=0.06)


def test_autocorrelation_is_the_plain_sum() -> None:
    values = ar1(0.7, steps=40, chains=3)
    centred = values - values.mean()
    plain = [(centred[: 40 - lag] * centred[lag:]).mean() for lag in range(40)]

    torch.testing.assert_close(autocorrelation(values, lags=39), torch.stack(plain) / plain[0])


def test_stuck_chains_count_as_memory() -> None:
    values = torch.tensor([1.0, -1.0]).expand(50, 2) + 0.01 * torch.randn(50, 2)

    assert autocorrelation(values, lags=20).min() > 0.95


@pytest.mark.usefixtures("unchecked")
def test_impossible_lags_and_constants_are_refused() -> None:
    with pytest.raises(ValueError, match="lags: expected 0 to 4"):
        autocorrelation(torch.randn(5, 1), lags=5)
    with pytest.raises(ValueError, match="constant"):
        autocorrelation(torch.ones(5, 1), lags=1)
