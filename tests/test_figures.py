"""The diagrams: derived, described, readable at five inches, and the same each time."""

import importlib
import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from tools import figures

ROOT = Path(__file__).resolve().parent.parent
NAMES = figures.names()
LINK = re.compile(r"!\[([^\]]*)\]\((?:\.\./)+figures/(\w+)\.svg\)")


def test_every_svg_is_what_its_module_draws() -> None:
    assert figures.differences() == []


@pytest.mark.parametrize("name", NAMES)
def test_a_diagram_is_described_in_one_or_two_sentences(name: str) -> None:
    assert 30 <= len(importlib.import_module(f"figures.{name}").ALT) <= 250


@pytest.mark.parametrize("name", NAMES)
def test_a_diagram_is_small_and_its_letters_can_be_read_at_five_inches(name: str) -> None:
    fig = importlib.import_module(f"figures.{name}").figure()
    width = fig.get_size_inches()[0]
    texts = [text for ax in fig.axes for text in ax.texts if text.get_text().strip()]

    assert (ROOT / "figures" / f"{name}.svg").stat().st_size < 150_000
    assert texts
    assert min(text.get_fontsize() for text in texts) * 5 / max(width, 5) >= 6
    plt.close(fig)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_diagram_is_cut_off(name: str) -> None:
    fig = importlib.import_module(f"figures.{name}").figure()
    fig.canvas.draw()
    renderer = fig.canvas.get_renderer()
    for ax in fig.axes:
        for text in ax.texts:
            box = text.get_window_extent(renderer)
            assert box.x0 >= -1, text.get_text()
            assert box.y0 >= -1, text.get_text()
            assert box.x1 <= fig.bbox.x1 + 1, text.get_text()
            assert box.y1 <= fig.bbox.y1 + 1, text.get_text()
    plt.close(fig)


def test_every_diagram_in_a_notebook_has_the_description_of_its_module() -> None:
    for source in (ROOT / "notebooks" / "src").glob("*.py"):
        text = source.read_text(encoding="utf-8").replace("\n# ", " ")
        for alt, name in LINK.findall(text):
            assert name in NAMES, f"{source.name}: {name}"
            assert alt == importlib.import_module(f"figures.{name}").ALT, f"{source.name}: {name}"
