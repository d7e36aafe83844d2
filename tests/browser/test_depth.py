"""The explorer of depth: the page's own network is the one that autograd sees."""

import re

import pytest

from browser.samples import sample
from course_utils.explorers import DepthExplorer
from course_utils.explorers.depth import FUNCTIONS

GET = "(name) => document.querySelector('.course-explorer').explorer.model.get(name)"
SET = "([k, v]) => document.querySelector('.course-explorer').explorer.model.set(k, v)"
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
NUMBER = r"\d+(?:\.\d+)?(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?"


def numbers(text: str) -> list[float]:
    """All numbers of a text, those with a power of ten too."""
    return [float(word.replace("·10", "e").translate(RAISED)) for word in re.findall(NUMBER, text)]


def read(page) -> list[float]:
    page.wait_for_timeout(60)
    return numbers(page.locator(".read").inner_text())


@pytest.mark.parametrize("norm", [False, True], ids=["plain", "batch norm"])
@pytest.mark.parametrize("activation", FUNCTIONS)
@pytest.mark.parametrize("gain", [0.4, 1.42, 4.0])
def test_page_and_autograd_agree_in_every_layer(
    show, activation: str, gain: float, norm: bool
) -> None:
    explorer = DepthExplorer(activation, gain=gain, depth=30, norm=norm, seed=3)
    flow = explorer.flow
    page = show(explorer)

    for layer in (1, 2, 15, 30):
        page.evaluate(SET, ["layer", layer])
        which, depth, activations, gradients, silent, up, down = read(page)

        at = layer - 1
        assert (which, depth) == (layer, 30)
        assert activations == pytest.approx(flow.activations[at], rel=0.006)
        assert gradients == pytest.approx(flow.gradients[at], rel=0.006)
        assert silent == pytest.approx(100 * flow.silent[at], abs=0.51)
        assert up == pytest.approx(flow.activations[-1] / flow.activations[0], rel=0.006)
        assert down == pytest.approx(flow.gradients[0] / flow.gradients[-1], rel=0.006)


def test_controls_change_the_network(show) -> None:
    page = show(sample("depth"))
    before = read(page)

    page.get_by_role("radio", name="tanh").check()
    page.get_by_role("checkbox", name="batch norm").check()
    page.get_by_role("slider", name="depth").fill("25")
    page.get_by_role("slider", name="gain").fill("2.2")
    after = read(page)

    state = [page.evaluate(GET, name) for name in ("activation", "norm", "depth", "gain")]
    assert state == ["tanh", True, 25, 2.2]
    flow = DepthExplorer("tanh", gain=2.2, depth=25, norm=True).flow
    assert after[3] == pytest.approx(flow.gradients[0], rel=0.006) != before[3]


def test_layer_is_picked_by_pointer_and_by_keys_and_stays_inside(show) -> None:
    page = show(sample("depth"))
    box = page.locator(".plane").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] - 3, box["y"] + 40)
    assert page.evaluate(GET, "layer") == 12

    page.get_by_role("slider", name="layer that").focus()
    page.keyboard.press("ArrowRight")
    assert read(page)[0] == 12
    page.get_by_role("slider", name="depth").fill("5")
    assert read(page)[:2] == [5, 5]


def test_picture_is_described_by_its_numbers(show) -> None:
    page = show(sample("depth"))

    factors = numbers(page.get_by_role("img").first.get_attribute("aria-label"))

    flow = sample("depth").flow
    assert factors[0] == pytest.approx(flow.activations[-1] / flow.activations[0], rel=0.006)
    assert factors[1] == pytest.approx(flow.gradients[0] / flow.gradients[-1], rel=0.006)
