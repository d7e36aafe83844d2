"""What the decks are made of: pictures out of the executed notebooks, diagrams, live explorers.

picture("03", "Share let through")    the notebook's figure whose description begins so
diagram("autoencoder")                figures/autoencoder.svg
live(explorer)                        an explorer that runs in the page
"""

import importlib
from collections.abc import Iterator
from pathlib import Path

import nbformat
from IPython.display import HTML, display

from course_utils.explorers.base import Explorer

ROOT = Path(__file__).resolve().parent.parent


def picture(number: str, beginning: str) -> None:
    """Show the one figure of notebook `number` whose description begins with these words.

    Raises:
        LookupError: No figure, or more than one, has such a description.
    """
    found = [pair for pair in pictures(number) if pair[1]["alt"].startswith(beginning)]
    if len(found) != 1:
        raise LookupError(f"notebook {number}: {len(found)} figures begin with '{beginning}'")
    png, about = found[0]
    display({"image/png": png, "text/plain": about["alt"]}, metadata={"image/png": about}, raw=True)


def pictures(number: str) -> Iterator[tuple[str, dict]]:
    """Every picture of an executed notebook with what is known of it."""
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                yield output.data["image/png"], dict(output.metadata["image/png"])


def diagram(name: str) -> None:
    """Show a diagram of `figures/` with its description."""
    svg = (ROOT / "figures" / f"{name}.svg").read_text(encoding="utf-8")
    alt = importlib.import_module(f"figures.{name}").ALT
    display(
        {"image/svg+xml": svg, "text/plain": alt},
        metadata={"image/svg+xml": {"alt": alt}},
        raw=True,
    )


def live(explorer: Explorer) -> None:
    """Show an explorer that needs no kernel."""
    display(HTML(explorer.to_html()))
