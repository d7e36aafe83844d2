"""Build the decks from slides/src: reveal.js pages that need neither network nor kernel.

    python -m tools.slides build [03 ...]                  execute, write slides/NN_name.html
    python -m tools.slides build --single-file [03 ...]    dist/NN_name.html, one portable file each
    python -m tools.slides check                           fail if a deck differs from its source

A source is a percent notebook. A Markdown cell that begins with a heading opens a slide; other
cells continue it. Tags: `fragment` (appears on the next key), `notes` (the speaker's), `show` (the
code is shown too), `skip` (runs unseen); `small` and `large` size the pictures of a cell.
"""

import argparse
import base64
import hashlib
import html
import os
import re
import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
SLIDES = ROOT / "slides"
TEMPLATE = SLIDES / "template"
SOURCE_MARK = re.compile(r'<meta content="(\w+)" name="course-source"/?>')
HEADING = re.compile(r"#{1,2} +(.+)")
LINK = re.compile(r'<link href="(assets/[\w.-]+)" rel="stylesheet"/?>')
SCRIPT = re.compile(r'<script src="(assets/[\w.-]+)"></script>')
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def sources(chosen: list[str]) -> list[Path]:
    """The decks' sources whose names begin with one of `chosen`, or all of them."""
    paths = sorted((SLIDES / "src").glob("[0-9]*.py"))
    return [path for path in paths if not chosen or path.name.startswith(tuple(chosen))]


def fingerprint(source: Path) -> str:
    """Changes when the source or the template does."""
    parts = [source, *sorted(TEMPLATE.iterdir())]
    return hashlib.sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()[:16]


def derive(source: Path) -> NotebookNode:
    """The deck as a notebook whose cells say where slides begin."""
    notebook = jupytext.read(source)
    for number, cell in enumerate(notebook.cells):
        cell.metadata = nbformat.from_dict(
            {"tags": cell.metadata.get("tags", []), "slideshow": {"slide_type": kind(cell)}}
        )
        cell["id"] = f"cell-{number}"
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": KERNEL,
            "language_info": {"name": "python"},
            "title": title(source),
            "course_source": fingerprint(source),
        }
    )

    return notebook


def kind(cell: NotebookNode) -> str:
    """What a cell is on the stage: a new slide, a fragment, notes, nothing, or more of the same."""
    for tag in ("fragment", "notes", "skip"):
        if tag in cell.metadata.get("tags", []):
            return tag
    opens = cell.cell_type == "markdown" and HEADING.match(cell.source)

    return "slide" if opens else "-"


def title(source: Path) -> str:
    """The deck's first heading."""
    cells = jupytext.read(source).cells
    return next(match[1] for cell in cells if (match := HEADING.match(cell.source)))


def exporter() -> HTMLExporter:
    """nbconvert's reveal exporter with the course's template."""
    chosen = HTMLExporter(
        extra_template_basedirs=[str(SLIDES)], template_name="template", exclude_input_prompt=True
    )
    chosen.register_filter("course_base64", lambda svg: base64.b64encode(svg.encode()).decode())

    return chosen


def execute(notebook: NotebookNode) -> NotebookNode:
    """Run the deck in a fresh kernel; an error stops the build."""
    os.environ["PYTHONPATH"] = os.pathsep.join(
        filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])
    )  # so that a deck finds tools.deck
    resources = {"metadata": {"path": SLIDES}}
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources=resources)
    client.record_timing = False
    client.execute()
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr":
                raise ValueError(f"a deck must not warn: {output.text}")

    return notebook


def page(source: Path) -> str:
    """The executed deck as HTML."""
    body, _ = exporter().from_notebook_node(execute(derive(source)))
    lines = (line.rstrip() for line in body.splitlines())

    return "\n".join(line for line in lines if line) + "\n"


def single_file(body: str) -> str:
    """The page with its style sheets and scripts inside."""

    def style(match: re.Match) -> str:
        return f"<style>{(SLIDES / match[1]).read_text(encoding='utf-8')}</style>"

    def script(match: re.Match) -> str:
        code = (SLIDES / match[1]).read_text(encoding="utf-8")
        return "<script>" + re.sub("</(?=script)", r"<\\/", code, flags=re.I) + "</script>"

    return SCRIPT.sub(script, LINK.sub(style, body))


def index() -> str:
    """The list of decks."""
    items = "\n".join(
        f'<li><a href="{source.stem}.html">{html.escape(title(source))}</a></li>'
        for source in sources([])
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1.0">
<title>Slides of the course on deep generative models</title>
<link rel="stylesheet" href="assets/course.css">
</head>
<body><main class="deck-list">
<h1>Slides</h1>
<p>Each deck is a lecture of 45 minutes and runs without network. Keys: arrows turn, S opens the
speaker's view, F fills the screen. For a handout open a deck with <code>?print-pdf</code> and
print.</p>
<ul>
{items}
</ul>
</main></body>
</html>
"""


def build(chosen: list[str], *, portable: bool) -> None:
    """Execute the decks and write them."""
    for source in sources(chosen):
        body = page(source)
        path = SLIDES / f"{source.stem}.html"
        if portable:
            path = ROOT / "dist" / path.name
            path.parent.mkdir(exist_ok=True)
            body = single_file(body)
        path.write_text(body, encoding="utf-8", newline="\n")
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.2f} MB", flush=True)
    (SLIDES / "index.html").write_text(index(), encoding="utf-8", newline="\n")


def differences() -> list[str]:
    """A line for each deck that was not built from its source as it is now."""
    found = []
    for source in sources([]):
        path = SLIDES / f"{source.stem}.html"
        mark = SOURCE_MARK.search(path.read_text(encoding="utf-8")) if path.exists() else None
        if mark is None or mark[1] != fingerprint(source):
            found.append(f"slides/{path.name}: differs from {source.name}; run `make slides`")
    names = {source.stem for source in sources([])}
    built = (path for path in SLIDES.glob("*.html") if path.stem != "index")
    found += [f"slides/{path.name}: has no source" for path in built if path.stem not in names]
    listed = SLIDES / "index.html"
    if not listed.exists() or listed.read_text(encoding="utf-8") != index():
        found.append("slides/index.html: differs from the list of decks; run `make slides`")

    return found


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("build", "check"))
    parser.add_argument("--single-file", action="store_true", help="one portable file each")
    parser.add_argument("chosen", nargs="*", help="first characters of names, such as 03")
    arguments = parser.parse_args()

    if arguments.command == "build":
        build(arguments.chosen, portable=arguments.single_file)
    else:
        found = differences()
        print("\n".join(found) or "Every deck is built from its source.")
        sys.exit(bool(found))


if __name__ == "__main__":
    main()
