"""How fast is an explorer, beside what notebooks otherwise use? All in one JupyterLab, in one run.

    pip install -e ".[lab,dev]" ipympl
    OMP_NUM_THREADS=1 python benchmarks/explorers.py

Key to picture: from the browser's time of a key press to the moment when the new picture has been
drawn (ours: written to its canvas; others: the image has loaded, or was drawn). Pictures a second:
new pictures while the pointer drags for three seconds. First picture: from the start of the cell's
run, warm and cold, and from its end (0: it was there before).
Needs Chromium: apt-get install chromium.
"""

import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

import torch
from playwright.sync_api import Locator, Page, sync_playwright
from torch import nn

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from browser.conftest import ARGUMENTS
from browser.lab import RUN, open_notebook, running_lab

from course_utils.explorers import LatentExplorer
from course_utils.nn import conv_decoder, mlp

PRESSES = 40
RERUNS = 5
SECONDS = 3.0

DECODERS = """import io
import ipywidgets, torch
import matplotlib.pyplot as plt
from PIL import Image
from torch import nn
from course_utils.explorers import LatentExplorer
from course_utils.nn import conv_decoder, mlp

torch.set_num_threads(1)
torch.manual_seed(0)
digits = nn.Sequential(mlp(2, 64, 256, 784), nn.Sigmoid())
faces = nn.Sequential(conv_decoder(2, side=64, channels=3), nn.Sigmoid())
points, labels = torch.randn(5000, 2), torch.arange(5000) % 10

def image(a, b):
    with torch.no_grad():
        return digits(torch.tensor([[a, b]])).reshape(28, 28).numpy()

def sliders():
    return [ipywidgets.FloatSlider(0, min=-3, max=3, step=0.02, description=d) for d in "ab"]
"""
CELLS = [
    DECODERS,
    "LatentExplorer(digits, points=points, labels=labels)",
    "LatentExplorer(faces, points=points, labels=labels)",
    "LatentExplorer(faces, points=points, labels=labels, where='kernel')",
    """def show(a, b):
    fig, ax = plt.subplots(figsize=(3, 3))
    ax.imshow(image(a, b), cmap="gray_r", vmin=0, vmax=1)
    plt.show()

ipywidgets.interact(show, a=sliders()[0], b=sliders()[1])
None""",
    """def png(a, b):
    buffer = io.BytesIO()
    pixels = (255 - 255 * image(a, b)).astype("uint8")
    Image.fromarray(pixels).resize((280, 280), 0).save(buffer, "PNG")
    return buffer.getvalue()

a, b = sliders()
picture = ipywidgets.Image(value=png(0.0, 0.0))
def update(change):
    picture.value = png(a.value, b.value)
a.observe(update, "value")
b.observe(update, "value")
ipywidgets.VBox([a, b, picture])""",
    """%matplotlib widget
fig, ax = plt.subplots(figsize=(3, 3))
drawn = ax.imshow(image(0.0, 0.0), cmap="gray_r", vmin=0, vmax=1)
a2, b2 = sliders()
def redraw(change):
    drawn.set_data(image(a2.value, b2.value))
    fig.canvas.draw_idle()
a2.observe(redraw, "value")
b2.observe(redraw, "value")
ipywidgets.VBox([a2, b2, fig.canvas])""",
]
WAYS = {  # name: (cell, what counts as a picture)
    "explorer, 28x28 MLP": (1, "put"),
    "explorer, 64x64 RGB conv": (2, "put"),
    "explorer, 64x64 RGB by kernel": (3, "put"),
    "interact + matplotlib": (4, "img"),
    "ipywidgets.Image": (5, "img"),
    "ipympl": (6, "draw"),
}
WATCH = """(() => {
  window.pictures = { put: [], img: [], draw: [] };
  window.keys = [];
  window.last = 0;
  const isNew = (data) => {
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum = (31 * sum + data[i]) | 0;
    return sum !== last && ((last = sum), true);
  };
  const watch = (name, kind) => {
    const draw = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...a) {
      draw.apply(this, a);
      const now = performance.now();
      if (kind === "put" ? isNew(a[0].data) : this.canvas.width > 100) pictures[kind].push(now);
    };
  };
  watch("putImageData", "put");
  watch("drawImage", "draw");
  document.addEventListener("load", (e) =>
    e.target.tagName === "IMG" && pictures.img.push(performance.now()), true);
  document.addEventListener("keydown", (e) => keys.push(e.timeStamp), true);
})()"""

TIMED_RUN = f"""async (i) => {{
  for (const kind in pictures) pictures[kind].length = 0;
  last = 0;
  const start = performance.now();
  await ({RUN})(i);
  return [start, performance.now()];
}}"""


def key_to_picture(page: Page, slider: Locator, kind: str) -> list[float]:
    """Milliseconds from each key press to the next picture."""
    slider.focus()
    delays = []
    for i in range(PRESSES):
        page.evaluate("keys.length = 0; for (const k in pictures) pictures[k].length = 0")
        page.keyboard.press("ArrowRight" if i % 20 < 10 else "ArrowLeft")
        page.wait_for_function(f"keys.length && pictures.{kind}.some((t) => t > keys[0])")
        delays.append(page.evaluate(f"pictures.{kind}.find((t) => t > keys[0]) - keys[0]"))
        page.wait_for_timeout(120)

    return delays


def pictures_per_second(page: Page, track: Locator, knob: Locator, kind: str) -> float:
    """New pictures a second while the pointer drags to and fro."""
    track.scroll_into_view_if_needed()
    box, start = track.bounding_box(), knob.bounding_box()
    height = start["y"] + start["height"] / 2
    page.mouse.move(start["x"] + start["width"] / 2, height)
    page.mouse.down()
    page.evaluate(f"pictures.{kind}.length = 0")
    start = time.monotonic()
    while (passed := time.monotonic() - start) < SECONDS:
        share = abs(passed % 2 - 1)
        page.mouse.move(box["x"] + (0.1 + 0.8 * share) * box["width"], height)
    count = page.evaluate(f"pictures.{kind}.length")
    page.mouse.up()
    page.wait_for_timeout(2500)  # what is behind catches up

    return count / passed


def first_pictures(page: Page, cell: int, kind: str) -> list[tuple[float, float]]:
    """Milliseconds to the first picture from the start and from the end of each run of a cell."""
    delays = []
    for _ in range(1 + RERUNS):
        start, done = page.evaluate(TIMED_RUN, cell)
        page.wait_for_function(f"pictures.{kind}.length > 0", timeout=60_000)
        first = page.evaluate(f"pictures.{kind}[0]")
        delays.append((first - start, max(0.0, first - done)))
        page.wait_for_timeout(400)

    return delays


def measure(page: Page, cell: int, kind: str) -> tuple[list, list[float], list[float]]:
    """First pictures, delays of key presses, and pictures a second in two drags."""
    firsts = first_pictures(page, cell, kind)
    output = page.locator(".jp-CodeCell").nth(cell)
    output.scroll_into_view_if_needed()
    ours = kind == "put"
    slider = output.locator("input[type=range]" if ours else ".noUi-handle").first
    track = output.locator(".plane" if ours else ".noUi-target").first
    knob = track if ours else slider
    delays = key_to_picture(page, slider, kind)
    rates = [pictures_per_second(page, track, knob, kind) for _ in range(2)]

    return firsts, delays, rates


def sizes() -> dict[str, int]:
    """Bytes of exported pages."""
    torch.manual_seed(0)
    points, labels = torch.randn(5000, 2), torch.arange(5000) % 10
    digits = nn.Sequential(mlp(2, 64, 256, 784), nn.Sigmoid())
    large = nn.Sequential(mlp(2, 500, 500, 784), nn.Sigmoid())
    faces = nn.Sequential(conv_decoder(2, side=64, channels=3), nn.Sigmoid())

    return {
        "digits, 2-64-256-784": len(LatentExplorer(digits, points=points, labels=labels).to_html()),
        "digits, 2-500-500-784": len(LatentExplorer(large, points=points, labels=labels).to_html()),
        "64x64 RGB conv": len(LatentExplorer(faces, points=points, labels=labels).to_html()),
        "64x64 RGB atlas": len(LatentExplorer(faces, where="kernel").to_html()),
    }


def main() -> None:
    """Print one table."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    rows = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        running_lab(Path(folder), CELLS) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1200, "height": 1000})
        page.add_init_script(WATCH)
        open_notebook(page, address)
        page.evaluate(RUN, 0)
        for name, (cell, kind) in WAYS.items():
            rows[name] = measure(page, cell, kind)
            page.evaluate("jupyterapp.commands.execute('notebook:clear-cell-output')")
        browser.close()

    print(f"{'':30}{'key to picture, ms':>24}{'pictures/s':>12}{'first picture, ms, from':>30}")
    print(f"{'':30}{'median (10 to 90 %)':>24}{'two drags':>12}{'start (cold)':>18}{'end':>12}")
    for name, (firsts, delays, rates) in rows.items():
        low, *_, high = statistics.quantiles(delays, n=10)
        delay = f"{statistics.median(delays):.1f} ({low:.1f} to {high:.1f})"
        starts, ends = zip(*firsts)
        start = f"{statistics.median(starts[1:]):.0f} ({starts[0]:.0f})"
        rate = " ".join(f"{rate:.0f}" for rate in rates)
        print(f"{name:30}{delay:>24}{rate:>12}{start:>18}{statistics.median(ends):>12.0f}")
    ours, theirs = (rows[name][1] for name in ("explorer, 28x28 MLP", "interact + matplotlib"))
    ratio = statistics.median(theirs) / statistics.median(ours)
    print(f"interact + matplotlib takes {ratio:.0f} times as long as the explorer.")
    for name, size in sizes().items():
        print(f"exported {name}: {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
