"""A latent plane under the pointer, and beside it the image that each of its points decodes to."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from course_utils.explorers.codes import PLANE, as_codes
from course_utils.explorers.decoding import Eye, Where
from course_utils.explorers.page import joined
from course_utils.explorers.plane import PlaneExplorer
from course_utils.explorers.poster import Poster
from course_utils.types import Labels, Latent


class LatentExplorer(PlaneExplorer):
    """Move over the latent plane and see what every point decodes to.

    The decoder's weights travel to the page where its layers allow it (see `program`), and every
    picture is computed there; otherwise the kernel decodes at most ten times a second, and an
    exported page shows an atlas of images blended between its points. The explorer keeps a copy of
    the decoder: training on changes nothing in it.

    Args:
        decoder: Maps z of shape (batch, latent) to images with values in [0, 1]: grey square ones
            as rows, or (batch, channel, height, width). A decoder of logits is given as
            `nn.Sequential(decoder, nn.Sigmoid())`. A function works too, in the kernel, and may
            return a distribution, whose mean is shown.
        points: Codes of data, shape (n, latent); at most 5,000 of them, evenly chosen, are drawn.
        labels: Class of each point, shape (n,).
        bounds: Left, right, bottom and top of the plane; from the points when missing.
        where: 'browser', 'kernel', or 'auto' for the first of them that works.
        names: Names of the classes; their numbers when missing.
        latent: Size of z where there are no points.
        z: Where to begin; at the most central point when missing.
        shape: (channel, height, width) where the decoder's output does not say.
        value_range: The decoder's values drawn as 0 and 1, such as (-1, 1) behind a tanh.
        dtype: Type in which weights travel, `torch.float16` or `torch.float32`.
        task: What to try, shown above.

    Raises:
        ValueError: An argument does not fit; the message says what was expected and what came.

    Example:
        >>> decoder = nn.Sequential(nn.Linear(2, 784), nn.Sigmoid())
        >>> explorer = LatentExplorer(decoder)
        >>> explorer.z = [1.0, -0.5]
        >>> explorer.image.shape
        (28, 28)
    """

    _esm = joined("latent")

    def __init__(
        self,
        decoder: nn.Module | Callable,
        *,
        points: Latent | None = None,
        labels: Labels | None = None,
        bounds: Sequence[float] | None = None,
        where: Where = "auto",
        names: Sequence[str] | None = None,
        latent: int = PLANE,
        z: Sequence[float] | None = None,
        shape: tuple[int, int, int] | None = None,
        value_range: tuple[float, float] = (0.0, 1.0),
        dtype: torch.dtype = torch.float16,
        task: str = "Drag the point through the plane. Where do digits turn into other digits?",
    ) -> None:
        codes = {}
        if points is not None:
            codes["decoder"] = as_codes("points", points)
            latent = codes["decoder"].shape[1]
        if labels is not None and points is None:
            raise ValueError("labels: expected points with them, got none")
        eye = Eye(
            decoder, latent=latent, where=where, dtype=dtype, shape=shape, value_range=value_range
        )
        super().__init__(
            {"decoder": eye},
            points=codes,
            latent=latent,
            labels=labels,
            bounds=bounds,
            names=names,
            z=z,
            task=task,
        )

    @property
    def where(self) -> str:
        """Where pictures are decoded: 'browser' or 'kernel'."""
        return "kernel" if self.eyes["decoder"].program is None else "browser"

    @property
    def image(self) -> np.ndarray:
        """The image at z as uint8, (height, width) if grey and (height, width, 3) otherwise."""
        image = self.eyes["decoder"].decode(torch.tensor([self.z]))[0]
        return image[..., 0] if image.shape[2] == 1 else image

    def describe(self) -> str:
        """One sentence that stands for the explorer where it cannot be seen."""
        channels, height, width = self.eyes["decoder"].shape
        kind = "colour" if channels == 3 else "grey"
        codes = f"{self.drawn} codes"
        if self.names:
            codes += f" in {len(self.names)} classes"

        return (
            f"Latent explorer: {codes if self.drawn else 'a plane of codes'}, {len(self.z)} "
            f"latents, and the {kind} {height}x{width} image that the point in it decodes to."
        )

    def poster(self) -> bytes:
        """The plane with its codes, and images decoded over an even grid of it."""
        poster = Poster(640, 340)
        self.draw_plane(poster, (8, 8, 300, 300))
        self.draw_tiles(poster, (332, 8, 300), self.eyes["decoder"])
        poster.text(158, 324, "codes in the latent plane", anchor="mm")
        poster.text(482, 324, "images decoded over that plane", anchor="mm")

        return poster.png()
