"""A real JupyterLab: what is dragged is read in Python, what Python sets is seen."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

SETUP = """import torch
from torch import nn
from course_utils.explorers import LatentExplorer
torch.manual_seed(0)
decoder = nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 784), nn.Sigmoid())
points = torch.randn(50, 2)"""
CALL = "LatentExplorer(decoder, points=points, bounds=(-3, 3, -3, 3), z=(0, 0), where={!r})"
CELLS = [
    f"{SETUP}\nexplorer = {CALL.format('browser')}\nexplorer",
    "print('Z', *explorer.z)",
    "explorer.z = [-2.0, 1.0]",
    f"remote = {CALL.format('kernel')}\nremote",
    "print('SAME', remote.frames[0] == remote.image.tobytes(), *remote.z)",
]
IDLE = "jupyterapp.shell.currentWidget?.context?.sessionContext?.session?.kernel?.status === 'idle'"
RUN = """async (i) => {
  const notebook = jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = i;
  await jupyterapp.commands.execute("notebook:run-cell");
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    """The address of a notebook in a JupyterLab of its own."""
    folder = tmp_path_factory.mktemp("lab")
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "page.ipynb")
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]

    bin_folder = str(Path(sys.executable).parent)
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(folder / ".config"),
        "JUPYTER_RUNTIME_DIR": str(folder / ".runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / ".settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / ".workspaces"),
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
    }
    command = [
        *(sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", f"--port={port}", "--IdentityProvider.token=t"),
        *("--expose-app-in-browser", f"--ServerApp.root_dir={folder}"),
    ]
    log = (folder / "log").open("w")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/api/status?token=t").close()
            break
        except OSError:
            time.sleep(0.5)
    yield f"{address}/lab/tree/page.ipynb?token=t&reset"
    server.terminate()
    server.wait(30)
    log.close()


def printed(page, word: str) -> list[str]:
    """The words of the output that begins with `word`."""
    output = page.locator(f".jp-OutputArea-output pre:has-text('{word} ')").last
    return output.inner_text(timeout=20_000).split()[1:]


def test_state_goes_both_ways(lab: str, open_page, record_property) -> None:
    page = open_page(viewport={"width": 1200, "height": 1300})
    page.goto(lab)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)
    page.wait_for_function(f"window.jupyterapp && {IDLE}", timeout=60_000)

    page.evaluate(RUN, 0)
    first = page.locator(".jp-CodeCell").nth(0)
    plane = first.locator(".plane")
    plane.wait_for(timeout=60_000)
    plane.scroll_into_view_if_needed()
    box = plane.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.25 * box["height"], steps=6)
    page.mouse.up()
    page.wait_for_timeout(600)

    page.evaluate(RUN, 1)
    assert [float(v) for v in printed(page, "Z")] == pytest.approx([1.5, 1.5], abs=0.05)

    page.evaluate(RUN, 2)
    sliders = first.get_by_role("slider")
    page.wait_for_timeout(600)
    assert [float(s.input_value()) for s in sliders.all()] == pytest.approx([-2, 1], abs=0.02)

    page.evaluate(RUN, 3)
    fourth = page.locator(".jp-CodeCell").nth(3)
    fourth.locator(".plane").focus()
    before = pixels(fourth)
    for key in ("Shift+ArrowRight", "ArrowUp", "b"):  # b would insert a cell
        page.keyboard.press(key)
    page.wait_for_timeout(1000)
    assert pixels(fourth) != before
    page.evaluate(RUN, 4)
    same, *z = printed(page, "SAME")
    assert same == "True"
    assert [float(v) for v in z] == pytest.approx([0.5, 0.1])
    assert page.locator(".jp-CodeCell").count() == len(CELLS)


def pixels(cell) -> str:
    """The decoded image, as text that changes when it does."""
    return json.dumps(cell.locator("canvas.picture").first.evaluate("c => c.toDataURL()"))
