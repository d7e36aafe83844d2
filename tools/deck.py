"""What the decks are made of: pictures out of the executed notebooks, diagrams, live explorers.

picture("03", "Share let through")    the notebook's figure whose description begins so
diagram("autoencoder")                figures/autoencoder.svg
live(explorer)                        an explorer that runs in the page
"""

import html
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from IPython.display import HTML, display

from course_utils.explorers.base import Explorer

ROOT = Path(__file__).resolve().parent.parent
BAR = re.compile(r"(?<!\\)\|")


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


def derivation(number: str, place: int, *, lines: slice = slice(None)) -> None:
    """Show a notebook's `place`-th executed derivation (1 is the first), one line at a time.

    Raises:
        LookupError: The notebook has fewer derivations.
    """
    tables = list(derivations(number))
    if place > len(tables):
        raise LookupError(f"notebook {number}: {len(tables)} derivations, no {place}.")
    rows = [
        "<tr{}>{}</tr>".format(
            ' class="fragment"' if at else "",
            "".join(f"<td>{html.escape(cell, quote=False)}</td>" for cell in cells),
        )
        for at, cells in enumerate(tables[place - 1][lines])
    ]
    display(HTML(f'<table class="derivation"><tbody>{"".join(rows)}</tbody></table>'))


def derivations(number: str) -> Iterator[list[list[str]]]:
    """Of each derivation in an executed notebook its rows: sign, formula, value, tick, reason."""
    (path,) = (ROOT / "notebooks").glob(f"{number}_*.ipynb")
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            table = output.get("data", {}).get("text/markdown", "")
            if table.startswith("| | | formula | value | holds | reason |"):
                yield [
                    [part.strip().replace(r"\|", "|") for part in BAR.split(line)[2:-1]]
                    for line in table.splitlines()[2:]
                ]


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
