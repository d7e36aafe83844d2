"""How close is a restored image to the clean one, pixel by pixel?"""

from course_utils.types import Data, PerExample


def psnr(x_hat: Data, x: Data) -> PerExample:
    """Peak signal-to-noise ratio in decibels, for values in [0, 1].

        10 log₁₀( 1 / mean((x − x_hat)²) )

    Each factor of ten in the mean squared error is 10 dB; a perfect copy has infinitely many.

    Args:
        x_hat: Restored images, shape (batch, *event).
        x: Clean images, same shape.

    Returns:
        One number per image, shape (batch,), in dB.
    """
    return -10 * (x_hat - x).square().flatten(1).mean(dim=1).log10()
