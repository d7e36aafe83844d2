"""Shrinkage, corruptions, the best denoiser of a known density, and PSNR."""

import math

import pytest
import torch
from torch import Tensor

from course_utils.distributions import gaussian_mixture
from course_utils.evaluation import psnr
from course_utils.objectives import masking_noise, mixture_denoiser, soft_threshold

WEIGHTS = torch.tensor([0.5, 0.3, 0.2], dtype=torch.float64)
MEANS = torch.tensor([[-1.0, 0.5], [2.0, 0.0], [0.3, -1.5]], dtype=torch.float64)
SCALES = torch.tensor([0.4, 0.9, 0.2], dtype=torch.float64)


def points(n: int = 20) -> Tensor:
    return 1.5 * torch.randn(n, 2, dtype=torch.float64)


@pytest.mark.parametrize("sigma", [0.1, 0.7, 3.0])
def test_best_denoiser_moves_by_the_noise_variance_times_the_noisy_score(sigma: float) -> None:
    x = points().requires_grad_()
    noisy = gaussian_mixture(WEIGHTS, MEANS, (SCALES.square() + sigma**2).sqrt())
    (score,) = torch.autograd.grad(noisy.log_prob(x).sum(), x)

    moved = mixture_denoiser(x.detach(), WEIGHTS, MEANS, SCALES, sigma) - x.detach()

    torch.testing.assert_close(moved, sigma**2 * score)


def test_best_denoiser_is_the_posterior_mean_by_quadrature() -> None:
    line = torch.linspace(-8, 8, 641, dtype=torch.float64)
    x = torch.cartesian_prod(line, line)
    prior = gaussian_mixture(WEIGHTS, MEANS, SCALES).log_prob(x)

    for x_noisy in points(3):
        joint = prior - (x - x_noisy).square().sum(dim=1) / (2 * 0.6**2)
        expected = (joint.softmax(dim=0)[:, None] * x).sum(dim=0)
        found = mixture_denoiser(x_noisy[None], WEIGHTS, MEANS, SCALES, 0.6)[0]
        torch.testing.assert_close(found, expected)


def test_best_denoiser_leaves_clean_points_alone_and_is_finite_far_out() -> None:
    x = points()

    torch.testing.assert_close(mixture_denoiser(x, WEIGHTS, MEANS, SCALES, 0.0), x)
    assert mixture_denoiser(1e3 * x, WEIGHTS, MEANS, SCALES, 0.3).isfinite().all()


def test_masking_noise_keeps_or_clears() -> None:
    x = torch.rand(200, 3, 20) + 1
    generator = torch.Generator().manual_seed(0)
    seen = masking_noise(x, 0.3, generator=generator)

    assert ((seen == 0) | (seen == x)).all()
    assert (seen == 0).float().mean().item() == pytest.approx(0.3, abs=0.02)
    assert torch.equal(masking_noise(x, 0.0), x)
    assert not masking_noise(x, 1.0).any()


def test_masking_noise_repeats_with_its_generator() -> None:
    x = torch.ones(5, 7)
    first, second = (
        masking_noise(x, 0.5, generator=torch.Generator().manual_seed(4)) for _ in range(2)
    )

    assert torch.equal(first, second)


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_masking_noise_wants_a_share(share: float) -> None:
    with pytest.raises(ValueError, match="share: expected a number in"):
        masking_noise(torch.ones(1, 2), share)


def test_psnr_is_per_image_with_peak_one() -> None:
    x = torch.rand(3, 1, 8, 8, dtype=torch.float64)
    errors = torch.tensor([0.1, 0.01, 0.4], dtype=torch.float64)
    expected = torch.tensor([20.0, 40.0, -20 * math.log10(0.4)], dtype=torch.float64)

    torch.testing.assert_close(psnr(x + errors[:, None, None, None], x), expected)


def test_psnr_of_uneven_errors_is_ten_log_ten_of_one_over_their_mean_square() -> None:
    x, x_hat = torch.rand(4, 30), torch.rand(4, 30)
    for i in range(4):
        mse = sum((a - b) ** 2 for a, b in zip(x[i].tolist(), x_hat[i].tolist(), strict=True)) / 30
        assert psnr(x_hat, x)[i].item() == pytest.approx(10 * math.log10(1 / mse), abs=1e-4)


def test_psnr_of_a_perfect_copy_is_infinite() -> None:
    x = torch.rand(1, 9)

    assert psnr(x, x).item() == math.inf


@pytest.mark.parametrize("lam", [0.0, 0.5, 2.0])
def test_soft_threshold_is_the_minimum_on_a_fine_grid(lam: float) -> None:
    codes = torch.linspace(-4, 4, 8001, dtype=torch.float64)
    a = torch.linspace(-3, 3, 25, dtype=torch.float64)

    losses = (a[:, None] - codes).square() + lam * codes.abs()
    found = soft_threshold(a[:, None], lam)[:, 0]
    torch.testing.assert_close(found, codes[losses.argmin(dim=1)], atol=1e-3, rtol=0)
