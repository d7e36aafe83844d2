"""TraversalExplorer on an exported page: pixels against torch, sliders, strip, sums of codes."""

import numpy as np
import torch

from browser.samples import sample
from browser.test_latent import GET, SET, picture, settle
from course_utils.explorers import TraversalExplorer

STRIP = 9


def worst(page, index: int, expected: np.ndarray) -> int:
    """The largest difference in grey levels of one canvas."""
    expected = expected.astype(int)
    expected = expected if expected.ndim == 3 else 255 - expected[..., None]

    return np.abs(picture(page, index) - expected).max()


def test_pixels_match_torch_wherever_the_sliders_stand(show) -> None:
    explorer = sample("traversal")
    page = show(explorer)

    assert explorer.image.std() > 20
    for amounts in ([0.0, 0.0], [3.0, -1.2], [-2.0, 2.4]):
        page.evaluate(SET, ["amounts", amounts])
        settle(page)
        explorer.amounts = amounts
        assert worst(page, 0, explorer.image) <= 1


def test_grey_pixels_match_torch(show) -> None:
    explorer = sample("traversal of axes")
    page = show(explorer)
    page.get_by_role("slider", name="amount of z3", exact=True).fill("1.5")
    settle(page)

    explorer.amounts = page.evaluate(GET, "amounts")
    assert explorer.code[:4].tolist() == [0.0, 0.0, 1.5, 0.0]
    assert worst(page, 0, explorer.image) <= 1


def test_a_slider_answers_to_keys_and_says_so(show) -> None:
    page = show(sample("traversal"))
    before = picture(page)

    page.get_by_role("slider", name="amount of a long name").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(600)

    assert np.allclose(page.evaluate(GET, "amounts"), [0, 0.3])
    assert (picture(page) != before).any()
    words = page.get_by_role("status").text_content()
    assert words.startswith("a long name 0.30; plain minus smile & <b> plus glasses")


def test_strip_follows_the_slider_in_use(show) -> None:
    explorer = sample("traversal")
    page = show(explorer)
    page.evaluate(SET, ["amounts", [1.2, 0.0]])
    page.get_by_role("slider", name="amount of a long name").focus()
    settle(page)

    explorer.amounts = [1.2, 0.0]
    for i, code in enumerate(explorer.along(1)):
        assert worst(page, 1 + i, explorer.seen(code)) <= 1
    strip = page.get_by_role("img", name="9 images along a long name, from −3.0 to 3.0")
    assert strip.count() == 1
    assert page.locator(".here").count() == 1


def test_the_sum_of_codes_matches_torch_and_can_be_visited(show) -> None:
    explorer = sample("traversal")
    page = show(explorer)
    page.get_by_label("code C", exact=True).select_option("both of them")
    settle(page)

    explorer.terms = page.evaluate(GET, "terms")
    assert explorer.terms == [0, 1, 3]
    codes = explorer.codes
    expected = codes[0] - codes[1] + codes[3]
    assert torch.equal(explorer.sum_of_terms, expected)
    for i, code in enumerate((codes[0], codes[1], codes[3], expected)):
        assert worst(page, 1 + STRIP + i, explorer.seen(code)) <= 1

    page.evaluate(SET, ["amounts", [1.0, 1.0]])
    page.get_by_role("button", name="Go there").click()
    settle(page)
    assert np.allclose(page.evaluate(GET, "z"), expected, atol=1e-6)
    assert page.evaluate(GET, "amounts") == [0, 0]
    assert worst(page, 0, explorer.answer) <= 1


def test_buttons_return_and_draw_a_new_code(show) -> None:
    explorer = sample("traversal")
    page = show(explorer)
    before = picture(page)

    page.get_by_role("button", name="New z").click()
    settle(page)
    z = np.array(page.evaluate(GET, "z"))
    assert len(z) == 6
    assert np.isfinite(z).all()
    assert (picture(page) != before).any()

    page.evaluate(SET, ["amounts", [1.0, 0.0]])
    page.get_by_role("button", name="Back to the start").click()
    settle(page)
    assert page.evaluate(GET, "z") == explorer.z
    assert (picture(page) == before).all()


def test_without_codes_there_is_no_sum(show) -> None:
    page = show(sample("traversal of axes"))

    assert page.locator("select").count() == 0
    assert page.get_by_role("slider").count() == 16


def test_float16_weights_show_the_same_faces(show) -> None:
    explorer = sample("traversal")
    single = TraversalExplorer(explorer.eye.decoder, z=explorer.z, dtype=torch.float32)

    assert len(single.generator["weights"]) == 2 * len(explorer.generator["weights"])
    assert worst(show(explorer), 0, single.image) <= 1
