"""Create .venv and install what requirements.lock names, once; says in one line what is missing.

Runs under any Python 3, also one that is too old for the course, so that it can say so.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed"
OLDEST = (3, 11)
NEEDED_GB = 3.0  # on Linux with CUDA about 7, which pip says when it gets there


class SetupError(Exception):
    """Something is missing; the message says what, in one line."""


def main():
    """Install unless what is there is up to date."""
    try:
        check_python(sys.version_info[:2], sys.executable)
        if not up_to_date():
            install()
    except SetupError as error:
        sys.exit(f"setup: {error}")


def check_python(version, executable):
    """Raise SetupError unless Python is new enough."""
    if version < OLDEST:
        raise SetupError(
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, {executable} is "
            f"{version[0]}.{version[1]}; try `make lab PYTHON=python3.12`"
        )


def check_disk(folder):
    """Raise SetupError unless there is room for the packages."""
    free = shutil.disk_usage(str(folder)).free / 2.0**30
    if free < NEEDED_GB:
        raise SetupError(
            f"the disk is full: about {NEEDED_GB:.0f} GB are needed in {folder}, "
            f"{free:.1f} GB are free"
        )


def fingerprint():
    """Changes when the packages or the Python do."""
    digest = hashlib.sha256(sys.version.encode())
    for name in ("requirements.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    digest.update(str(ROOT).encode())
    return digest.hexdigest()


def up_to_date():
    """Whether .venv holds what is wanted."""
    return STAMP.exists() and STAMP.read_text() == fingerprint()


def python_of(venv):
    """The interpreter inside a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install():
    """Create the environment and install everything into it."""
    check_disk(ROOT)
    if not python_of(VENV).exists():
        run(
            [sys.executable, "-m", "venv", str(VENV)],
            "the environment .venv cannot be created; "
            "on Debian and Ubuntu `apt-get install python3-venv` brings what is missing",
        )
    print("Installing the packages into .venv: a few minutes, once.", flush=True)
    pip = [str(python_of(VENV)), "-m", "pip", "install", "--disable-pip-version-check"]
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    failed = "pip could not install the packages; its last lines say why"
    run([*pip, *quiet, "-r", "requirements.lock"], failed)
    run([*pip, "--quiet", "--no-deps", "-e", "."], failed)
    STAMP.write_text(fingerprint())


def run(command, complaint):
    """Run a command in the project's root; raise SetupError with the complaint if it fails."""
    if subprocess.call(command, cwd=str(ROOT)) != 0:
        check_disk(ROOT)
        raise SetupError(complaint)


if __name__ == "__main__":
    main()
