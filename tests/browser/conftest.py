"""Debian's Chromium, driven by playwright; every request outside this machine is refused."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
LOCAL = ("file:", "data:", "blob:", "about:", "http://127.0.0.1", "ws://127.0.0.1")
HEAD = '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>page</title></head>'


@pytest.fixture(scope="session")
def browser() -> Iterator:
    """One browser for all tests. Without Chromium: skipped for a user, an error in CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None and os.environ.get("CI"):
        pytest.fail("Chromium is missing: apt-get install chromium")
    if path is None:
        pytest.skip("Chromium is missing: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser) -> Iterator[Callable]:
    """Open pages with the settings of a context; errors and refused requests fail the test."""
    contexts, errors, refused = [], [], []

    def open_page(**settings):
        context = browser.new_context(**({"viewport": {"width": 1000, "height": 800}} | settings))
        contexts.append(context)
        page = context.new_page()

        def decide(route):
            if route.request.url.startswith(LOCAL):
                route.continue_()
            else:
                refused.append(route.request.url)
                route.abort()

        page.route("**/*", decide)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not errors
    assert not refused


@pytest.fixture
def show(open_page, tmp_path: Path) -> Callable:
    """Open an exported page with these explorers, and wait until they are drawn."""

    def show(*explorers, before="", after="", body="", hidden=False, **settings):
        page = open_page(**settings)
        fragments = "".join(explorer.to_html() for explorer in explorers)
        path = tmp_path / "page.html"
        path.write_text(f"{HEAD}<body {body}><main>{before}{fragments}{after}</main></body></html>")
        page.goto(path.as_uri())
        page.locator(".explorer").first.wait_for(state="attached" if hidden else "visible")
        return page

    return show
