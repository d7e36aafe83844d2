"""The explorers of latent planes on an exported page: pixels, pointer, keys, path, atlas."""

import numpy as np
import pytest
import torch
from torch import nn

from browser.samples import codes, sample, small_decoder
from course_utils.explorers import CompareExplorer, LatentExplorer
from course_utils.explorers.base import Explorer
from course_utils.nn import conv_decoder

PIXELS = """c => Array.from(c.getContext("2d").getImageData(0, 0, c.width, c.height).data)
             .filter((_, i) => i % 4 < 3)"""
GET = "(name) => document.querySelector('.course-explorer').explorer.model.get(name)"
SET = "([k, v]) => document.querySelector('.course-explorer').explorer.model.set(k, v)"


def picture(page, index: int = 0) -> np.ndarray:
    """The image on the canvas, (height, width, 3)."""
    canvas = page.locator("canvas.picture").nth(index)
    height, width = canvas.evaluate("c => [c.height, c.width]")
    return np.array(canvas.evaluate(PIXELS)).reshape(height, width, 3)


def settle(page) -> None:
    page.wait_for_timeout(60)


def difference(page, explorer: LatentExplorer, z: list[float]) -> int:
    """The largest difference in grey levels between page and torch at z."""
    page.evaluate(SET, ["z", z])
    settle(page)
    explorer.z = z
    expected = explorer.image.astype(int)
    expected = expected if expected.ndim == 3 else 255 - expected[..., None]

    return np.abs(picture(page) - expected).max()


@pytest.mark.parametrize(("dtype", "most"), [(torch.float32, 1), (torch.float16, 1)])
def test_grey_pixels_match_torch(show, dtype: torch.dtype, most: int) -> None:
    explorer = LatentExplorer(small_decoder(), dtype=dtype)
    page = show(explorer)

    assert (
        max(difference(page, explorer, z) for z in ([0.0, 0.0], [1.5, -0.7], [-3.0, 3.0])) <= most
    )


def test_colour_pixels_match_torch(show) -> None:
    torch.manual_seed(0)
    decoder = conv_decoder(2, side=64, channels=3, width=8)
    for parameter in decoder.parameters():
        parameter.data.mul_(3)
    explorer = LatentExplorer(nn.Sequential(decoder, nn.Sigmoid()))
    page = show(explorer)

    assert explorer.image.std() > 10
    assert max(difference(page, explorer, z) for z in ([0.0, 0.0], [2.0, -1.0])) <= 1


def test_flat_colour_images_and_another_range(show) -> None:
    torch.manual_seed(0)
    decoder = nn.Sequential(nn.Linear(2, 3 * 4 * 6), nn.Tanh())
    explorer = LatentExplorer(decoder, shape=(3, 4, 6), value_range=(-1, 1))
    page = show(explorer)

    assert difference(page, explorer, [1.0, 0.5]) <= 1


def test_atlas_agrees_on_its_points_and_blends_between_them(show) -> None:
    explorer = LatentExplorer(small_decoder(), where="kernel")
    page = show(explorer)
    step = 6 / 14

    assert difference(page, explorer, [-3 + 3 * step, 3 - 2 * step]) <= 1
    assert difference(page, explorer, [-3 + 3.5 * step, 0.0]) < 80


def test_arrows_move_the_point(show) -> None:
    page = show(sample("latent"))
    page.get_by_role("application").focus()

    before = picture(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowUp")
    settle(page)
    assert page.evaluate(GET, "z") == pytest.approx([0.1, 0.5])
    assert (picture(page) != before).any()
    label = page.locator("canvas.picture").first.get_attribute("aria-label")
    assert label == "Decoded image at z = (0.10, 0.50)"

    page.keyboard.press("Home")
    settle(page)
    assert (picture(page) == before).all()


def test_point_stays_inside(show) -> None:
    page = show(sample("latent"))
    page.get_by_role("application").focus()

    for _ in range(12):
        page.keyboard.press("Shift+ArrowLeft")

    assert page.evaluate(GET, "z") == pytest.approx([-3, 0])


def test_drag_moves_the_point_under_the_pointer(show) -> None:
    page = show(sample("latent"))
    box = page.locator(".plane").bounding_box()
    at = [(box["x"] + share * box["width"], box["y"] + box["height"] / 4) for share in (0.5, 0.75)]

    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=5)
    page.mouse.up()
    page.mouse.move(10, 10)

    assert page.evaluate(GET, "z") == pytest.approx([1.5, 1.5], abs=0.03)


def test_touch_moves_the_point(show) -> None:
    page = show(sample("latent"), has_touch=True)
    box = page.locator(".plane").bounding_box()

    page.touchscreen.tap(box["x"] + 0.75 * box["width"], box["y"] + box["height"] / 2)

    assert page.evaluate(GET, "z") == pytest.approx([1.5, 0], abs=0.03)


def test_sliders_move_the_latents_beyond_the_plane(show) -> None:
    explorer = sample("latent of five")
    page = show(explorer)
    assert page.get_by_role("slider").count() == 5
    before = picture(page)

    page.get_by_role("slider", name="latent coordinate z5").focus()
    page.keyboard.press("End")
    settle(page)

    z = page.evaluate(GET, "z")
    assert z[:4] == pytest.approx(explorer.z[:4])
    assert z[4] == pytest.approx(explorer.ranges[4][1])
    assert (picture(page) != before).any()


def test_status_names_the_nearest_class(show) -> None:
    page = show(sample("latent of five"))
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(600)

    words = page.get_by_role("status").text_content()
    assert words.split("class ")[1] in ("boot", "coat & hat", "<bag>")


def test_path_decodes_between_two_clicked_points(show) -> None:
    page = show(sample("latent"))
    page.get_by_role("button", name="Path between two points").click()
    assert page.locator(".strip .picture:visible").count() == 9
    box = page.locator(".plane").bounding_box()
    for share in (0.25, 0.75):
        page.mouse.click(box["x"] + share * box["width"], box["y"] + share * box["height"])
    settle(page)

    start, stop = page.evaluate(GET, "path")
    assert start == pytest.approx([-1.5, 1.5], abs=0.03)
    assert stop == pytest.approx([1.5, -1.5], abs=0.03)
    decoder = small_decoder()
    for i in (0, 4, 8):
        z = torch.lerp(torch.tensor(start), torch.tensor(stop), i / 8)
        expected = 255 - 255 * decoder(z[None]).detach().reshape(28, 28, 1).numpy()
        assert np.abs(picture(page, 1 + i) - expected).max() < 2

    page.get_by_role("slider", name="position on the path").fill("0.5")
    assert page.evaluate(GET, "z") == pytest.approx([0, 0], abs=0.03)

    page.get_by_role("button", name="Path between two points").click()
    assert page.evaluate(GET, "path") == []
    assert page.locator(".strip").is_hidden()


def test_path_ends_are_set_by_keyboard(show) -> None:
    page = show(sample("latent"))
    page.get_by_role("button", name="Path between two points").press("Enter")
    page.get_by_role("application").focus()

    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")

    assert page.evaluate(GET, "path") == [[0, 0], pytest.approx([0.5, 0])]


def test_two_decoders_see_the_same_point(show) -> None:
    explorer: Explorer = sample("compare")
    page = show(explorer)
    page.get_by_role("application", name="Latent plane of VAE").focus()
    page.keyboard.press("Shift+ArrowUp")
    settle(page)

    explorer.z = page.evaluate(GET, "z")
    assert explorer.z == pytest.approx([0, 0.5])
    for i, image in enumerate(explorer.images.values()):
        assert np.abs(picture(page, i) - (255 - image.astype(int))).max() <= 1


def test_kernel_and_browser_decoders_side_by_side(show) -> None:
    points, labels = codes()
    decoders = {"known": small_decoder(), "function": lambda z: small_decoder(seed=1)(z)}
    explorer = CompareExplorer(decoders, points=dict.fromkeys(decoders, points), labels=labels)
    page = show(explorer)

    assert [bool(one["steps"]) for one in explorer.decoders] == [True, False]
    assert picture(page, 1).std() > 5


def test_on_a_slide_that_appears_later(show) -> None:
    """A deck hides its slides, scales them, and turns them by arrow keys."""
    page = show(
        sample("latent"),
        before="<section style='display: none; transform: scale(0.8)'>",
        after="</section>",
        body="""onkeydown="if (event.key.startsWith('Arrow')) document.title = 'turned'" """,
        hidden=True,
    )
    page.evaluate("document.querySelector('section').style.display = 'block'")
    settle(page)
    box = page.locator(".plane").bounding_box()
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 0.5 * box["height"])
    page.keyboard.press("ArrowRight")
    settle(page)

    assert page.evaluate(GET, "z") == pytest.approx([1.6, 0], abs=0.03)
    assert page.title() == "page"
    assert page.locator(".plane canvas").first.evaluate("c => c.width") > 100
