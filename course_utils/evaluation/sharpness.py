"""How sharp is an image? The strength of its edges."""

import torch
import torch.nn.functional as F

from course_utils.types import Images, PerExample

LAPLACIAN = ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0))


def laplacian_sharpness(x: Images) -> PerExample:
    """The variance of the Laplacian: large where grey values change abruptly, 0 for a flat image.

        Var_pixels( x_up + x_down + x_left + x_right − 4 x )

    Blur lowers it, and so it measures blur. But noise raises it: compare images of one kind.

    Args:
        x: Images in [0, 1], shape (batch, channel, height, width); channels are averaged first.

    Returns:
        One number per image, shape (batch,).

    Source:
        Pech-Pacheco et al. (2000), "Diatom autofocusing in brightfield microscopy", ICPR.
        https://doi.org/10.1109/ICPR.2000.903548
    """
    grey = x.mean(dim=1, keepdim=True)
    kernel = torch.tensor(LAPLACIAN, dtype=x.dtype, device=x.device)[None, None]

    return F.conv2d(grey, kernel).flatten(1).var(dim=1, correction=0)
