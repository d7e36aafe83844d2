"""Figures in one hand: roles instead of colour cycles, and a description for each picture.

A plot function takes the axes first and returns nothing. `show` ends every plotting cell.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import torch
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from course_utils.types import Data, Labels, LogDensity, Points, RawData

DATA = "#000000"
MODEL = "#0072B2"
FAKE = "#D55E00"  # a second model, or samples of a generator
PRIOR = "#8C8C8C"  # prior or noise
FIFTH = "#7A21DD"
CLASSES = (
    "#332288",
    "#88CCEE",
    "#44AA99",
    "#117733",
    "#999933",
    "#B8860B",
    "#CC6677",
    "#882255",
    "#AA4499",
    "#666666",
)  # ten classes; labels in the plot say which is which

ALT_LENGTHS = range(30, 251)


def use_style() -> None:
    """Draw everything from here on in the style of the course."""
    plt.style.use("course_utils.course")


def show(fig: Figure, *, alt: str) -> None:
    """Show the figure with its description, and close it.

    The description goes wherever the picture goes: into the output's metadata, for pages and
    slides, and into its plain text, for screen readers and for the comparison of outputs.

    Args:
        fig: The figure.
        alt: What a person who cannot see it needs to know, in one or two sentences of 30 to 250
            characters, with the numbers that matter.

    Raises:
        ValueError: `alt` is too short or too long.
    """
    if len(alt) not in ALT_LENGTHS:
        raise ValueError(f"alt: expected 30 to 250 characters, got {len(alt)}")

    png, width, height = as_png(fig)
    plt.close(fig)
    display(
        {"image/png": base64.b64encode(png).decode(), "text/plain": alt},
        metadata={"image/png": {"alt": alt, "width": width, "height": height}},
        raw=True,
    )


def as_png(fig: Figure) -> tuple[bytes, int, int]:
    """The figure as PNG bytes, the same for the same figure, with its size in CSS pixels."""
    buffer = BytesIO()
    fig.savefig(buffer, format="png", metadata={"Software": None})
    width, height = (fig.get_size_inches() * 100).round().astype(int).tolist()

    return buffer.getvalue(), width, height


def plot_images(ax: Axes, images: Data | RawData, *, columns: int = 10) -> None:
    """Tile images in rows of `columns`, a thin gap between them; ink is dark on paper.

    Args:
        ax: The axes.
        images: Values in [0, 1] or uint8: (batch, channel, height, width) with 1 or 3 channels,
            (batch, height, width), or rows of square grey images (batch, height · width).
        columns: Images in a row.
    """
    tiles = as_tiles(images)
    count, height, width, channels = tiles.shape
    rows = -(-count // columns)
    paper = 0.0 if channels == 1 else 1.0
    canvas = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, channels), paper)

    for i, tile in enumerate(tiles):
        top, left = i // columns * (height + 1), i % columns * (width + 1)
        canvas[top : top + height, left : left + width] = tile

    if channels == 1:
        ax.imshow(canvas[..., 0], cmap="gray_r", vmin=0, vmax=1)
    else:
        ax.imshow(canvas)
    ax.set_axis_off()


def as_tiles(images: Data | RawData) -> np.ndarray:
    """Images as floats in [0, 1], shape (batch, height, width, channel).

    Raises:
        ValueError: The shape is none that `plot_images` knows.
    """
    array = images.detach().cpu().numpy()
    if array.dtype == np.uint8:
        array = array / 255
    if array.ndim == 2:
        side = round(array.shape[1] ** 0.5)
        if side * side != array.shape[1]:
            raise ValueError(f"images: expected rows of square images, got {array.shape}")
        array = array.reshape(-1, side, side)
    if array.ndim == 3:
        array = array[:, None]
    if array.ndim != 4 or array.shape[1] not in (1, 3):
        raise ValueError(f"images: expected 1 or 3 channels, got shape {tuple(images.shape)}")

    return array.transpose(0, 2, 3, 1).clip(0, 1)


def plot_history(
    ax: Axes, history: Mapping[str, Sequence[float]], *, unit: str, smooth: int = 25
) -> None:
    """Draw each named number against the step: faint as it came, firm as a running mean.

    Args:
        ax: The axes.
        history: What `training.train` returns.
        unit: Label of the vertical axis, such as 'nats per example'.
        smooth: Steps in the running mean.
    """
    styles = zip((MODEL, FAKE, DATA, PRIOR, FIFTH), ("-", "--", "-.", ":", "-"), strict=True)
    for (name, values), (colour, line) in zip(history.items(), styles, strict=False):
        values = np.asarray(values)
        steps = np.arange(1, len(values) + 1)
        width = max(1, min(smooth, len(values)))
        means = np.convolve(values, np.ones(width) / width, mode="valid")
        ax.plot(steps, values, color=colour, alpha=0.25, linewidth=0.8)
        ax.plot(steps[width - 1 :], means, color=colour, linestyle=line, label=name)
    ax.set_xlabel("step")
    ax.set_ylabel(unit)
    ax.legend()


def plot_latents(
    ax: Axes, codes: Points, labels: Labels, *, names: Sequence[str] | None = None
) -> None:
    """Scatter 2-D codes by class, with each class's name written at its median.

    Args:
        ax: The axes.
        codes: Positions, shape (n_points, 2).
        labels: Classes 0 to 9, shape (n_points,).
        names: Names of the classes; their numbers when missing.
    """
    codes, labels = codes.detach().cpu(), labels.cpu()
    for label in labels.unique().tolist():
        chosen = codes[labels == label]
        ax.scatter(*chosen.T.numpy(), s=3, color=CLASSES[label % 10], alpha=0.4, linewidths=0)
    for label in labels.unique().tolist():
        x, y = codes[labels == label].median(dim=0).values.tolist()
        name = str(label) if names is None else names[label]
        box = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": CLASSES[label % 10]}
        ax.text(x, y, name, ha="center", va="center", fontweight="bold", fontsize=9, bbox=box)
    ax.set_xlabel("code $z_1$")
    ax.set_ylabel("code $z_2$")


def grid_points(bounds: tuple[float, float, float, float], count: int) -> tuple[Tensor, ...]:
    """An even grid over (left, right, bottom, top): both axes, and all points row by row."""
    left, right, bottom, top = bounds
    across = torch.linspace(left, right, count)
    up = torch.linspace(bottom, top, count)
    rows, columns = torch.meshgrid(up, across, indexing="ij")

    return across, up, torch.stack([columns.flatten(), rows.flatten()], dim=1)


def plot_density(
    ax: Axes,
    log_density: LogDensity,
    *,
    bounds: tuple[float, float, float, float],
    count: int = 150,
) -> None:
    """Colour the plane by a density, bright where it is high.

    Args:
        ax: The axes.
        log_density: Maps points (n_points, 2) to log densities (n_points,).
        bounds: Left, right, bottom and top.
        count: Pixels along each side; each shows the density at its centre.
    """
    left, right, bottom, top = bounds
    across, up = (right - left) / (2 * count), (top - bottom) / (2 * count)  # half a pixel
    *_, points = grid_points((left + across, right - across, bottom + up, top - up), count)
    with torch.no_grad():
        density = log_density(points).exp().reshape(count, count)
    ax.imshow(density.cpu().numpy(), extent=bounds, origin="lower", cmap="cividis")
    ax.set_xlabel("$x_1$")
    ax.set_ylabel("$x_2$")
    ax.grid(False)
    ax.set_aspect("equal")


def plot_field(
    ax: Axes,
    field: Callable[[Points], Points],
    *,
    bounds: tuple[float, float, float, float],
    count: int = 17,
    colour: str = MODEL,
) -> None:
    """Draw a vector field as arrows; the longest spans one step of the grid.

    Args:
        ax: The axes.
        field: Maps points (n_points, 2) to vectors (n_points, 2).
        bounds: Left, right, bottom and top.
        count: Arrows along each side.
        colour: The arrows' colour.
    """
    across, _, points = grid_points(bounds, count)
    with torch.no_grad():
        vectors = field(points)
    longest = vectors.norm(dim=1).max().clamp(min=1e-12)
    arrows = vectors / longest * (across[1] - across[0])
    position, direction = points.cpu().numpy(), arrows.cpu().numpy()
    ax.quiver(
        *position.T,
        *direction.T,
        color=colour,
        angles="xy",
        scale_units="xy",
        scale=1,
        width=0.004,
    )
    ax.set_xlabel("$x_1$")
    ax.set_ylabel("$x_2$")
    ax.set_aspect("equal")
