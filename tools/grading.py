"""Write a notebook as an nbgrader assignment: python -m tools.grading 03 COURSE_FOLDER.

Exercises become cells that students fill in; in front of each check stands a cell worth one point,
which calls the check and fails unless it reports 'passed'. The result is
COURSE_FOLDER/source/NN_name/NN_name.ipynb; slides/README.md says how to go on.
"""

import hashlib
import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools import notebooks

CALL = re.compile(r"^\w+ = (check\.\w+\(\w+\))$", re.M)
TEST = """\
# One point: the check has to say 'passed'.
import contextlib
import io

with contextlib.redirect_stdout(io.StringIO()) as said:
    {call}
print(said.getvalue().strip())
assert "passed" in said.getvalue()"""


def assignment(source: Path) -> NotebookNode:
    """The solved notebook with nbgrader's metadata, without outputs or explanations of answers.

    Raises:
        ValueError: A check is not of the form `name = check.name(name)`.
    """
    notebook = notebooks.derive(source, solutions=True, address=notebooks.repository())
    cells = []
    for cell in notebook.cells:
        tags = notebooks.tags(cell)
        if "solution" in tags:
            continue
        if "exercise" in tags:
            cell.metadata["nbgrader"] = about(cell, source, solution=True)
        if "check" in tags:
            call = CALL.search(cell.source)
            if not call:
                raise ValueError(f"{source.name}: expected `name = check.name(name)` in a check")
            test = nbformat.v4.new_code_cell(TEST.format(call=call[1]))
            test["id"] = f"{cell['id']}-point"
            test.metadata["nbgrader"] = about(test, source, grade=True, points=1)
            cells.append(test)
        cells.append(cell)
    notebook.cells = cells

    return notebook


def about(cell: NotebookNode, source: Path, **role: bool | int) -> dict:
    """What nbgrader wants to know of a cell."""
    name = hashlib.sha256(f"{source.stem}{cell.source}".encode()).hexdigest()[:12]
    flags = {"grade": False, "locked": "grade" in role, "solution": False, "task": False}

    return {"schema_version": 3, "grade_id": f"cell-{name}", **flags, **role}


def main() -> None:
    """Write the assignment."""
    if len(sys.argv) != 3:
        sys.exit("grading: expected a notebook's number and a folder, as in `03 course`")
    (source,) = notebooks.sources([sys.argv[1]])
    path = Path(sys.argv[2]) / "source" / source.stem / f"{source.stem}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(assignment(source), path)
    print(path)


if __name__ == "__main__":
    main()
