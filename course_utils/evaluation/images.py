"""How close is one image to another?"""

import math

from course_utils.types import Data, PerExample


def psnr(x_hat: Data, x: Data) -> PerExample:
    """Peak signal-to-noise ratio of images in [0, 1], in decibels: higher is closer.

        PSNR = −10 log₁₀ ( 1/n Σⱼ (x_hatⱼ − xⱼ)² )

    Ten decibels more are a tenth of the mean squared error. The peak is 1. The mean over a set of
    images is a mean of decibels, not the decibels of the mean error. Infinite for a perfect copy.

    Args:
        x_hat: Reconstructions, shape (batch, *event); not clipped.
        x: Images in [0, 1], same shape.

    Returns:
        Decibels per image, shape (batch,).

    Example:
        >>> import torch
        >>> psnr(torch.full((1, 4), 0.1), torch.zeros(1, 4))
        tensor([20.])
    """
    mean_squared_error = (x_hat - x).square().flatten(1).mean(dim=1)

    return -10 / math.log(10) * mean_squared_error.log()
