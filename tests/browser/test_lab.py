"""A real JupyterLab: what is dragged is read in Python, what Python sets is seen."""

import json
from collections.abc import Iterator

import pytest

from browser.lab import RUN, open_notebook, running_lab

SETUP = """import torch
from torch import nn
from course_utils.explorers import LatentExplorer
torch.manual_seed(0)
decoder = nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 784), nn.Sigmoid())
points = torch.randn(50, 2)"""
CALL = "LatentExplorer(decoder, points=points, bounds=(-3, 3, -3, 3), z=(0, 0), where={!r})"
CELLS = [
    f"{SETUP}\nexplorer = {CALL.format('browser')}\nexplorer",
    "print('Z', *explorer.z)",
    "explorer.z = [-2.0, 1.0]",
    f"remote = {CALL.format('kernel')}\nremote",
    "print('SAME', remote.frames[0] == remote.image.tobytes(), *remote.z)",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    """The address of the notebook."""
    with running_lab(tmp_path_factory.mktemp("lab"), CELLS) as address:
        yield address


def printed(page, word: str) -> list[str]:
    """The words of the output that begins with `word`."""
    output = page.locator(f".jp-OutputArea-output pre:has-text('{word} ')").last
    return output.inner_text(timeout=20_000).split()[1:]


def test_state_goes_both_ways(lab: str, open_page) -> None:
    page = open_page(viewport={"width": 1200, "height": 1300})
    open_notebook(page, lab)

    page.evaluate(RUN, 0)
    first = page.locator(".jp-CodeCell").nth(0)
    plane = first.locator(".plane")
    plane.wait_for(timeout=60_000)
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"], steps=6)
    page.mouse.up()
    page.wait_for_timeout(600)

    page.evaluate(RUN, 1)
    assert [float(v) for v in printed(page, "Z")] == pytest.approx([1.5, 1.5], abs=0.05)

    page.evaluate(RUN, 2)
    sliders = first.get_by_role("slider")
    page.wait_for_timeout(600)
    assert [float(s.input_value()) for s in sliders.all()] == pytest.approx([-2, 1], abs=0.02)

    page.evaluate(RUN, 3)
    fourth = page.locator(".jp-CodeCell").nth(3)
    fourth.locator(".plane").focus()
    before = pixels(fourth)
    for key in ("Shift+ArrowRight", "ArrowUp", "b"):  # b would insert a cell
        page.keyboard.press(key)
    page.wait_for_timeout(1000)
    assert pixels(fourth) != before
    page.evaluate(RUN, 4)
    same, *z = printed(page, "SAME")
    assert same == "True"
    assert [float(v) for v in z] == pytest.approx([0.5, 0.1])
    assert page.locator(".jp-CodeCell").count() == len(CELLS)


def pixels(cell) -> str:
    """The decoded image, as text that changes when it does."""
    return json.dumps(cell.locator("canvas.picture").first.evaluate("c => c.toDataURL()"))
