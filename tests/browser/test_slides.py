"""Every built deck as an instructor opens it: a double click, no network, no kernel."""

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tools import slides

DECKS = [slides.SLIDES / f"{source.stem}.html" for source in slides.sources([])]
SCREEN = {"width": 1280, "height": 720}
READY = "window.Reveal && Reveal.isReady && Reveal.isReady()"

each_deck = pytest.mark.parametrize("path", DECKS, ids=lambda path: path.stem)

# Everything that a slide shows, fragments too, in the coordinates of its 1280x720.
OUTSIDE = """() => {
  const found = [];
  Reveal.getSlides().forEach((slide, number) => {
    const at = Reveal.getIndices(slide);
    Reveal.slide(at.h, at.v, 99);
    const scale = Reveal.getScale(), stage = slide.closest(".stack").getBoundingClientRect();
    for (const node of slide.querySelectorAll(
        "h1,h2,h3,p,li,pre,table,img,svg,mjx-container,.course-explorer")) {
      if (node.closest("aside.notes") || node.closest(".course-explorer") !== null
          && !node.matches(".course-explorer")) continue;
      const box = node.getBoundingClientRect();
      if (!box.width || !box.height) continue;
      const right = (box.right - stage.left) / scale, bottom = (box.bottom - stage.top) / scale;
      if (right > 1281 || bottom > 721 || box.left < stage.left - 1)
        found.push(`slide ${number + 1}: ${node.tagName} ends at ${right | 0}, ${bottom | 0}`);
    }
  });
  Reveal.slide(0);
  return found;
}"""
WORDS = """() => Reveal.getSlides().map((slide) => {
  const copy = slide.cloneNode(true);
  copy.querySelectorAll("aside, mjx-container, .course-explorer, script, pre, table, style")
    .forEach((node) => node.remove());
  return copy.textContent.split(/\\s+/).filter((word) => /\\w/.test(word)).length;
})"""
CODE = """() => [...document.querySelectorAll(".reveal pre")]
  .filter((pre) => !pre.closest(".course-explorer"))
  .map((pre) => pre.innerText.trim().split("\\n").length)"""


@pytest.fixture
def open_deck(open_page):
    """Open a deck without network and wait until it has started."""

    def open_deck(path: Path, query: str = ""):
        asked = []
        page = open_page(viewport=SCREEN, offline=True)
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri() + query)
        page.wait_for_function(READY, timeout=60_000)
        return page, asked

    return open_deck


@each_deck
def test_a_deck_runs_offline_and_asks_for_nothing_outside_its_folder(open_deck, path: Path) -> None:
    page, asked = open_deck(path)

    folder = slides.SLIDES.as_uri()
    assert [url for url in asked if not url.startswith((folder, "data:", "blob:"))] == []
    assert page.locator("mjx-merror, [data-mjx-error]").count() == 0
    assert page.evaluate("Reveal.getTotalSlides()") >= 15
    assert page.locator(".slide-number").inner_text().strip().startswith("1")


@each_deck
def test_nothing_on_a_slide_ends_beyond_1280_by_720(open_deck, path: Path) -> None:
    page, _ = open_deck(path)

    assert page.evaluate(OUTSIDE) == []


@each_deck
def test_a_slide_has_at_most_forty_words_and_ten_lines_of_code(open_deck, path: Path) -> None:
    page, _ = open_deck(path)

    counts = page.evaluate(WORDS)
    assert [(at + 1, count) for at, count in enumerate(counts) if count > 40] == []
    assert max(page.evaluate(CODE), default=0) <= 10


@each_deck
def test_a_formula_is_typeset_and_no_dollar_is_left(open_deck, path: Path) -> None:
    page, _ = open_deck(path)
    text = page.evaluate("document.querySelector('.slides').innerText")

    assert "$$" not in text
    assert not re.search(r"\\(frac|mathbb|mid|log)\b", text)


@each_deck
def test_every_picture_of_a_deck_is_described(open_deck, path: Path) -> None:
    page, _ = open_deck(path)
    alts = page.evaluate("[...document.querySelectorAll('.reveal img')].map((img) => img.alt)")

    assert all(len(alt) >= 30 for alt in alts)


@each_deck
def test_axe_finds_no_violation_on_any_slide(open_deck, path: Path) -> None:
    page, _ = open_deck(path)
    axe, complaints = Axe(), []
    for number in range(page.evaluate("Reveal.getSlides().length")):
        page.evaluate(
            f"Reveal.slide(...Object.values(Reveal.getIndices(Reveal.getSlides()[{number}])), 99)"
        )
        if number % 4 == 0 or page.locator(".present .course-explorer").count():
            results = axe.run(page, context=".slides > section.present").response["violations"]
            complaints += [(number + 1, each["id"]) for each in results]

    assert complaints == []


@each_deck
def test_keys_inside_an_explorer_do_not_turn_the_slide(open_deck, path: Path) -> None:
    page, _ = open_deck(path)
    number = page.evaluate(
        "Reveal.getSlides().findIndex((slide) => slide.querySelector('.course-explorer'))"
    )
    assert number >= 0, "a deck has at least one live explorer"
    page.evaluate(f"Reveal.slide({number})")
    control = page.locator(
        "section.present .course-explorer :is([role=application], canvas[tabindex], input)"
    ).first
    control.wait_for()
    control.focus()
    for key in ("ArrowRight", "ArrowDown", "Space"):
        page.keyboard.press(key)
        assert page.evaluate("Reveal.getState().indexh") == number
    page.evaluate("document.activeElement.blur(); document.body.focus()")
    page.evaluate("Reveal.next()")
    assert page.evaluate("Reveal.getState().indexh") == number + 1


@each_deck
def test_the_handout_has_a_page_for_each_slide(open_deck, path: Path) -> None:
    page, _ = open_deck(path)
    count = page.evaluate("Reveal.getTotalSlides()")
    printed, _ = open_deck(path, "?print-pdf")
    printed.wait_for_timeout(500)
    pdf = printed.pdf(prefer_css_page_size=True, print_background=True)

    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == count


@each_deck
def test_the_speakers_view_opens_with_notes(open_deck, path: Path) -> None:
    page, _ = open_deck(path)

    assert page.locator("aside.notes").count() >= 10
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    view = popup.value
    view.wait_for_function("document.querySelector('.speaker-controls-notes') !== null")
    assert "Speaker" in view.title()
