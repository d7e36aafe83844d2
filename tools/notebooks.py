"""Derive the students' and the instructors' notebooks from notebooks/src, and execute them.

    python -m tools.notebooks build [03 ...]    derive, execute, normalise
    python -m tools.notebooks prose [03 ...]    derive; keep the outputs, where no code changed
    python -m tools.notebooks check             fail if a derived cell differs from its source

One source gives two notebooks. In the student's, an answer between the SOLUTION markers becomes
`...  # your turn`, and the cells tagged 'solution' are left out. Building twice on one machine
gives the same bytes.
"""

import argparse
import base64
import hashlib
import re
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from io import BytesIO
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
FIGURES = ROOT / "figures"

REGION = re.compile(
    r"^(?P<indent>[ \t]*)### BEGIN SOLUTION\n(?P<answer>.*?)^[ \t]*### END SOLUTION[^\n]*",
    re.M | re.S,
)
NAME = re.compile(r"\s*(\w+ = )")  # an answer that is a number: its name stays

MOST_OF_A_PICTURE = 100_000  # characters; a larger one is stored with a palette

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}

HOW_TO_OPEN = """**Open in Colab:** [{name}]({colab}/{path}). On your own machine: `make lab`."""
HOW_TO_UPLOAD = """**On your own machine:** `make lab`. **In Colab:** upload this notebook, then \
put the file `course_utils-*.whl`, which `make wheel` builds, into Colab's file pane."""

BOOTSTRAP_ADDRESS = """\
# In Colab this installs the course; where it is installed, it does nothing.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("course_utils") is None:
    source = "course-utils @ git+{address}"
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", source], check=True)"""

BOOTSTRAP_UPLOAD = """\
# In Colab this installs the uploaded course; where it is installed, it does nothing.
import importlib.util
import pathlib
import subprocess
import sys

if importlib.util.find_spec("course_utils") is None:
    wheels = sorted(map(str, pathlib.Path().glob("course_utils-*.whl")))
    assert wheels, "course_utils is missing: put course_utils-*.whl beside this notebook"
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", wheels[-1]], check=True)"""


def repository() -> str:
    """The repository's address from pyproject.toml; empty while none is set."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return tomllib.load(file)["tool"]["course"]["repository"].rstrip("/")


def sources(chosen: list[str]) -> list[Path]:
    """The sources whose names begin with one of `chosen`, or all of them."""
    paths = sorted((NOTEBOOKS / "src").glob("[0-9]*.py"))
    return [path for path in paths if not chosen or path.name.startswith(tuple(chosen))]


def derive(source: Path, *, solutions: bool, address: str) -> NotebookNode:
    """A notebook without outputs: the student's, or the one with solutions."""
    notebook = jupytext.read(source)
    for cell in notebook.cells:
        kept = {key: cell.metadata[key] for key in ("tags", "slideshow") if key in cell.metadata}
        cell.metadata = nbformat.from_dict(kept)
    title, *rest = notebook.cells
    title.source += "\n\n" + how_to_open(source.stem, address)
    bootstrap = nbformat.v4.new_code_cell(
        BOOTSTRAP_ADDRESS.format(address=address) if address else BOOTSTRAP_UPLOAD
    )
    bootstrap.metadata["tags"] = ["bootstrap"]

    cells = [title, bootstrap, *rest]
    if solutions:  # they lie one folder deeper
        for cell in cells:
            if cell.cell_type == "markdown":
                cell.source = cell.source.replace("](../figures/", "](../../figures/")
    if not solutions:
        cells = [student(cell) for cell in cells if "solution" not in tags(cell)]
    notebook.cells = with_ids(cells, source.stem)
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": KERNEL,
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5

    return notebook


def how_to_open(name: str, address: str) -> str:
    """The line under the title that says where to run the notebook."""
    if not address:
        return HOW_TO_UPLOAD
    colab = address.replace("https://github.com", "https://colab.research.google.com/github")
    return HOW_TO_OPEN.format(name=name, colab=colab, path=f"blob/main/notebooks/{name}.ipynb")


def tags(cell: NotebookNode) -> list[str]:
    """The cell's tags."""
    return cell.metadata.get("tags", [])


def student(cell: NotebookNode) -> NotebookNode:
    """The cell with its answers taken out.

    Raises:
        ValueError: An exercise has no answer to take out, or a marker has no partner.
    """
    cell = deepcopy(cell)
    if cell.cell_type != "code":
        return cell
    cell.source, count = REGION.subn(stub, cell.source)
    if "SOLUTION" in cell.source:
        raise ValueError(f"a SOLUTION marker without its partner in:\n{cell.source}")
    if ("exercise" in tags(cell)) != (count > 0):
        raise ValueError(f"tag 'exercise' and SOLUTION markers go together in:\n{cell.source}")

    return cell


def stub(region: re.Match) -> str:
    """What stands in the place of an answer."""
    name = NAME.match(region["answer"]) if not region["indent"] else None
    return f"{region['indent']}{name[1] if name else ''}...  # your turn"


def with_ids(cells: list[NotebookNode], name: str) -> list[NotebookNode]:
    """Give each cell an id that stays the same while its text does."""
    seen: dict[str, int] = {}
    for cell in cells:
        digest = hashlib.sha256(f"{name}\n{cell.cell_type}\n{cell.source}".encode()).hexdigest()
        seen[digest] = seen.get(digest, 0) + 1
        cell["id"] = f"{digest[:12]}-{seen[digest]}"

    return cells


def execute(notebook: NotebookNode) -> NotebookNode:
    """Run all cells in order, in a fresh kernel, and normalise what comes out."""
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": NOTEBOOKS}}
    )
    client.record_timing = False
    client.execute()

    return normalise(notebook)


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Take out what differs from run to run, or belongs to one machine."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)
            for output in cell.outputs:
                data = output.get("data", {})
                data.pop("application/vnd.jupyter.widget-view+json", None)
                if len(data.get("image/png", "")) > MOST_OF_A_PICTURE:
                    data["image/png"] = with_palette(data["image/png"])

    return notebook


def with_palette(png: str) -> str:
    """A large picture in 256 colours of its own choice: a third of the bytes, the same each time.

    A picture that has a palette already comes back as it is.
    """
    picture = Image.open(BytesIO(base64.b64decode(png)))
    if picture.mode == "P":
        return png
    buffer = BytesIO()
    picture.convert("RGB").quantize(256).save(buffer, format="PNG", optimize=True)

    return base64.b64encode(buffer.getvalue()).decode()


def joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs in which what was printed in pieces is one piece."""
    result: list[NotebookNode] = []
    for output in outputs:
        last = result[-1] if result else None
        if last and output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            result.append(output)

    return result


def keep_outputs(fresh: NotebookNode, stored: NotebookNode) -> NotebookNode:
    """Move the stored outputs into a freshly derived notebook with the same code.

    Raises:
        ValueError: The code differs, so that the outputs may too.
    """
    new = [cell for cell in fresh.cells if cell.cell_type == "code"]
    old = [cell for cell in stored.cells if cell.cell_type == "code"]
    same = [cell.source for cell in new if "bootstrap" not in tags(cell)] == [
        cell.source for cell in old if "bootstrap" not in tags(cell)
    ]
    if not same:
        raise ValueError("the code has changed: run `make notebooks`")
    for cell, before in zip(new, old, strict=True):
        cell.outputs, cell.execution_count = before.outputs, before.execution_count

    return fresh


def targets(source: Path) -> list[tuple[Path, bool]]:
    """The files derived from a source, and whether each contains the solutions."""
    name = f"{source.stem}.ipynb"
    return [(NOTEBOOKS / name, False), (NOTEBOOKS / "solutions" / name, True)]


def write(notebook: NotebookNode, path: Path) -> None:
    """Write the notebook, and the picture that the README shows if it is in there."""
    nbformat.validate(notebook)
    path.write_text(nbformat.writes(notebook), encoding="utf-8", newline="\n")
    for cell in notebook.cells:
        if "readme" in tags(cell) and path.parent == NOTEBOOKS:
            (png,) = [o.data["image/png"] for o in cell.outputs if "image/png" in o.get("data", {})]
            (FIGURES / f"{path.stem}.png").write_bytes(base64.b64decode(png))


def build(chosen: list[str]) -> None:
    """Derive and execute, two notebooks at a time."""
    address = repository()
    jobs = [
        (path, derive(source, solutions=solutions, address=address))
        for source in sources(chosen)
        for path, solutions in targets(source)
    ]
    with ThreadPoolExecutor(max_workers=2) as pool:
        executed = pool.map(lambda job: (job[0], execute(job[1])), jobs)
        for path, notebook in executed:
            write(notebook, path)
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.2f} MB", flush=True)


def prose(chosen: list[str]) -> None:
    """Derive again and keep the outputs."""
    address = repository()
    for source in sources(chosen):
        for path, solutions in targets(source):
            fresh = derive(source, solutions=solutions, address=address)
            write(keep_outputs(fresh, nbformat.read(path, as_version=4)), path)


def differences() -> list[str]:
    """A line for each derived notebook whose cells are not those of its source."""
    address = repository()
    found = []
    wanted = set()
    for source in sources([]):
        for path, solutions in targets(source):
            wanted.add(path)
            if not path.exists():
                found.append(f"{path.relative_to(ROOT)}: missing; run `make notebooks`")
                continue
            stored = nbformat.read(path, as_version=4)
            fresh = derive(source, solutions=solutions, address=address)
            if contents(stored) != contents(fresh):
                found.append(f"{path.relative_to(ROOT)}: differs from {source.name}")
    there = [*NOTEBOOKS.glob("*.ipynb"), *(NOTEBOOKS / "solutions").glob("*.ipynb")]
    found += [f"{path.relative_to(ROOT)}: has no source" for path in there if path not in wanted]

    return found


def contents(notebook: NotebookNode) -> list[tuple[str, ...]]:
    """What of a notebook is derived from its source."""
    return [(cell.cell_type, cell["id"], cell.source, *tags(cell)) for cell in notebook.cells]


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("build", "prose", "check"))
    parser.add_argument("chosen", nargs="*", help="first characters of names, such as 03")
    arguments = parser.parse_args()

    if arguments.command == "build":
        build(arguments.chosen)
    elif arguments.command == "prose":
        prose(arguments.chosen)
    else:
        found = differences()
        print("\n".join(found) or "Every derived notebook has the cells of its source.")
        sys.exit(bool(found))


if __name__ == "__main__":
    main()
