"""Two or more decoders looked at through the same latent point, side by side."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import nn

from course_utils.explorers.codes import PLANE, as_codes
from course_utils.explorers.decoding import Eye, Where
from course_utils.explorers.page import joined
from course_utils.explorers.plane import PlaneExplorer
from course_utils.explorers.poster import Poster
from course_utils.types import Labels, Latent


class CompareExplorer(PlaneExplorer):
    """Move one point, and see what each of several decoders makes of it.

    All planes have the same bounds: what is compared is drawn to the same scale.

    Args:
        decoders: Two to four decoders by name, each as for `LatentExplorer`.
        points: Codes of data for each name, shape (n, latent); the same data in the same order.
        labels: Class of each point, shape (n,).
        bounds: Left, right, bottom and top of every plane; when missing, the smallest square that
            holds the codes of one decoder.
        where: 'browser', 'kernel', or 'auto' for the first of them that works.
        names: Names of the classes; their numbers when missing.
        latent: Size of z where there are no points.
        z: Where to begin; at the most central point when missing.
        shape: (channel, height, width) where a decoder's output does not say.
        value_range: The decoders' values drawn as 0 and 1.
        dtype: Type in which weights travel, `torch.float16` or `torch.float32`.
        task: What to try, shown above.

    Raises:
        ValueError: An argument does not fit; the message says what was expected and what came.

    Example:
        >>> def decoder():
        ...     return nn.Sequential(nn.Linear(2, 784), nn.Sigmoid())
        >>> explorer = CompareExplorer({"AE": decoder(), "VAE": decoder()})
        >>> sorted(explorer.images)
        ['AE', 'VAE']
    """

    _esm = joined("compare")

    def __init__(
        self,
        decoders: Mapping[str, nn.Module | Callable],
        *,
        points: Mapping[str, Latent] | None = None,
        labels: Labels | None = None,
        bounds: Sequence[float] | None = None,
        where: Where = "auto",
        names: Sequence[str] | None = None,
        latent: int = PLANE,
        z: Sequence[float] | None = None,
        shape: tuple[int, int, int] | None = None,
        value_range: tuple[float, float] = (0.0, 1.0),
        dtype: torch.dtype = torch.float16,
        task: str = "Drag the point. Where does one decoder give digits and the other does not?",
    ) -> None:
        if not isinstance(decoders, Mapping) or not 2 <= len(decoders) <= 4:
            count = len(decoders) if isinstance(decoders, Mapping) else type(decoders).__name__
            raise ValueError(f"decoders: expected two to four by name, got {count}")
        if points is not None and set(points) != set(decoders):
            raise ValueError(f"points: expected codes for {sorted(decoders)}, got {sorted(points)}")
        if labels is not None and points is None:
            raise ValueError("labels: expected points with them, got none")

        codes = {name: as_codes(f"points[{name!r}]", points[name]) for name in decoders if points}
        shapes = {tuple(rows.shape) for rows in codes.values()}
        if len(shapes) > 1:
            raise ValueError(f"points: expected one shape for all decoders, got {sorted(shapes)}")
        latent = next(iter(shapes))[1] if shapes else latent
        eyes = {
            name: Eye(
                decoder,
                latent=latent,
                where=where,
                dtype=dtype,
                shape=shape,
                value_range=value_range,
            )
            for name, decoder in decoders.items()
        }
        super().__init__(
            eyes,
            points=codes,
            latent=latent,
            labels=labels,
            bounds=bounds,
            names=names,
            z=z,
            task=task,
        )

    @property
    def images(self) -> dict[str, np.ndarray]:
        """Each decoder's image at z as uint8, shape (height, width, channel)."""
        z = torch.tensor([self.z])
        return {name: eye.decode(z)[0] for name, eye in self.eyes.items()}

    def describe(self) -> str:
        """One sentence that stands for the explorer where it cannot be seen."""
        codes = f" with {self.drawn} codes of data each" if self.drawn else ""
        names = " and ".join(self.eyes)

        return (
            f"Comparison of {len(self.eyes)} decoders, {names}: their latent planes{codes} side by "
            f"side, and what each decodes at one common point of {len(self.z)} latents."
        )

    def poster(self) -> bytes:
        """For each decoder its codes, and below them images decoded over an even grid."""
        wide = 300
        poster = Poster(len(self.eyes) * (wide + 16) + 8, 2 * wide + 50)
        for i, (name, eye) in enumerate(self.eyes.items()):
            left = 12 + i * (wide + 16)
            poster.text(left, 14, name)
            self.draw_plane(poster, (left, 28, wide, wide), i)
            self.draw_tiles(poster, (left, wide + 40, wide), eye)

        return poster.png()
