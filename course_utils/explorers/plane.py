"""The common part of the explorers of a latent plane: decoders over one point, and a path."""

from collections.abc import Sequence

import numpy as np
import torch
import traitlets
from torch import Tensor

from course_utils.explorers.arguments import classes, numbers
from course_utils.explorers.base import Explorer, shown
from course_utils.explorers.codes import (
    PLANE,
    as_bytes,
    central,
    class_names,
    evenly,
    latent_ranges,
    plane_bounds,
)
from course_utils.explorers.decoding import ATLAS, Eye, grid
from course_utils.explorers.poster import Panel, Poster
from course_utils.plotting import CLASSES, PRIOR
from course_utils.types import Labels

STRIP = 9  # images along a path
TILES = 9  # images along each side of the poster


class PlaneExplorer(Explorer):
    """Decoders over one latent point: the common part of the explorers of latent planes."""

    z = shown(traitlets.List(traitlets.Float()))
    """The point looked at, one number per latent."""
    bounds = shown(traitlets.List(traitlets.Float()))
    ranges = shown(traitlets.List())
    decoders = shown(traitlets.List())
    labels = shown(traitlets.Bytes())
    names = shown(traitlets.List(traitlets.Unicode()))
    path = shown(traitlets.List())
    """The two ends of the path, each with one number per latent; empty without a path."""
    frames = traitlets.List().tag(sync=True)
    strips = traitlets.List().tag(sync=True)

    def __init__(
        self,
        eyes: dict[str, Eye],
        *,
        points: dict[str, Tensor],
        latent: int,
        labels: Labels | None,
        bounds: Sequence[float] | None,
        names: Sequence[str] | None,
        z: Sequence[float] | None,
        task: str,
    ) -> None:
        self.eyes = eyes
        together = torch.cat(list(points.values())) if points else torch.zeros(0, latent)
        plane = plane_bounds(list(points.values()), bounds)
        labels = classes(labels, count=len(next(iter(points.values()), together)))
        names = class_names(names, labels)
        start = numbers("z", central(together) if z is None else z, count=latent)
        for eye in eyes.values():
            eye.check_range(torch.cat([grid(start, plane, 2), torch.tensor([start])]))

        chosen = {name: evenly(codes[:, :PLANE]) for name, codes in points.items()}
        super().__init__(
            z=start,
            bounds=list(plane),
            ranges=latent_ranges(together, plane, latent),
            decoders=[
                {"name": name, **eye.page(), "points": as_bytes(chosen.get(name), "<f4")}
                for name, eye in eyes.items()
            ],
            labels=as_bytes(evenly(torch.tensor(labels)) if labels else None, "<u2"),
            names=names,
            task=task,
        )
        if any(eye.program is None for eye in eyes.values()):
            self.observe(self._decode_point, "z")
            self.observe(self._decode_path, "path")
            self._decode_point()

    @property
    def drawn(self) -> int:
        """Codes of the first decoder that are drawn."""
        return len(self.decoders[0]["points"]) // (4 * PLANE)

    @traitlets.validate("z")
    def _check_z(self, proposal: dict) -> list[float]:
        return numbers("z", proposal["value"], count=len(self.ranges) or len(proposal["value"]))

    @traitlets.validate("path")
    def _check_path(self, proposal: dict) -> list[list[float]]:
        ends = list(proposal["value"])
        if len(ends) not in (0, 2):
            raise ValueError(f"path: expected two points or none, got {len(ends)}")

        return [numbers("path", end, count=len(self.ranges)) for end in ends]

    def _decode_point(self, _change: object = None) -> None:
        z = torch.tensor([self.z])
        self.frames = [
            b"" if eye.program else eye.decode(z).tobytes() for eye in self.eyes.values()
        ]

    def _decode_path(self, _change: object = None) -> None:
        if not self.path:
            return
        start, stop = torch.tensor(self.path)
        z = torch.lerp(start, stop, torch.linspace(0, 1, STRIP)[:, None])
        self.strips = [
            b"" if eye.program else eye.decode(z).tobytes() for eye in self.eyes.values()
        ]

    def page_state(self) -> dict:
        """As for every explorer; a decoder that no page can run goes as an atlas of images."""
        state = super().page_state()
        state["decoders"] = [
            page
            if page["steps"]
            else page | {"atlas": eye.atlas(self.z, self.bounds), "side": ATLAS}
            for page, eye in zip(self.decoders, self.eyes.values())
        ]

        return state

    def draw_plane(self, poster: Poster, place: tuple[int, int, int, int], index: int = 0) -> None:
        """The codes of one decoder on the poster, each class with its name."""
        panel = Panel(poster, place, tuple(self.bounds))
        points = np.frombuffer(self.decoders[index]["points"], "<f4").reshape(-1, PLANE)
        labels = np.frombuffer(self.labels, "<u2")
        for i, (x, y) in enumerate(points.tolist()):
            panel.dot(x, y, CLASSES[labels[i] % 10] + "80" if len(labels) else PRIOR + "80")
        left, right, bottom, top = self.bounds
        inside = (points >= (left, bottom)).all(axis=1) & (points <= (right, top)).all(axis=1)
        for label in np.unique(labels[inside[: len(labels)]]).tolist():
            x, y = np.median(points[inside & (labels == label)], axis=0).tolist()
            panel.label(x, y, self.names[label], CLASSES[label % 10])

    def draw_tiles(self, poster: Poster, place: tuple[int, int, int], eye: Eye) -> None:
        """Images decoded over the plane; one channel as ink on paper."""
        left, top, size = place
        count = TILES if eye.shape[2] <= 32 else TILES - 3
        images = eye.decode(grid(self.z, self.bounds, count))
        images = 255 - images.repeat(3, axis=3) if images.shape[3] == 1 else images
        _, height, width, _ = images.shape
        rows = images.reshape(count, count, height, width, 3)[::-1].transpose(0, 2, 1, 3, 4)
        poster.picture(left, top, rows.reshape(count * height, count * width, 3), size)
