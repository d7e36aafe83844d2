"""A vector field over 2-D data, for a small family of settings, with particles that follow it."""

from collections.abc import Callable, Mapping, Sequence
from itertools import product

import numpy as np
import torch
import traitlets
from torch import Tensor

from course_utils.explorers.arguments import Box, box, finite, numbers, square_around
from course_utils.explorers.base import Explorer, shown
from course_utils.explorers.codes import as_bytes, evenly
from course_utils.explorers.decoding import grid
from course_utils.explorers.page import joined
from course_utils.explorers.poster import Panel, Poster
from course_utils.plotting import DATA, MODEL
from course_utils.types import Points

Setting = float | tuple[float, ...]
Field = Callable[[Points], Points] | Tensor
MOST = 60  # settings


class FieldExplorer(Explorer):
    """See where a denoiser or a score pushes points, and how noise level and penalty change it.

    Each setting's field is evaluated on an even grid here and interpolated linearly in the page.
    Settings are not interpolated: a slider stops only where there is a network.

    Args:
        fields: The field for each setting. A setting is a number, or a tuple with one number for
            each slider; all combinations are needed. A field is a function from points (n, 2) to
            vectors (n, 2), such as `lambda x: denoiser(x) - x`, or its values on the grid, shape
            (count, count, 2), rows from the bottom, points from the left.
        sliders: What the numbers of a setting are called.
        points: Data, shape (n, 2); at most 5,000 of them, evenly chosen, are drawn.
        bounds: Left, right, bottom and top; from the points when missing.
        count: Points of the grid along each side.
        setting: The setting shown first; the middle one when missing.
        vector: What an arrow is, in symbols.
        rate: Field lengths that a particle moves in a second.
        task: What to try, shown above.

    Raises:
        ValueError: An argument does not fit; the message says what was expected and what came.

    Example:
        >>> fields = {0.5: lambda x: -x / 1.25, 1.0: lambda x: -x / 2}
        >>> explorer = FieldExplorer(fields, sliders=("noise σ",), bounds=(-3, 3, -3, 3))
        >>> explorer.setting
        [1.0]
    """

    _esm = joined("field")

    setting = shown(traitlets.List(traitlets.Float()))
    """The setting shown, one number for each slider."""
    probe = shown(traitlets.List(traitlets.Float()))
    """The point whose arrow and path are shown."""
    sliders = shown(traitlets.List(traitlets.Unicode()))
    levels = shown(traitlets.List())
    fields = shown(traitlets.Bytes())
    count = shown(traitlets.Int())
    points = shown(traitlets.Bytes())
    bounds = shown(traitlets.List(traitlets.Float()))
    vector = shown(traitlets.Unicode())
    rate = shown(traitlets.Float())

    def __init__(
        self,
        fields: Mapping[Setting, Field],
        *,
        sliders: Sequence[str] = ("noise σ",),
        points: Points | None = None,
        bounds: Sequence[float] | None = None,
        count: int = 33,
        setting: Setting | None = None,
        vector: str = "r(x) − x",
        rate: float = 1.0,
        task: str = "Where do the particles gather? Predict what more noise changes, then try.",
    ) -> None:
        table = by_setting(fields, tuple(sliders))
        levels = [sorted({key[i] for key in table}) for i in range(len(sliders))]
        if not 2 <= count <= 101:
            raise ValueError(f"count: expected 2 to 101 points along each side, got {count}")
        (rate,) = numbers("rate", [rate], count=1)
        data = None if points is None else finite("points", points, shape=("n", 2)).float()
        if bounds is not None:
            bounds = box("bounds", bounds)
        else:
            bounds = (-3.0, 3.0, -3.0, 3.0) if data is None else square_around(data)
        self.tables = {
            key: on_grid(f"fields[{key}]", field, bounds, count) for key, field in table.items()
        }
        left, right, bottom, top = bounds
        middle = [values[len(values) // 2] for values in levels]
        super().__init__(
            levels=levels,
            setting=middle if setting is None else setting,
            probe=[0.4 * left + 0.6 * right, 0.35 * bottom + 0.65 * top],
            sliders=[str(name) for name in sliders],
            fields=as_bytes(torch.stack([self.tables[key] for key in product(*levels)]), "<f4"),
            count=count,
            points=as_bytes(None if data is None else evenly(data), "<f4"),
            bounds=list(bounds),
            vector=vector,
            rate=rate,
            task=task,
        )

    @traitlets.validate("setting")
    def _check_setting(self, proposal: dict) -> list[float]:
        value = proposal["value"]
        known = sorted(self.tables)
        found = tuple(value) if isinstance(value, list | tuple) else (value,)
        if found not in self.tables:
            raise ValueError(f"setting: expected one of {known[:6]}…, got {found}")
        return list(found)

    @traitlets.validate("probe")
    def _check_probe(self, proposal: dict) -> list[float]:
        return numbers("probe", proposal["value"], count=2)

    def describe(self) -> str:
        """One sentence that stands for the explorer where it cannot be seen."""
        drawn = len(self.points) // 8
        data = f" over {drawn} points of data" if drawn else ""
        ranges = ", ".join(
            f"{name} at {len(values)} levels from {values[0]:g} to {values[-1]:g}"
            for name, values in zip(self.sliders, self.levels)
        )

        return f"The vector field {self.vector}{data}, with particles that follow it; {ranges}."

    def poster(self) -> bytes:
        """Arrows on the data for the setting shown."""
        poster = Poster(420, 440)
        panel = Panel(poster, (8, 8, 404, 404), tuple(self.bounds))
        for x, y in np.frombuffer(self.points, "<f4").reshape(-1, 2).tolist():
            panel.dot(x, y, DATA + "50", radius=1.5)
        vectors = self.tables[tuple(self.setting)].reshape(-1, 2)
        nodes = grid([0.0, 0.0], self.bounds, self.count)
        step = (self.bounds[1] - self.bounds[0]) / 16
        chosen = arrows(self.count)
        lengths = vectors.norm(dim=1)
        scale = 0.9 * step / lengths[chosen].quantile(0.9).clamp(min=1e-12)
        for i in chosen.tolist():
            (x, y), (u, v) = nodes[i].tolist(), (vectors[i] * scale).tolist()
            shrink = min(1.0, step / max(1e-12, (u * u + v * v) ** 0.5))
            panel.line([(x, y), (x + u * shrink, y + v * shrink)], MODEL, width=1.25)
            panel.dot(x, y, MODEL, radius=1.4)
        words = ", ".join(f"{value:g}" for value in self.setting)
        poster.text(210, 426, f"arrows lead away from their dots; setting {words}", anchor="mm")

        return poster.png()


def arrows(count: int) -> Tensor:
    """Indices of about 17 by 17 points of the grid, evenly chosen."""
    side = torch.arange(0, count, max(1, round((count - 1) / 16)))
    return (side[:, None] * count + side).flatten()


def by_setting(
    fields: Mapping[Setting, Field], sliders: tuple[str, ...]
) -> dict[tuple[float, ...], Field]:
    """The fields with every setting as a tuple of floats.

    Raises:
        ValueError: A combination is missing, or a setting has another length than `sliders`.
    """
    if not isinstance(fields, Mapping) or not 1 <= len(fields) <= MOST:
        count = len(fields) if isinstance(fields, Mapping) else type(fields).__name__
        raise ValueError(f"fields: expected a mapping of 1 to {MOST} settings, got {count}")
    table = {
        tuple(
            numbers("fields", key if isinstance(key, tuple) else [key], count=len(sliders))
        ): field
        for key, field in fields.items()
    }
    levels = [sorted({key[i] for key in table}) for i in range(len(sliders))]
    missing = [key for key in product(*levels) if key not in table]
    if missing:
        raise ValueError(
            f"fields: expected every combination of settings, got none for {missing[0]}"
        )

    return table


def on_grid(name: str, field: Field, bounds: Box, count: int) -> Tensor:
    """A field's vectors on the grid, shape (count, count, 2).

    Raises:
        ValueError: The values have another shape, or are not finite.
    """
    if isinstance(field, Tensor):
        return finite(name, field, shape=(count, count, 2)).float()
    if not callable(field):
        raise ValueError(f"{name}: expected a function or a tensor, got {type(field).__name__}")
    with torch.no_grad():
        values = field(grid([0.0, 0.0], bounds, count))

    return finite(name, values, shape=(count * count, 2)).float().reshape(count, count, 2)
