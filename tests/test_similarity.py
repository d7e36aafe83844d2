"""PSNR and SSIM against the formulas written out window by window in numpy."""

import math

import numpy as np
import pytest
import torch

from course_utils.evaluation import psnr, ssim


def pair(channels: int = 1, height: int = 16, width: int = 19) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(0)
    x = torch.rand(3, channels, height, width, generator=g, dtype=torch.float64)
    noise = torch.rand(x.shape, generator=g, dtype=torch.float64)
    return 0.7 * x + 0.3 * noise, x


def ssim_by_windows(a: np.ndarray, b: np.ndarray) -> float:
    """Equation 13 of Wang et al. for one grey image, a window at a time."""
    axis = np.arange(11) - 5
    weights = np.exp(-(axis[:, None] ** 2 + axis[None, :] ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    values = []
    for top in range(a.shape[0] - 10):
        for left in range(a.shape[1] - 10):
            p, q = (image[top : top + 11, left : left + 11] for image in (a, b))
            mean_p, mean_q = (weights * p).sum(), (weights * q).sum()
            var_p = (weights * (p - mean_p) ** 2).sum()
            var_q = (weights * (q - mean_q) ** 2).sum()
            cov = (weights * (p - mean_p) * (q - mean_q)).sum()
            light = (2 * mean_p * mean_q + 1e-4) / (mean_p**2 + mean_q**2 + 1e-4)
            values.append(light * (2 * cov + 9e-4) / (var_p + var_q + 9e-4))
    return float(np.mean(values))


@pytest.mark.parametrize("channels", [1, 3])
def test_ssim_is_the_mean_over_windows_of_its_formula(channels: int) -> None:
    x_hat, x = pair(channels)
    expected = [
        np.mean([ssim_by_windows(a, b) for a, b in zip(p.numpy(), q.numpy(), strict=True)])
        for p, q in zip(x_hat, x, strict=True)
    ]

    torch.testing.assert_close(ssim(x_hat, x), torch.tensor(expected, dtype=torch.float64))


def test_ssim_of_equal_images_is_one_and_of_inverted_ones_negative() -> None:
    _, x = pair()

    torch.testing.assert_close(ssim(x, x), torch.ones(3, dtype=torch.float64))
    assert (ssim(1 - x, x) < 0).all()


def test_ssim_is_symmetric_and_blind_to_no_shift_of_the_mean() -> None:
    x_hat, x = pair()

    torch.testing.assert_close(ssim(x_hat, x), ssim(x, x_hat))
    assert (ssim(x + 0.3, x) < 0.95).all()


def test_ssim_refuses_images_smaller_than_a_window() -> None:
    x_hat, x = pair()

    with pytest.raises(ValueError, match="at least 11 pixels a side"):
        ssim(x_hat[:, :, :10], x[:, :, :10])


def test_psnr_is_ten_decibels_for_each_factor_of_ten() -> None:
    x = torch.rand(4, 1, 5, 5, dtype=torch.float64)

    for error in (1.0, 0.1, 0.01):
        expected = torch.full((4,), -20 * math.log10(error), dtype=torch.float64)
        torch.testing.assert_close(psnr(x + error, x), expected)


def test_psnr_looks_at_each_image_alone() -> None:
    x = torch.zeros(2, 3, 4, 4)
    x_hat = x.clone()
    x_hat[1, 0, 0, 0] = 1.0

    assert psnr(x_hat, x)[0] == math.inf
    torch.testing.assert_close(psnr(x_hat, x)[1], torch.tensor(10 * math.log10(48.0)))
