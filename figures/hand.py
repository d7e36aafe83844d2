"""The hand in which all diagrams are drawn: boxes, layers, nodes, plates and arrows.

Coordinates are in units of the drawing, one unit about a centimetre; the origin is below left.
"""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, Polygon, Rectangle

from course_utils import plotting

INK = plotting.DATA
MODEL = plotting.MODEL
FAKE = plotting.FAKE
PRIOR = plotting.PRIOR
PAPER = "#FFFFFF"
UNIT = 0.5  # inches
SIZE = 10  # points


def sheet(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty drawing of so many units."""
    plotting.use_style()
    fig = plt.figure(figsize=(width * UNIT, height * UNIT), layout="none")
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    ax.axis("off")

    return fig, ax


def box(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    *,
    width: float = 1.6,
    height: float = 0.9,
    color: str = INK,
    fill: str = PAPER,
    size: float = SIZE,
) -> None:
    """A rounded box with its centre at (x, y)."""
    patch = FancyBboxPatch(
        (x - width / 2, y - height / 2),
        width,
        height,
        boxstyle="round,pad=0,rounding_size=0.15",
        edgecolor=color,
        facecolor=fill,
        linewidth=1.4,
    )
    ax.add_patch(patch)
    ax.text(x, y, text, ha="center", va="center", fontsize=size, color=color)


def funnel(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    *,
    width: float = 1.4,
    left: float = 2.0,
    right: float = 1.0,
    color: str = MODEL,
    size: float = SIZE,
) -> None:
    """A network that narrows or widens: a trapezium from height `left` to height `right`."""
    corners = [
        (x - width / 2, y - left / 2),
        (x - width / 2, y + left / 2),
        (x + width / 2, y + right / 2),
        (x + width / 2, y - right / 2),
    ]
    ax.add_patch(
        Polygon(
            corners,
            closed=True,
            edgecolor=color,
            facecolor="#E6F1F8" if color == MODEL else "#FBEEE2",
            linewidth=1.4,
        )
    )
    ax.text(x, y, text, ha="center", va="center", fontsize=size, color=INK)


def layer(
    ax: Axes,
    x: float,
    y: float,
    *,
    width: float = 0.35,
    height: float = 2.0,
    color: str = INK,
    fill: str = PAPER,
) -> None:
    """A layer of units: a tall rectangle with its centre at (x, y)."""
    corner = (x - width / 2, y - height / 2)
    ax.add_patch(Rectangle(corner, width, height, edgecolor=color, facecolor=fill, linewidth=1.4))


def node(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    *,
    radius: float = 0.45,
    observed: bool = False,
    color: str = INK,
    size: float = SIZE + 1,
) -> None:
    """A random variable: a circle, grey where it is observed."""
    fill = "#D9D9D9" if observed else PAPER
    ax.add_patch(Circle((x, y), radius, edgecolor=color, facecolor=fill, linewidth=1.4))
    ax.text(x, y, text, ha="center", va="center", fontsize=size, color=color)


def plate(ax: Axes, x: float, y: float, width: float, height: float, text: str) -> None:
    """A plate around what is repeated; (x, y) is its corner below left."""
    ax.add_patch(
        FancyBboxPatch(
            (x, y),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=0.15",
            edgecolor=PRIOR,
            facecolor="none",
            linewidth=1.2,
        )
    )
    ax.text(x + width - 0.15, y + 0.12, text, ha="right", va="bottom", fontsize=SIZE - 1)


def arrow(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    *,
    color: str = INK,
    dashed: bool = False,
    bend: float = 0.0,
    both: bool = False,
) -> None:
    """An arrow from point to point, dashed for what is only inferred or copied."""
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="<|-|>" if both else "-|>",
            mutation_scale=11,
            linewidth=1.4,
            color=color,
            linestyle="--" if dashed else "-",
            shrinkA=0,
            shrinkB=0,
            connectionstyle=f"arc3,rad={bend}",
        )
    )


def label(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    *,
    color: str = INK,
    size: float = SIZE,
    ha: str = "center",
    va: str = "center",
) -> None:
    """Words at (x, y)."""
    ax.text(x, y, text, ha=ha, va=va, fontsize=size, color=color)
