"""All slides of a deck on one picture, to look at: python -m tools.sheet 03 dist/sheet.png."""

import shutil
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from tools import slides

WIDTH, HEIGHT, COLUMNS = 427, 240, 4


def sheet(path: Path) -> Image.Image:
    """Every slide with all its fragments, four in a row."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(path.as_uri())
        page.wait_for_function("window.Reveal && Reveal.isReady && Reveal.isReady()")
        count = page.evaluate("Reveal.getTotalSlides()")
        rows = -(-count // COLUMNS)
        picture = Image.new("RGB", (COLUMNS * (WIDTH + 6), rows * (HEIGHT + 6)), "#888888")
        for number in range(count):
            page.evaluate(f"Reveal.slide({number}, 0, 99)")
            page.wait_for_timeout(250)
            shot = Image.open(BytesIO(page.screenshot())).resize((WIDTH, HEIGHT), Image.LANCZOS)
            row, column = divmod(number, COLUMNS)
            picture.paste(shot, (column * (WIDTH + 6), row * (HEIGHT + 6)))
        browser.close()

    return picture


if __name__ == "__main__":
    (source,) = slides.sources([sys.argv[1]])
    sheet(slides.SLIDES / f"{source.stem}.html").save(sys.argv[2])
