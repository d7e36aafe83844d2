"""A JupyterLab of its own on a notebook, for tests and benchmarks."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import nbformat

READY = (
    "window.jupyterapp?.shell.currentWidget?.context?.sessionContext?.session?.kernel?.status"
    " === 'idle'"
)
RUN = """async (i) => {
  const notebook = jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = i;
  await jupyterapp.commands.execute("notebook:run-cell");
}"""


@contextmanager
def running_lab(folder: Path, cells: Sequence[str]) -> Iterator[str]:
    """The address of a notebook with these cells, while its server runs."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
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
    address = f"http://127.0.0.1:{port}"
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            wait_for(f"{address}/api/status?token=t")
            yield f"{address}/lab/tree/page.ipynb?token=t&reset"
        finally:
            server.terminate()
            server.wait(30)


def wait_for(address: str, *, seconds: float = 60) -> None:
    """Until a server answers.

    Raises:
        TimeoutError: It does not.
    """
    for _ in range(round(2 * seconds)):
        try:
            urllib.request.urlopen(address).close()
            return
        except OSError:
            time.sleep(0.5)
    raise TimeoutError(f"{address} did not answer in {seconds} s")


def open_notebook(page, address: str) -> None:
    """Open the notebook and wait for its kernel."""
    page.goto(address)
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)
    page.wait_for_function(READY, timeout=60_000)
