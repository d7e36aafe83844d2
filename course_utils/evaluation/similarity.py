"""How alike are two images, window by window? Structural similarity."""

import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.types import Images, PerExample

WINDOW, WIDTH = 11, 1.5  # pixels along a side, standard deviation of the weights
C1, C2 = 0.01**2, 0.03**2  # keep the two fractions finite where an image is flat


def ssim(x_hat: Images, x: Images) -> PerExample:
    """Structural similarity of two images in [0, 1]: 1 for equal images, near 0 for unrelated ones.

        mean over windows of  (2 μ μ' + c₁)(2 σ_xx' + c₂) / ((μ² + μ'² + c₁)(σ² + σ'² + c₂))

    Means, variances and the covariance are taken in windows of 11 by 11 pixels with Gaussian
    weights of standard deviation 1.5; only windows that lie inside the image count.

    Args:
        x_hat: Images, shape (batch, channel, height, width), at least 11 pixels along each side.
        x: The images to compare with, same shape.

    Returns:
        One number per image in [-1, 1], shape (batch,), the mean over windows and channels.

    Raises:
        ValueError: The images are smaller than a window.

    Source:
        Wang, Bovik, Sheikh & Simoncelli (2004), "Image quality assessment: from error visibility to
        structural similarity", eq. 13. https://doi.org/10.1109/TIP.2003.819861
    """
    if min(x.shape[2:]) < WINDOW:
        raise ValueError(f"x: expected at least {WINDOW} pixels a side, got {tuple(x.shape[2:])}")

    mu_hat, mu = smooth(x_hat), smooth(x)
    variance_hat = smooth(x_hat * x_hat) - mu_hat * mu_hat
    variance = smooth(x * x) - mu * mu
    covariance = smooth(x_hat * x) - mu_hat * mu
    light = (2 * mu_hat * mu + C1) / (mu_hat.square() + mu.square() + C1)
    structure = (2 * covariance + C2) / (variance_hat + variance + C2)

    return (light * structure).flatten(1).mean(dim=1)


def smooth(x: Images) -> Tensor:
    """The Gaussian mean of every window that lies inside the image."""
    offset = torch.arange(WINDOW, dtype=x.dtype, device=x.device) - WINDOW // 2
    weights = (-0.5 * (offset / WIDTH).square()).exp()
    weights = weights / weights.sum()
    planes = x.flatten(0, 1)[:, None]
    rows = F.conv2d(planes, weights[None, None, :, None])
    windows = F.conv2d(rows, weights[None, None, None, :])

    return windows.reshape(*x.shape[:2], *windows.shape[2:])
