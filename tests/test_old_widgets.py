"""The oldest widget libraries that are supported, as Colab has them. Run only where asked for.

python -m venv old
old/bin/pip install -e . "ipywidgets==7.7.1" "anywidget==0.9.21" ipykernel pytest
COURSE_OLD_WIDGETS=old/bin/python pytest tests/test_old_widgets.py
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

PYTHON = os.environ.get("COURSE_OLD_WIDGETS", "")
ROOT = Path(__file__).parent.parent
SHOW = """
import json, torch
from IPython.core.interactiveshell import InteractiveShell
from torch import nn
from course_utils.explorers import LatentExplorer

explorer = LatentExplorer(nn.Sequential(nn.Linear(2, 784), nn.Sigmoid()))
data, metadata = InteractiveShell.instance().display_formatter.format(explorer)
print(json.dumps([sorted(data), metadata["image/png"]["alt"], len(explorer.to_html())]))
"""
pytestmark = pytest.mark.skipif(not PYTHON, reason="COURSE_OLD_WIDGETS names no Python")


def run(*command: str) -> str:
    """The output of the old Python."""
    done = subprocess.run(
        [PYTHON, *command], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_versions_are_the_oldest_ones() -> None:
    names = "import anywidget, ipywidgets; print(ipywidgets.__version__, anywidget.__version__)"

    assert run("-c", names).split() == ["7.7.1", "0.9.21"]


def test_python_side_holds() -> None:
    run(
        *("-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=", "--noconftest"),
        *("-o", "filterwarnings=default", "tests/test_explorers.py"),
        *("-k", "not warn_of_nothing"),  # these libraries warn of themselves
    )


def test_shell_gets_view_poster_and_sentence() -> None:
    kinds, alt, size = json.loads(run("-c", SHOW).splitlines()[-1])

    assert kinds == ["application/vnd.jupyter.widget-view+json", "image/png", "text/plain"]
    assert alt.startswith("Latent explorer")
    assert size > 10_000
