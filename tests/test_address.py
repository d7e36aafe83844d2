"""One command sets the repository's address everywhere, and takes it out again."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FORK = "https://github.com/someone/their-fork"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files that the command reads and writes."""
    for folder in ("tools", "notebooks", "figures"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)

    return tmp_path


def address(copy: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "tools.address", *arguments],
        cwd=copy,
        capture_output=True,
        text=True,
    )


def texts(copy: Path) -> dict[str, str]:
    paths = [copy / "pyproject.toml", *sorted(copy.glob("notebooks/**/*.ipynb"))]
    return {str(path.relative_to(copy)): path.read_text() for path in paths}


def test_an_address_is_set_everywhere_and_taken_out_without_a_trace(copy: Path) -> None:
    before = texts(copy)

    assert address(copy, FORK).returncode == 0
    assert all(FORK in text for text in texts(copy).values())
    assert address(copy).returncode == 0
    assert texts(copy) == before


def test_what_is_no_address_is_refused_in_one_line(copy: Path) -> None:
    before = texts(copy)

    done = address(copy, "someone/their-fork")

    assert done.returncode == 1
    assert done.stderr.strip() == (
        "address: expected one such as https://github.com/you/course, got someone/their-fork"
    )
    assert texts(copy) == before
