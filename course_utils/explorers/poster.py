"""The still picture of an explorer, drawn with Pillow alone: the same input gives the same bytes.

A `Poster` has axes in data units and is drawn three times as large as it is stored, which makes
its lines smooth.
"""

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from course_utils.explorers.arguments import Box

INK, FAINT, SOFT, PAPER = "#1f2328", "#d8dce1", "#5c6570", "#ffffff"
FINE = 3  # drawn larger by this factor, then averaged
Line = Sequence[tuple[float, float]]


class Poster:
    """A white sheet on which panels are drawn.

    Args:
        width: Width in pixels.
        height: Height in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self.image = Image.new("RGB", (width * FINE, height * FINE), PAPER)
        self.draw = ImageDraw.Draw(self.image, "RGBA")

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        colour: str = INK,
        size: int = 13,
        anchor: str = "lm",
    ) -> None:
        """Write at a pixel; `anchor` as in Pillow, 'lm' is left and middle."""
        font = ImageFont.load_default(size * FINE)
        self.draw.text((x * FINE, y * FINE), words, fill=colour, font=font, anchor=anchor)

    def picture(self, x: int, y: int, pixels: np.ndarray, size: int) -> None:
        """Paste an image (height, width, 3) of uint8, with crisp pixels, `size` pixels wide."""
        tile = Image.fromarray(pixels)
        tall = round(size * FINE * tile.height / tile.width)
        self.image.paste(
            tile.resize((size * FINE, tall), Image.Resampling.NEAREST), (x * FINE, y * FINE)
        )
        self.draw.rectangle(
            (x * FINE, y * FINE, (x + size) * FINE, y * FINE + tall), outline=FAINT, width=FINE
        )

    def png(self) -> bytes:
        """The sheet as PNG."""
        size = (self.image.width // FINE, self.image.height // FINE)
        buffer = BytesIO()
        small = self.image.resize(size, Image.Resampling.BOX)
        small.quantize(128, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(
            buffer, "PNG", optimize=True
        )

        return buffer.getvalue()


class Panel:
    """A framed part of a poster with its own coordinates.

    Args:
        poster: The sheet.
        place: Left, top, width and height in pixels.
        bounds: Left, right, bottom and top in data units.
    """

    def __init__(self, poster: Poster, place: tuple[int, int, int, int], bounds: Box) -> None:
        self.poster, self.place, self.bounds = poster, place, bounds
        left, top, width, height = (FINE * length for length in place)
        corners = (left, top, left + width, top + height)
        poster.draw.rectangle(corners, outline=FAINT, width=FINE)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Data units to fine pixels."""
        left, top, width, height = self.place
        low, high, bottom, ceiling = self.bounds
        across, up = (x - low) / (high - low), (y - bottom) / (ceiling - bottom)

        return (left + across * width) * FINE, (top + (1 - up) * height) * FINE

    def line(self, points: Line, colour: str, *, width: float = 2, dashed: bool = False) -> None:
        """A line through points; dashed ones skip every second stretch of four points."""
        path = [self.at(x, y) for x, y in points]
        for i, (start, stop) in enumerate(pairwise(path)):
            if not (dashed and i // 4 % 2):
                self.poster.draw.line((start, stop), fill=colour, width=round(width * FINE))

    def area(self, points: Line, colour: str, *, base: float = 0.0) -> None:
        """The area between a line and a level; `colour` as #rrggbbaa."""
        path = [points[0], *points, points[-1]]
        path[0], path[-1] = (path[0][0], base), (path[-1][0], base)
        self.poster.draw.polygon([self.at(x, y) for x, y in path], fill=colour)

    def dot(self, x: float, y: float, colour: str, *, radius: float = 2) -> None:
        """A small disc, left out where it would leave the panel."""
        low, high, bottom, top = self.bounds
        if low <= x <= high and bottom <= y <= top:
            across, down = self.at(x, y)
            r = radius * FINE
            self.poster.draw.ellipse((across - r, down - r, across + r, down + r), fill=colour)

    def label(self, x: float, y: float, words: str, colour: str) -> None:
        """Words on a white tag with a coloured rim."""
        across, down = self.at(x, y)
        font = ImageFont.load_default(12 * FINE)
        left, top, right, bottom = self.poster.draw.textbbox(
            (across, down), words, font=font, anchor="mm"
        )
        tag = (left - 12, top - 9, right + 12, bottom + 9)
        self.poster.draw.rounded_rectangle(tag, radius=9, fill="#fffffff0", outline=colour, width=4)
        self.poster.draw.text((across, down), words, fill=INK, font=font, anchor="mm")
