"""How long from pressing run to the first data? A fresh kernel, imports, digits.

    python benchmarks/start.py

Each round starts a kernel as JupyterLab does and runs what notebooks 00 and 03 run first: their
cells up to the one that loads the digits. The target is 6 s.
"""

import statistics
import subprocess
import time
from pathlib import Path

import nbformat
from jupyter_client.manager import start_new_kernel

ROUNDS = 5
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
FIRST = {"00": "mnist(", "03": "mnist("}  # the cell with this text is the last one run


def opening(number: str) -> list[str]:
    """The code cells of a notebook up to the first with data."""
    notebook = nbformat.read(next(NOTEBOOKS.glob(f"{number}_*.ipynb")), as_version=4)
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    last = next(i for i, source in enumerate(cells) if FIRST[number] in source)

    return cells[: last + 1]


def seconds(cells: list[str]) -> tuple[float, float]:
    """Until the kernel answers, and until the last cell has run.

    Raises:
        RuntimeError: A cell failed.
    """
    start = time.perf_counter()
    manager, client = start_new_kernel(cwd=str(NOTEBOOKS), stderr=subprocess.DEVNULL)
    ready = time.perf_counter()
    for source in cells:
        reply = client.execute_interactive(source, output_hook=lambda message: None)
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"start: {reply['content']['evalue']}")
    done = time.perf_counter()
    client.stop_channels()
    manager.shutdown_kernel(now=True)

    return ready - start, done - start


def main() -> None:
    """Print medians and ranges."""
    for number in FIRST:
        cells = opening(number)
        found = [seconds(cells) for _ in range(ROUNDS)]
        kernel = statistics.median(ready for ready, _ in found)
        times = [done for _, done in found]
        print(
            f"notebook {number}, {len(cells)} cells: kernel {kernel:.1f} s, data at hand after "
            f"{statistics.median(times):.1f} s ({min(times):.1f}-{max(times):.1f})"
        )


if __name__ == "__main__":
    main()
