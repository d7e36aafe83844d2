"""What holds for every explorer's view: names, keys, sizes, themes, and an end without remains."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from browser.samples import SAMPLES, sample

ZOOMED = {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2}  # 1280 at 200 %
NARROW = {"viewport": {"width": 360, "height": 800}, "has_touch": True}
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

# Counts what is started and not ended, for one view that is drawn and destroyed.
LEAKS = """() => {
  const open = { listeners: 0, frames: new Set(), timers: new Set(), observers: 0, model: 0 };
  const count = (owner, on, off) => {
    const [start, stop] = [owner[on], owner[off]];
    owner[on] = function (...a) { open.listeners++; return start.apply(this, a); };
    owner[off] = function (...a) { open.listeners--; return stop.apply(this, a); };
  };
  count(EventTarget.prototype, "addEventListener", "removeEventListener");
  for (const [set, clear, kind] of [["setTimeout", "clearTimeout", "timers"],
                                    ["requestAnimationFrame", "cancelAnimationFrame", "frames"]]) {
    const [start, stop] = [window[set], window[clear]];
    window[set] = (f, ...a) => {
      const id = start((...b) => { open[kind].delete(id); f(...b); }, ...a);
      open[kind].add(id);
      return id;
    };
    window[clear] = (id) => { open[kind].delete(id); stop(id); };
  }
  for (const kind of ["ResizeObserver", "MutationObserver", "IntersectionObserver"]) {
    const Old = window[kind];
    window[kind] = class extends Old {
      constructor(f) { super(f); open.observers++; }
      disconnect() { open.observers--; super.disconnect(); }
    };
  }
  window.stillOpen = () => {
    const { model } = document.querySelector(".course-explorer").explorer;
    const model_ = [...model.handlers.values()].reduce((n, s) => n + s.size, 0);
    return { listeners: open.listeners, frames: open.frames.size, timers: open.timers.size,
             observers: open.observers, model: model_ };
  };
}"""


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(show, name: str, scheme: str) -> None:
    page = show(sample(name), before="<h1>Page</h1><h2>Explorer</h2>", color_scheme=scheme)

    found = Axe().run(page, options=AXE).response["violations"]

    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("settings", [NARROW, ZOOMED], ids=["360 px", "200 %"])
def test_nothing_is_lost_in_a_narrow_page(show, name: str, settings: dict) -> None:
    page = show(sample(name), **settings)

    width = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    cut = page.evaluate(
        """() => [...document.querySelector(".course-explorer").shadowRoot.querySelectorAll("*")]
             .filter((e) => e.clientWidth && !e.matches(".unseen"))
             .filter((e) => e.scrollWidth > e.clientWidth + 1)
             .map((e) => e.className || e.tagName)"""
    )

    assert width <= 0
    assert cut == []


@pytest.mark.parametrize("name", SAMPLES)
def test_theme_follows_page_and_system(show, name: str) -> None:
    page = show(sample(name), color_scheme="dark")
    host = page.locator(".course-explorer")
    assert host.get_attribute("data-theme") == "dark"

    page.evaluate("document.body.dataset.jpThemeLight = 'true'")
    page.wait_for_timeout(200)
    assert host.get_attribute("data-theme") == "light"

    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    page.wait_for_timeout(200)
    assert host.get_attribute("data-theme") == "dark"


def test_a_theme_may_change_while_the_explorer_is_out_of_the_page(show) -> None:
    """As when reveal.js moves the slides to the pages of a handout; `show` fails on an error."""
    page = show(sample(SAMPLES[0]))

    page.evaluate(
        """() => { window.host = document.querySelector(".course-explorer"); host.remove();
        document.body.classList.add("printed"); }"""
    )
    page.wait_for_timeout(200)

    assert page.evaluate("host.dataset.theme") == "light"


@pytest.mark.parametrize("name", SAMPLES)
def test_keys_stay_in_the_explorer(show, name: str) -> None:
    """As on a slide, where an arrow turns the page: only what is not meant for it goes on."""
    page = show(sample(name))
    page.evaluate("""() => { window.heard = [];
        document.addEventListener("keydown", (e) => heard.push(e.key)); }""")

    for node in page.locator(".course-explorer :is(input, button, [tabindex])").all():
        if node.is_visible():
            node.focus()
            page.keyboard.press("ArrowRight")
            page.keyboard.press("b")
    page.keyboard.press("Escape")

    assert page.evaluate("heard") == ["Escape"]


@pytest.mark.parametrize("name", SAMPLES)
def test_everything_can_be_reached_by_tab_and_has_a_name(show, name: str) -> None:
    page = show(sample(name))
    wanted = page.locator(
        ".course-explorer :is(input, button, select, [tabindex='0']):visible:not([disabled])"
    ).count()

    names, rings = [], []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const e = document.activeElement.shadowRoot?.activeElement;
              return e && [e.ariaLabel || e.textContent || e.labels?.[0]?.textContent,
                           getComputedStyle(e).outlineStyle]; }"""
        )
        if found:
            names.append(found[0])
            rings.append(found[1])

    radios = page.locator(".course-explorer input[type=radio]").count()
    groups = page.evaluate(
        """() => new Set([...document.querySelector(".course-explorer").shadowRoot
             .querySelectorAll("input[type=radio]")].map((e) => e.name)).size"""
    )
    assert len(set(names)) == wanted - radios + groups
    assert all(names)
    assert set(rings) == {"solid"}


@pytest.mark.parametrize("name", SAMPLES)
def test_sliders_say_their_value(show, name: str) -> None:
    page = show(sample(name))

    for slider in page.get_by_role("slider").all():
        assert slider.get_attribute("aria-valuetext")


@pytest.mark.parametrize("name", SAMPLES)
def test_one_polite_region_speaks_after_a_pause(show, name: str) -> None:
    page = show(sample(name))
    assert page.get_by_role("status").count() == 1
    assert page.get_by_role("status").text_content() == ""

    slider = page.get_by_role("slider").first
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.get_by_role("status").text_content() == ""

    page.wait_for_timeout(600)
    assert any(digit in page.get_by_role("status").text_content() for digit in "0123456789")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_destroyed_view_leaves_nothing_behind(open_page, tmp_path, name: str) -> None:
    page = open_page()
    page.add_init_script(f"({LEAKS})()")
    path = tmp_path / "page.html"
    path.write_text(f"<!doctype html><body>{sample(name).to_html()}")
    page.goto(path.as_uri())
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowRight")
    for button in page.locator(".course-explorer button:not(.handle):visible").all():
        button.click()
    assert page.evaluate("stillOpen().listeners") > 3

    page.evaluate("document.querySelector('.course-explorer').explorer.destroy()")

    left = page.evaluate("stillOpen()")
    assert left == {"listeners": 0, "frames": 0, "timers": 0, "observers": 0, "model": 0}
    assert (
        page.evaluate("document.querySelector('.course-explorer').shadowRoot.childElementCount")
        == 0
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_the_same_explorer_twice_on_a_page(show, name: str) -> None:
    explorer = sample(name)

    page = show(explorer, explorer)

    assert page.locator(".explorer").count() == 2


@pytest.mark.parametrize("name", SAMPLES)
def test_without_scripts_the_poster_and_its_description_stay(show, open_page, name, tmp_path):
    explorer = sample(name)
    page = open_page(java_script_enabled=False)
    path = tmp_path / "still.html"
    path.write_text(f"<!doctype html><body>{explorer.to_html()}")

    page.goto(path.as_uri())

    assert page.locator("img").get_attribute("alt") == explorer.describe()
    assert page.locator("img").bounding_box()["width"] > 300


@pytest.mark.parametrize("name", SAMPLES)
def test_task_can_change_and_is_text(show, name: str) -> None:
    page = show(sample(name))
    words = "Is 1 < 2? <b>Find out</b>"

    page.evaluate(
        "w => document.querySelector('.course-explorer').explorer.model.set('task', w)", words
    )

    assert page.locator(".task").text_content() == words


@pytest.mark.parametrize("name", SAMPLES)
def test_what_was_drawn_while_hidden_is_there_when_shown(show, name: str) -> None:
    """Front ends hide cells that are scrolled away, and change their theme meanwhile."""
    page = show(sample(name), reduced_motion="reduce")
    ink = """() => [...document.querySelector(".course-explorer").shadowRoot
      .querySelectorAll("canvas")]
      .filter((c) => c.clientWidth)
      .map((c) => c.width && c.getContext("2d").getImageData(0, 0, c.width, c.height).data
        .some((v, i) => i % 4 === 3 && v))"""
    page.wait_for_timeout(100)
    drawn = page.evaluate(ink)

    page.evaluate("document.querySelector('main').style.display = 'none'")
    page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    page.wait_for_timeout(150)
    page.evaluate("document.querySelector('main').style.display = ''")
    page.wait_for_timeout(150)

    assert all(drawn)
    assert page.evaluate(ink) == drawn
