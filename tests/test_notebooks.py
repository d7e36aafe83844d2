"""The notebooks as files: derived from their sources, executed in order, described."""

import base64
import io
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import jupytext
import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from PIL import Image

from tools import lint_cells, notebooks
from tools.nbval_fixes import seconds_by_notebook

ROOT = Path(__file__).resolve().parent.parent
SOURCES = notebooks.sources([])
STUDENTS = [ROOT / "notebooks" / f"{source.stem}.ipynb" for source in SOURCES]
SOLUTIONS = [ROOT / "notebooks" / "solutions" / path.name for path in STUDENTS]
MOST_BYTES = 1_500_000


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def code_cells(path: Path) -> list[NotebookNode]:
    return [cell for cell in read(path).cells if cell.cell_type == "code"]


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


each_notebook = pytest.mark.parametrize("path", STUDENTS + SOLUTIONS, ids=name)
each_student = pytest.mark.parametrize("path", STUDENTS, ids=name)
each_solution = pytest.mark.parametrize("path", SOLUTIONS, ids=name)
each_source = pytest.mark.parametrize("path", SOURCES, ids=name)


def test_every_derived_notebook_has_the_cells_of_its_source() -> None:
    assert notebooks.differences() == []


@each_notebook
def test_every_code_cell_was_executed_in_order(path: Path) -> None:
    counts = [cell.execution_count for cell in code_cells(path)]

    assert counts == list(range(1, len(counts) + 1))


@each_notebook
def test_nothing_went_wrong_and_nothing_was_said_to_stderr(path: Path) -> None:
    for cell in code_cells(path):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text


@each_notebook
def test_every_picture_has_a_description(path: Path) -> None:
    for cell in code_cells(path):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                alt = output.data["text/plain"]
                assert 30 <= len(alt) <= 250
                assert output.metadata["image/png"]["alt"] == alt


@each_notebook
def test_no_output_shows_the_address_of_an_object(path: Path) -> None:
    assert not re.search(r"<[\w.]+ (object )?at 0x", nbformat.writes(read(path)))


@each_notebook
def test_no_trace_of_the_machine_is_stored(path: Path) -> None:
    notebook = read(path)

    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags", "slideshow"}
    assert str(ROOT) not in nbformat.writes(notebook)


@each_notebook
def test_it_is_small_enough_to_be_shown(path: Path) -> None:
    assert path.stat().st_size < MOST_BYTES


@each_student
def test_the_students_copy_holds_no_answer(path: Path) -> None:
    text = nbformat.writes(read(path))

    assert "SOLUTION" not in text
    assert "# your turn" in text
    assert all("solution" not in cell.metadata.get("tags", []) for cell in read(path).cells)


@each_student
def test_the_unfilled_notebook_says_so_at_every_check(path: Path) -> None:
    assert all("not done yet" in report for report in reports(path))


@each_solution
def test_every_solution_passes_its_check(path: Path) -> None:
    assert all("passed" in report for report in reports(path))


def reports(path: Path) -> list[str]:
    """What the checks of a notebook printed; at least two, as every notebook has."""
    checks = [cell for cell in code_cells(path) if "check" in cell.metadata.get("tags", [])]
    assert 2 <= len(checks) <= 4

    return ["".join(output.text for output in cell.outputs) for cell in checks]


@each_source
def test_the_source_keeps_the_house_rules(path: Path) -> None:
    assert lint_cells.problems(path) == []
    assert lint_cells.prose_ratio(path) >= lint_cells.WORDS_PER_LINE


@each_source
def test_saving_the_source_from_jupyterlab_changes_no_cell(path: Path) -> None:
    def body(text: str) -> str:
        return text.split("# ---\n", 2)[2]

    text = path.read_text()

    assert body(jupytext.writes(jupytext.reads(text, "py:percent"), "py:percent")) == body(text)


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("x = 1\n" * 25 + "x = 1", "26 lines, at most 25"),
        ("!pip install torch", "installs a package"),
        ("%matplotlib inline", "uses a magic"),
        ("from torch import *", "star import"),
        ("from tqdm import tqdm", "draws its own progress bar; training.train has one"),
        ("plt.plot([1, 2])", "draws on the implicit axes"),
        ("model.cuda()", "names a device"),
        ("fig, ax = plt.subplots()", "draws without plotting.show(fig, alt=...)"),
        ("log_var = 0", "a name that the notation table replaces"),
    ],
)
def test_the_linter_finds_a_forbidden_habit(code: str, complaint: str) -> None:
    assert complaint in lint_cells.cell_problems(nbformat.v4.new_code_cell(code))


def test_the_linter_finds_a_function_that_reads_a_variable_of_the_notebook() -> None:
    cells = [
        nbformat.v4.new_code_cell("rate = 0.1\nRATE = 0.1\nmodel = 3"),
        nbformat.v4.new_code_cell("def scale(x):\n    return rate * x"),
        nbformat.v4.new_code_cell("def constant(x):\n    return RATE * x"),
        nbformat.v4.new_code_cell("def model_step(x):\n    return model * x"),
        nbformat.v4.new_code_cell("def own(x):\n    rate = 2\n    return rate * x"),
    ]

    assert lint_cells.hidden_globals(cells) == ["scale reads the variable rate"]


def exercise(answer: str) -> NotebookNode:
    return nbformat.v4.new_code_cell(answer, metadata={"tags": ["exercise"]})


def test_an_answer_is_replaced_where_it_stands() -> None:
    cell = exercise("def f(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n")

    assert notebooks.student(cell).source == "def f(x):\n    ...  # your turn\n"


def test_the_name_of_an_answer_that_is_a_number_stays() -> None:
    cell = exercise("### BEGIN SOLUTION\nguess = 0.5\n### END SOLUTION")

    assert notebooks.student(cell).source == "guess = ...  # your turn"


@pytest.mark.parametrize(
    "cell",
    [
        exercise("### BEGIN SOLUTION\nx = 1"),
        exercise("x = 1"),
        nbformat.v4.new_code_cell("### BEGIN SOLUTION\nx = 1\n### END SOLUTION"),
    ],
)
def test_a_marker_without_its_partner_is_refused(cell: NotebookNode) -> None:
    with pytest.raises(ValueError, match="SOLUTION"):
        notebooks.student(cell)


def test_a_cell_keeps_its_id_when_another_is_put_before_it() -> None:
    def ids(*sources: str) -> list[str]:
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        return [cell["id"] for cell in notebooks.with_ids(cells, "03")]

    assert ids("a", "b", "b")[1:] == ids("b", "b")
    assert len(set(ids("a", "b", "b"))) == 3


def test_outputs_are_kept_only_where_no_code_changed() -> None:
    source = SOURCES[0]
    stored = read(STUDENTS[0])
    fresh = notebooks.derive(source, solutions=False, address="https://github.com/a/b")
    kept = notebooks.keep_outputs(fresh, stored)

    assert [c.outputs for c in kept.cells if c.cell_type == "code"] == [
        c.outputs for c in stored.cells if c.cell_type == "code"
    ]
    code = next(c for c in fresh.cells if c.cell_type == "code" and "torch" in c.source)
    code.source += "\n1 + 1"
    with pytest.raises(ValueError, match="code has changed"):
        notebooks.keep_outputs(fresh, stored)


@each_source
def test_without_an_address_the_notebook_tells_how_to_upload_it(path: Path) -> None:
    title, bootstrap = notebooks.derive(path, solutions=False, address="").cells[:2]

    assert "upload this notebook" in title.source
    assert "http" not in title.source.split("**On your own machine:**")[1]
    assert "course_utils-*.whl" in bootstrap.source


@each_source
def test_with_an_address_the_notebook_links_to_itself_in_colab(path: Path) -> None:
    address = "https://github.com/someone/their-fork"
    title, bootstrap = notebooks.derive(path, solutions=False, address=address).cells[:2]

    colab = "https://colab.research.google.com/github/someone/their-fork/blob/main/notebooks"
    assert f"({colab}/{path.stem}.ipynb)" in title.source
    assert f"git+{address}" in bootstrap.source


@pytest.mark.parametrize("address", ["", "https://github.com/someone/their-fork"])
def test_the_bootstrap_cell_does_nothing_where_the_course_is_installed(address: str) -> None:
    bootstrap = notebooks.derive(SOURCES[0], solutions=False, address=address).cells[1].source

    done = subprocess.run([sys.executable, "-c", bootstrap], capture_output=True, text=True)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_executing_twice_gives_the_same_bytes() -> None:
    def executed() -> str:
        cells = [
            "import torch\nprint(torch.randn(2, generator=torch.Generator().manual_seed(0)))",
            "print('a')\nprint('b', flush=True)\nprint('c')",
            "from matplotlib import pyplot as plt\n"
            "from course_utils import plotting\n"
            "fig, ax = plt.subplots()\nax.plot([1, 2])\n"
            "plotting.show(fig, alt='A line that rises from one to two, as a test.')",
        ]
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        notebook.cells = notebooks.with_ids(notebook.cells, "twice")
        return nbformat.writes(notebooks.execute(notebook))

    assert executed() == executed()


def nbval(folder: Path, stored: str) -> subprocess.CompletedProcess:
    """Run nbval as `make test` does, on a notebook whose stored output is `stored`."""
    cell = nbformat.v4.new_code_cell("print('loss 4.25, about ≈ 17.3 nats');")
    cell.execution_count = 1
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=stored)]
    silent = nbformat.v4.new_code_cell("1 + 1;")
    silent.execution_count = 2
    nbformat.write(nbformat.v4.new_notebook(cells=[cell, silent]), folder / "small.ipynb")
    command = [sys.executable, "-m", "pytest", "-q", "-o", "addopts=", "-p", "tools.nbval_fixes"]
    options = ["--nbval", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg", "-p", "no:xdist"]

    return subprocess.run(
        [*command, *options, str(folder / "small.ipynb")], cwd=ROOT, capture_output=True, text=True
    )


def test_the_comparison_accepts_an_unchanged_output(tmp_path: Path) -> None:
    done = nbval(tmp_path, "loss 4.25, about ≈ 17.3 nats\n")

    assert done.returncode == 0, done.stdout


def test_the_comparison_detects_an_altered_number(tmp_path: Path) -> None:
    done = nbval(tmp_path, "loss 4.26, about ≈ 17.3 nats\n")

    assert done.returncode == 1
    assert "4.26" in done.stdout


def test_the_comparison_skips_a_number_that_is_marked_as_approximate(tmp_path: Path) -> None:
    done = nbval(tmp_path, "loss 4.25, about ≈ 18.9 nats\n")

    assert done.returncode == 0, done.stdout


def test_the_comparison_says_what_each_notebook_costs(tmp_path: Path) -> None:
    done = nbval(tmp_path, "loss 4.25, about ≈ 17.3 nats\n")

    table = done.stdout.split("seconds of each notebook, one thread")[1]
    assert re.search(r"^ +\d+  together$", table, re.MULTILINE)


def test_seconds_of_a_notebook_are_those_of_all_its_cells() -> None:
    cells = [("b.ipynb::Cell 0", 1.0), ("a.ipynb::Cell 0", 2.0), ("b.ipynb::Cell 1", 3.0)]
    reports = [SimpleNamespace(nodeid=nodeid, duration=duration) for nodeid, duration in cells]

    assert list(seconds_by_notebook(reports).items()) == [("b.ipynb", 4.0), ("a.ipynb", 2.0)]


def test_the_readme_shows_the_picture_of_the_notebook() -> None:
    shown = re.findall(r"\(figures/(\w+)\.png\)", (ROOT / "README.md").read_text())

    assert shown
    assert all((ROOT / "figures" / f"{stem}.png").exists() for stem in shown)


def test_a_large_picture_is_stored_with_a_palette_and_looks_the_same() -> None:
    noise = np.random.default_rng(0).normal(128, 40, (200, 200, 3)).clip(0, 255)
    smooth = np.kron(noise[:10, :10], np.ones((20, 20, 1))).astype(np.uint8)
    png = io.BytesIO()
    Image.fromarray(smooth).save(png, format="PNG", compress_level=0)
    large = base64.b64encode(png.getvalue()).decode()

    small = notebooks.with_palette(large)

    assert len(small) < len(large) / 3
    assert notebooks.with_palette(small) == small
    again = np.array(Image.open(io.BytesIO(base64.b64decode(small))).convert("RGB"))
    assert np.abs(again.astype(int) - smooth).mean() < 3
