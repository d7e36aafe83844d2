"""Every notebook can be handed out by nbgrader: a point for each exercise, answers marked."""

from pathlib import Path

import nbformat
import pytest

from tools import grading, notebooks

SOURCES = notebooks.sources([])


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_an_assignment_has_a_point_in_front_of_each_check(source: Path) -> None:
    cells = grading.assignment(source).cells
    roles = [cell.metadata.get("nbgrader", {}) for cell in cells]
    checks = [i for i, cell in enumerate(cells) if "check" in cell.metadata.get("tags", [])]

    assert len(checks) >= 2
    for i in checks:
        assert roles[i - 1]["grade"] is True
        assert roles[i - 1]["points"] == 1
        assert roles[i - 1]["locked"] is True
        assert "check." in cells[i - 1].source
    solutions = [cells[i].source for i, role in enumerate(roles) if role.get("solution")]
    assert len(solutions) == len(checks)
    assert all("### BEGIN SOLUTION" in text for text in solutions)
    ids = [role["grade_id"] for role in roles if role]
    assert len(set(ids)) == len(ids)
    assert not any("solution" in cell.metadata.get("tags", []) for cell in cells)


@pytest.mark.parametrize("source", SOURCES[:1], ids=lambda path: path.stem)
def test_an_assignment_is_a_valid_notebook(source: Path) -> None:
    nbformat.validate(grading.assignment(source))


@pytest.mark.parametrize("said", ["passed: 3 tests", "not yet: the sign", "not done yet"])
def test_a_point_is_earned_only_where_the_check_says_passed(said: str) -> None:
    """The cell in front of a check, run as nbgrader runs it."""
    test = grading.TEST.format(call="check(answer)")
    names = {"check": lambda answer: print(said), "answer": None}

    if said.startswith("passed"):
        exec(test, names)
    else:
        with pytest.raises(AssertionError):
            exec(test, names)
