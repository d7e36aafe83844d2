"""Open JupyterLab where the student works: my/ gets a copy of each notebook it lacks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = Path(sys.prefix) / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
QUIET = {
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False}
}


def copy_missing(source: Path, target: Path) -> list[Path]:
    """Copy each notebook that `target` lacks; never touch one that is there.

    Returns:
        The copies made.
    """
    target.mkdir(exist_ok=True)
    copies = []
    for notebook in sorted(source.glob("[0-9]*.ipynb")):
        copy = target / notebook.name
        if not copy.exists():
            shutil.copyfile(notebook, copy)
            copies.append(copy)

    return copies


def first_notebook(folder: Path) -> str:
    """The name of the notebook to begin with."""
    return min(path.name for path in folder.glob("[0-9]*.ipynb"))


def has_display() -> bool:
    """Whether a browser can open a window here."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def lab_command(folder: Path, arguments: list[str]) -> list[str]:
    """The command that serves `folder`, on a screen or without one, as anybody or as root."""
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={folder}",
        f"--LabApp.default_url=/lab/tree/{first_notebook(folder)}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    if not has_display():
        command.append("--no-browser")

    return command + arguments


def no_news() -> None:
    """Let JupyterLab ask nobody for news and updates: a hall may have no network."""
    if not SETTINGS.exists():
        SETTINGS.parent.mkdir(parents=True, exist_ok=True)
        SETTINGS.write_text(json.dumps(QUIET, indent=1))


def main() -> None:
    """Copy, say what was copied, and serve until Ctrl-C."""
    no_news()
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")  # waiting threads give the core to others
    my = ROOT / "my"
    copies = copy_missing(ROOT / "notebooks", my)
    kept = len(list(my.glob("[0-9]*.ipynb"))) - len(copies)
    print(f"my/: {len(copies)} notebooks copied, {kept} of yours kept as they are.", flush=True)
    if not has_display():
        print("No screen here: open the address with the token, printed below.", flush=True)

    try:
        sys.exit(subprocess.call(lab_command(my, sys.argv[1:])))
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
