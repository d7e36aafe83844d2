"""Draw the diagrams of figures/ as SVG.

python -m tools.figures build [name ...]
python -m tools.figures check             fail if an SVG differs from what its module draws
"""

import argparse
import importlib
import sys
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt

ROOT = Path(__file__).resolve().parent.parent
FIGURES = ROOT / "figures"
HELPERS = {"__init__", "hand"}


def names() -> list[str]:
    """The diagrams: every module of figures/ but the helpers."""
    return sorted(path.stem for path in FIGURES.glob("*.py") if path.stem not in HELPERS)


def drawn(name: str) -> bytes:
    """A diagram as SVG: the same bytes each time."""
    mpl.use("Agg")
    fig = importlib.import_module(f"figures.{name}").figure()
    buffer = BytesIO()
    with mpl.rc_context({"svg.hashsalt": "course", "svg.fonttype": "path"}):
        fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    plt.close(fig)

    return buffer.getvalue()


def differences() -> list[str]:
    """A line for each SVG that is missing, different or without a module."""
    found = []
    for name in names():
        path = FIGURES / f"{name}.svg"
        if not path.exists() or path.read_bytes() != drawn(name):
            found.append(f"figures/{name}.svg: differs from {name}.py; run `make figures`")
    found += [
        f"figures/{path.name}: has no module"
        for path in FIGURES.glob("*.svg")
        if path.stem not in names()
    ]

    return found


def main() -> None:
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=("build", "check"))
    parser.add_argument("chosen", nargs="*", help="names of diagrams; all of them if none")
    arguments = parser.parse_args()

    if arguments.command == "build":
        for name in arguments.chosen or names():
            (FIGURES / f"{name}.svg").write_bytes(drawn(name))
    else:
        found = differences()
        print("\n".join(found) or "Every diagram is what its module draws.")
        sys.exit(bool(found))


if __name__ == "__main__":
    main()
