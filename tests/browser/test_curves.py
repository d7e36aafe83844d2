"""The explorers of densities, evidence and fields: their numbers, their pointer and their keys."""

import re

import pytest
import torch

from browser.samples import pull, sample
from course_utils.explorers import DensityExplorer, ElboExplorer, FieldExplorer

GET = "(name) => document.querySelector('.course-explorer').explorer.model.get(name)"
SET = "([k, v]) => document.querySelector('.course-explorer').explorer.model.set(k, v)"
SHEET = "document.querySelector('.course-explorer').shadowRoot.querySelectorAll('canvas')[1]"
STILL = f"() => {SHEET}.toDataURL()"
MIXTURES = [
    ([(1, 0, 1)], [(1, 2, 1)]),
    ([(0.5, -1.6, 0.7), (0.5, 1.6, 0.7)], [(1, 0.6, 1.2)]),
    ([(0.3, -3, 0.6), (0.7, 0, 2.0)], [(0.9, 4, 0.6), (0.1, -4, 1.0)]),
    ([(1, -5.4, 0.6)], [(1, 5.4, 0.6)]),
]


def numbers(text: str) -> list[float]:
    return [float(word) for word in re.findall(r"-?\d+\.\d+", text.replace("−", "-"))]


def settle(page) -> None:
    page.wait_for_timeout(60)


def drag(page, start: tuple[float, float], stop: tuple[float, float]) -> None:
    """Drag on the first plane, from and to shares of its width and height."""
    box = page.locator(".plane").first.bounding_box()
    place = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, stop)]
    page.mouse.move(*place[0])
    page.mouse.down()
    page.mouse.move(*place[1], steps=5)
    page.mouse.up()
    settle(page)


@pytest.mark.parametrize(("p", "q"), MIXTURES)
def test_page_and_python_agree_on_divergences(show, p: list, q: list) -> None:
    explorer = DensityExplorer(p, q, discriminator=True)
    page = show(explorer)

    shown = numbers(page.locator("fieldset").inner_text())
    value = numbers(page.locator(".check").inner_text())[-1]

    expected = explorer.divergences
    names = ("kl_pq", "kl_qp", "jsd", "w1")
    assert shown == pytest.approx([expected[name] for name in names], abs=1e-3, rel=1e-5)
    assert value == pytest.approx(expected["value"], abs=1e-3)


@pytest.mark.parametrize(("p", "q"), MIXTURES)
def test_page_and_python_agree_on_the_game_while_d_follows_and_while_it_is_held(
    show, p: list, q: list
) -> None:
    explorer = DensityExplorer(p, q, game=True, names=("p_data", "p_g"))
    page = show(explorer)
    names = ("kl_pq", "kl_qp", "jsd", "w1", "value", "cost")
    title = "4 + 2 JSD"  # of C(G): no number with a point

    def agree() -> None:
        text = page.locator("fieldset").inner_text().replace(title, "")
        expected = [explorer.divergences[name] for name in names]
        assert numbers(text) == pytest.approx(expected, abs=1e-3, rel=1e-5)

    agree()
    page.get_by_role("checkbox", name="hold D").check()
    explorer.held = [explorer.p, explorer.q]
    agree()
    explorer.q = [[weight, mean - 0.8, scale] for weight, mean, scale in explorer.q]
    page.evaluate(SET, ["q", explorer.q])
    settle(page)
    agree()
    values = explorer.divergences
    assert values["value"] < values["cost"] - 0.01 or values["jsd"] > 0.693  # nothing overlaps
    assert "D held" in page.locator("fieldset").inner_text()
    short = numbers(page.locator(".check").inner_text())[-1]
    assert short == pytest.approx(values["cost"] - values["value"], abs=1e-3)

    page.get_by_role("checkbox", name="hold D").uncheck()
    explorer.held = []
    settle(page)
    agree()
    assert page.evaluate(GET, "held") == []


def test_only_a_game_lists_value_and_cost(show) -> None:
    page = show(sample("game"))
    assert page.get_by_role("radio", name="V(D*, G)").is_checked()
    assert "C(G)" in page.locator("fieldset").inner_text()
    assert page.get_by_role("checkbox", name="optimal discriminator").count() == 0

    page = show(sample("discriminator"))
    assert page.get_by_role("radio").count() == 4
    assert "C(G)" not in page.locator("fieldset").inner_text()
    assert page.get_by_role("checkbox", name="hold D").count() == 0


def test_d_can_be_held_and_released_by_keys(show) -> None:
    page = show(sample("game"))
    page.get_by_role("checkbox", name="hold D").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="p_g").focus()
    page.keyboard.press("Shift+ArrowRight")
    settle(page)

    p, q = sample("game").p, sample("game").q
    assert page.evaluate(GET, "held") == [p, q]
    assert page.evaluate(GET, "q") != q
    page.get_by_role("checkbox", name="hold D").focus()
    page.keyboard.press("Space")
    assert page.evaluate(GET, "held") == []


def test_dragging_a_letter_moves_its_density(show) -> None:
    page = show(sample("density"))
    box = page.locator(".plane").first.bounding_box()
    handle = page.get_by_role("button", name="q: mean").bounding_box()
    start = (
        (handle["x"] + handle["width"] / 2 - box["x"]) / box["width"],
        (handle["y"] + handle["height"] / 2 - box["y"]) / box["height"],
    )

    drag(page, start, (0.25, 0.2))

    ((weight, mean, scale),) = page.evaluate(GET, "q")
    assert (weight, mean) == (1, pytest.approx(-3, abs=0.03))
    assert scale < 1.2
    assert page.evaluate(GET, "p") == sample("density").p


def test_letters_move_by_keys(show) -> None:
    page = show(sample("density"))
    page.get_by_role("button", name="p, component 2").focus()

    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowDown")
    _, (_, mean, scale) = page.evaluate(GET, "p")
    assert mean == pytest.approx(2.6)
    assert scale > 0.7

    page.keyboard.press("Home")
    assert page.evaluate(GET, "p")[1] == pytest.approx([0.5, 1.6, 0.7])


def test_weight_and_shade_can_be_chosen(show) -> None:
    page = show(sample("density"))

    page.get_by_role("slider", name="weight of p").fill("0.8")
    page.get_by_role("radio", name="JSD").check()
    page.get_by_role("checkbox", name="optimal discriminator").check()

    assert [row[0] for row in page.evaluate(GET, "p")] == pytest.approx([0.8, 0.2])
    assert page.evaluate(GET, "shade") == "jsd"
    assert "V(D*, G)" in page.locator(".check").inner_text()


def test_evidence_stays_put_while_q_moves(show) -> None:
    explorer: ElboExplorer = sample("elbo")
    page = show(explorer)
    sums = page.locator(".sums")
    _, _, before = numbers(sums.inner_text())

    for stop in ((0.5, 0.5), (0.7, 0.3), (0.2, 0.6)):
        drag(page, (0.4, 0.5), stop)
        elbo, kl, evidence = numbers(sums.inner_text())
        assert evidence == before
        assert elbo + kl == pytest.approx(evidence, abs=2e-3)
        explorer.mu, explorer.sigma = page.evaluate(GET, "mu"), page.evaluate(GET, "sigma")
        assert explorer.mu == pytest.approx(-6 + 12 * stop[0], abs=0.05)
        assert [elbo, kl, evidence] == pytest.approx(list(explorer.parts.values()), abs=1e-3)


def test_bar_shows_the_share_of_the_elbo(show) -> None:
    page = show(sample("elbo"))
    page.evaluate(SET, ["mu", 0.25])
    page.evaluate(SET, ["sigma", 0.5**0.5])
    settle(page)

    bar, kl = (page.locator(f".beam{part}").bounding_box() for part in ("", " .kl"))

    assert numbers(page.locator(".sums").inner_text())[1] == 0
    assert kl["width"] < 0.01 * bar["width"]


def test_another_x_has_another_evidence(show) -> None:
    page = show(sample("elbo"))
    _, _, before = numbers(page.locator(".sums").inner_text())

    page.get_by_role("radio", name="x = 2").check()
    settle(page)

    assert numbers(page.locator(".sums").inner_text())[2] < before - 0.5


def test_probe_reads_the_field(show) -> None:
    page = show(sample("field"), reduced_motion="reduce")
    page.evaluate(SET, ["probe", [1.0, -0.5]])
    page.get_by_role("slider", name="noise σ").focus()
    page.keyboard.press("Home")
    page.get_by_role("slider", name="penalty λ").fill("1")
    settle(page)

    assert page.evaluate(GET, "setting") == [0, 1]
    x = torch.tensor([[1.0, -0.5]])
    expected = [1.0, -0.5, *pull(0, 1)(x)[0].tolist(), 0.56]
    assert numbers(page.locator(".read").inner_text()) == pytest.approx(expected, abs=0.005)


def test_probe_follows_pointer_and_keys(show) -> None:
    page = show(sample("field"), reduced_motion="reduce")
    left, right, bottom, top = page.evaluate(GET, "bounds")

    drag(page, (0.5, 0.5), (0.75, 0.75))
    assert page.evaluate(GET, "probe") == pytest.approx(
        [left + 0.75 * (right - left), top - 0.75 * (top - bottom)], abs=0.05
    )
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(GET, "probe")[0] < left + 0.75 * (right - left)


def test_nothing_moves_by_itself_where_less_motion_is_wanted(show) -> None:
    page = show(sample("field"), reduced_motion="reduce")

    before = page.evaluate(STILL)
    page.wait_for_timeout(300)
    assert page.evaluate(STILL) == before
    page.get_by_role("button", name="Step").click()
    settle(page)
    assert page.evaluate(STILL) != before


def test_particles_run_can_be_paused_and_rest(show) -> None:
    page = show(sample("field"))
    before = page.evaluate(STILL)
    page.wait_for_timeout(200)
    assert page.evaluate(STILL) != before

    page.get_by_role("button", name="Pause").click()
    settle(page)
    before = page.evaluate(STILL)
    page.wait_for_timeout(200)
    assert page.evaluate(STILL) == before


def test_particles_gather_where_the_field_ends(show) -> None:
    """In a field that pulls to the origin, ink collects around it."""
    page = show(FieldExplorer({1.0: lambda x: -x}, bounds=(-2, 2, -2, 2)), reduced_motion="reduce")
    ink = f"""() => {{ const c = {SHEET};
      const [w, h] = [c.width, c.height];
      const sum = (x, y, a, b) => c.getContext('2d').getImageData(x, y, a, b).data
        .reduce((n, v, i) => n + (i % 4 === 3 ? v : 0), 0);
      return sum(w * 0.4, h * 0.4, w * 0.2, h * 0.2) / sum(0, 0, w, h); }}"""
    page.evaluate(SET, ["probe", [-2, -2]])

    before = page.evaluate(ink)
    for _ in range(6):
        page.get_by_role("button", name="Step").click()
    settle(page)

    assert page.evaluate(ink) > 2 * before
