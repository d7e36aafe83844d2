import base64
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

import course_utils
from course_utils import plotting
from course_utils.distributions import gaussian_mixture
from course_utils.plotting import DATA, FAKE, FIFTH, MODEL, PRIOR

ROLES = {"data": DATA, "model": MODEL, "fake": FAKE, "prior": PRIOR, "fifth": FIFTH}
ALT = "A line that rises from 0 to 1 in 10 steps."
MACHADO = {  # Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.fixture
def ax() -> Axes:
    return plt.subplots()[1]


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, dict[str, Any]]]:
    """What is sent to the notebook: data and keywords of each call."""
    calls = []
    monkeypatch.setattr(plotting, "display", lambda data, **kwargs: calls.append((data, kwargs)))
    return calls


def line_figure() -> Figure:
    fig, ax = plt.subplots()
    ax.plot(np.linspace(0, 1, 10), color=MODEL)
    ax.set_xlabel("$x_1$")
    return fig


def lab(colour: str, vision: str) -> np.ndarray:
    """CIELAB (D65) of a colour as that vision sees it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = (np.array(MACHADO[vision]) @ linear).clip(0, 1)
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    ratio = np.array(to_xyz) @ seen / [0.95047, 1.0, 1.08883]
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)

    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: str, other: str, vision: str) -> float:
    return float(np.linalg.norm(lab(one, vision) - lab(other, vision)))


def test_lab_is_the_published_one_for_known_colours() -> None:
    np.testing.assert_allclose(lab("#FFFFFF", "normal"), [100, 0, 0], atol=0.02)
    np.testing.assert_allclose(lab("#FF0000", "normal"), [53.24, 80.09, 67.20], atol=0.02)
    np.testing.assert_allclose(lab("#0000FF", "normal"), [32.30, 79.19, -107.86], atol=0.02)


def test_simulated_visions_keep_greys_and_lose_their_own_contrast() -> None:
    for vision in MACHADO:
        np.testing.assert_allclose(lab("#808080", vision), lab("#808080", "normal"), atol=0.1)
    for vision in ("protanopia", "deuteranopia"):
        assert difference("#FF0000", "#00A000", vision) < 0.6 * difference(
            "#FF0000", "#00A000", "normal"
        )


@pytest.mark.parametrize("vision", MACHADO)
def test_role_colours_differ_by_thirty_in_every_vision(vision: str) -> None:
    assert min(difference(a, b, vision) for a, b in combinations(ROLES.values(), 2)) >= 30


def test_style_cycles_through_the_roles_and_ten_classes_differ() -> None:
    with plt.style.context("course_utils.course"):
        cycle = plt.rcParams["axes.prop_cycle"].by_key()["color"]

    assert {to_hex(colour) for colour in cycle} == {to_hex(colour) for colour in ROLES.values()}
    assert len(set(plotting.CLASSES)) == 10


def test_show_stores_the_description_twice_beside_the_picture(
    displayed: list[tuple[Any, dict[str, Any]]],
) -> None:
    fig = line_figure()
    plotting.show(fig, alt=ALT)
    ((data, kwargs),) = displayed

    assert set(data) == {"image/png", "text/plain"}
    assert data["text/plain"] == ALT
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    metadata = kwargs["metadata"]["image/png"]
    assert (metadata["alt"], kwargs["raw"]) == (ALT, True)
    assert (metadata["width"], metadata["height"]) == (640, 480)
    assert not plt.fignum_exists(fig.number)


def test_size_is_in_css_pixels_of_a_hundredth_inch() -> None:
    assert plotting.as_png(plt.figure(figsize=(5, 3.2)))[1:] == (500, 320)


@pytest.mark.parametrize("length", [0, 29, 251])
def test_description_of_another_length_is_refused(
    length: int, displayed: list[tuple[Any, dict[str, Any]]]
) -> None:
    with pytest.raises(ValueError, match=f"alt: expected 30 to 250 characters, got {length}"):
        plotting.show(line_figure(), alt="x" * length)
    assert not displayed


@pytest.mark.parametrize("length", [30, 250])
def test_description_of_a_fitting_length_is_taken(
    length: int, displayed: list[tuple[Any, dict[str, Any]]]
) -> None:
    plotting.show(line_figure(), alt="x" * length)

    assert len(displayed) == 1


def test_identical_figures_have_identical_bytes() -> None:
    first, second = (plotting.as_png(line_figure())[0] for _ in range(2))

    assert first == second
    assert b"matplotlib" not in first.lower()


@pytest.fixture
def styled() -> Iterator[None]:
    with plt.rc_context():
        plotting.use_style()
        yield


@pytest.mark.usefixtures("styled")
def test_style_is_the_one_in_the_package() -> None:
    fig, ax = plt.subplots()

    assert tuple(fig.get_size_inches()) == (5.0, 3.2)
    assert not ax.spines["top"].get_visible()
    assert plt.rcParams["image.cmap"] == "cividis"
    assert plt.rcParams["image.interpolation"] == "nearest"
    assert (Path(course_utils.__file__).parent / "course.mplstyle").exists()


def picture(ax: Axes) -> np.ndarray:
    (image,) = ax.get_images()
    return np.asarray(image.get_array())


def test_images_stand_row_by_row_with_a_gap_of_one_pixel(ax: Axes) -> None:
    images = torch.rand(5, 1, 2, 3)
    plotting.plot_images(ax, images, columns=3)
    canvas = picture(ax)

    assert canvas.shape == (2 * 2 + 1, 3 * 3 + 2)
    for i, (top, left) in enumerate([(0, 0), (0, 4), (0, 8), (3, 0), (3, 4)]):
        np.testing.assert_array_equal(canvas[top : top + 2, left : left + 3], images[i, 0])
        canvas[top : top + 2, left : left + 3] = 0
    assert not canvas.any()  # gaps and the empty place are paper


def test_grey_images_are_dark_ink_on_fixed_limits(ax: Axes) -> None:
    plotting.plot_images(ax, torch.full((1, 1, 2, 2), 0.25))
    (image,) = ax.get_images()

    assert image.get_clim() == (0, 1)
    assert image.get_cmap()(0.0) == (1, 1, 1, 1)
    assert image.get_cmap()(1.0) == (0, 0, 0, 1)
    assert not ax.axison


def test_colour_images_keep_their_channels_on_white_paper(ax: Axes) -> None:
    images = torch.rand(2, 3, 4, 4)
    plotting.plot_images(ax, images, columns=2)
    canvas = picture(ax)

    assert canvas.shape == (4, 9, 3)
    np.testing.assert_allclose(canvas[:, 5:], images[1].permute(1, 2, 0))
    assert (canvas[:, 4] == 1).all()


def test_ten_columns_unless_said_otherwise(ax: Axes) -> None:
    plotting.plot_images(ax, torch.zeros(11, 1, 2, 2))

    assert picture(ax).shape == (5, 29)


@pytest.mark.parametrize("shape", [(3, 1, 4, 4), (3, 4, 4), (3, 16)])
def test_every_layout_of_grey_images_is_understood(shape: tuple[int, ...]) -> None:
    images = torch.rand(shape)

    expected = images.reshape(3, 4, 4, 1).numpy()
    np.testing.assert_array_equal(plotting.as_tiles(images), expected)


def test_bytes_are_scaled_and_numbers_clipped_to_zero_and_one() -> None:
    grey = torch.tensor([0, 51, 255, 102], dtype=torch.uint8).reshape(1, 1, 2, 2)
    np.testing.assert_allclose(plotting.as_tiles(grey).flatten(), [0, 0.2, 1, 0.4])

    wild = torch.tensor([-1.0, 0.5, 2.0, 1.0], requires_grad=True).reshape(1, 1, 2, 2)
    np.testing.assert_allclose(plotting.as_tiles(wild).flatten(), [0, 0.5, 1, 1])


@pytest.mark.parametrize("shape", [(3, 15), (3, 2, 4, 4), (3, 4, 4, 3)])
def test_layouts_that_are_no_images_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="images: expected"):
        plotting.as_tiles(torch.zeros(shape))


def test_history_is_drawn_faint_and_as_its_running_mean(ax: Axes) -> None:
    values = np.random.rand(40).tolist()
    plotting.plot_history(ax, {"loss": values, "kl": values[::-1]}, unit="nats", smooth=10)
    faint, firm, _, second = ax.get_lines()

    assert faint.get_xdata().tolist() == list(range(1, 41))
    assert faint.get_ydata().tolist() == values
    assert firm.get_xdata().tolist() == list(range(10, 41))
    np.testing.assert_allclose(
        firm.get_ydata(), [np.mean(values[i - 10 : i]) for i in range(10, 41)]
    )
    assert (firm.get_color(), firm.get_linestyle()) == (MODEL, "-")
    assert (second.get_color(), second.get_linestyle()) == (FAKE, "--")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["loss", "kl"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "nats")


def test_short_history_is_smoothed_over_what_there_is(ax: Axes) -> None:
    plotting.plot_history(ax, {"loss": [1.0, 3.0]}, unit="nats")

    assert ax.get_lines()[1].get_xdata().tolist() == [2]
    assert ax.get_lines()[1].get_ydata().tolist() == [2.0]


def test_latents_are_coloured_by_class_and_named_at_their_medians(ax: Axes) -> None:
    codes = torch.randn(30, 2, requires_grad=True)
    labels = torch.tensor([7, 2, 7] * 10)
    plotting.plot_latents(ax, codes, labels)
    two, seven = ax.collections

    for scatter, label in ((two, 2), (seven, 7)):
        np.testing.assert_allclose(scatter.get_offsets(), codes.detach()[labels == label])
        assert to_hex(scatter.get_facecolor()[0]) == plotting.CLASSES[label].lower()
    assert [text.get_text() for text in ax.texts] == ["2", "7"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("code $z_1$", "code $z_2$")
    np.testing.assert_allclose(
        ax.texts[1].get_position(), codes.detach()[labels == 7].median(dim=0).values, rtol=1e-6
    )


def test_classes_may_have_names(ax: Axes) -> None:
    plotting.plot_latents(ax, torch.randn(4, 2), torch.tensor([0, 1, 1, 0]), names=["bag", "coat"])

    assert [text.get_text() for text in ax.texts] == ["bag", "coat"]


def test_grid_runs_along_rows_from_the_lower_left() -> None:
    across, up, points = plotting.grid_points((-1, 1, 0, 4), 3)

    assert across.tolist() == [-1, 0, 1]
    assert up.tolist() == [0, 2, 4]
    assert points.tolist() == [[x, y] for y in (0, 2, 4) for x in (-1, 0, 1)]


@pytest.mark.usefixtures("styled")
def test_density_is_drawn_where_it_is() -> None:
    _, ax = plt.subplots()
    peak = gaussian_mixture(torch.ones(1), torch.tensor([[1.5, -0.5]]), torch.tensor([0.2]))
    plotting.plot_density(ax, peak.log_prob, bounds=(-1, 3, -2, 1), count=60)
    (image,) = ax.get_images()
    density = picture(ax)

    assert tuple(image.get_extent()) == (-1, 3, -2, 1)
    assert image.origin == "lower"
    assert image.get_cmap().name == "cividis"
    rows, columns = np.indices(density.shape)
    centre_x = (density * (-1 + 4 * (columns + 0.5) / 60)).sum() / density.sum()
    centre_y = (density * (-2 + 3 * (rows + 0.5) / 60)).sum() / density.sum()
    assert (centre_x, centre_y) == pytest.approx((1.5, -0.5), abs=1e-3)
    assert density.sum() * (4 / 60) * (3 / 60) == pytest.approx(1, abs=1e-3)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")
    assert not ax.get_xgridlines()[0].get_visible()
    assert ax.get_aspect() == 1


def test_field_is_drawn_as_arrows_of_at_most_one_step(ax: Axes) -> None:
    plotting.plot_field(ax, lambda x: 7 * x.flip(1), bounds=(-1, 1, -1, 1), count=5)
    (arrows,) = ax.collections

    positions = np.stack([arrows.X, arrows.Y], axis=1)
    vectors = np.stack([arrows.U, arrows.V], axis=1)
    assert sorted(map(tuple, positions)) == [
        (x, y) for x in np.linspace(-1, 1, 5) for y in np.linspace(-1, 1, 5)
    ]
    longest = np.linalg.norm(vectors, axis=1).max()
    assert longest == pytest.approx(0.5)
    np.testing.assert_allclose(vectors, positions[:, ::-1] * 0.5 / 2**0.5, atol=1e-6)
    assert (arrows.angles, arrows.scale, arrows.scale_units) == ("xy", 1, "xy")
    assert to_hex(arrows.get_facecolor()[0]) == MODEL.lower()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("$x_1$", "$x_2$")
    assert ax.get_aspect() == 1


def test_field_of_zeros_is_drawn_as_points(ax: Axes) -> None:
    plotting.plot_field(ax, torch.zeros_like, bounds=(-1, 1, -1, 1), count=3)

    assert not ax.collections[0].U.any()


def test_plots_need_no_gradient(ax: Axes) -> None:
    weight = torch.ones(2, requires_grad=True)

    plotting.plot_density(ax, lambda x: -(x * weight).square().sum(dim=1), bounds=(-1, 1, -1, 1))
    plotting.plot_field(ax, lambda x: x * weight, bounds=(-1, 1, -1, 1))
