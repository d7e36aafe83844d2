"""Setting up: what is missing is said in one line, and a student's work is never touched."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import urllib.request
from itertools import chain
from pathlib import Path

import pytest
import yaml

from tools import install, lab

ROOT = Path(__file__).resolve().parent.parent


def test_an_old_python_is_told_what_is_needed() -> None:
    with pytest.raises(install.SetupError, match=r"3\.11 or newer is needed, /usr/bin/py is 3\.9"):
        install.check_python((3, 9), "/usr/bin/py")

    install.check_python((3, 11), "python3")


def test_a_full_disk_is_told_how_much_is_needed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(install, "NEEDED_GB", 1e9)

    with pytest.raises(install.SetupError, match=r"the disk is full: about .* GB are needed"):
        install.check_disk(tmp_path)


def test_what_is_missing_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(install, "STAMP", tmp_path / "installed")
    monkeypatch.setattr(install, "NEEDED_GB", 1e9)

    with pytest.raises(SystemExit) as stop:
        install.main()

    assert str(stop.value).startswith("setup: the disk is full")
    assert "\n" not in str(stop.value)


def test_a_failed_installation_leaves_no_mark_of_success(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(install, "VENV", tmp_path / "venv")
    monkeypatch.setattr(install, "STAMP", tmp_path / "venv" / "installed")
    monkeypatch.setattr(install.subprocess, "call", lambda *a, **k: 1)

    with pytest.raises(install.SetupError):
        install.install()

    assert not install.up_to_date()


def test_the_second_run_installs_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(install, "STAMP", tmp_path / "installed")
    (tmp_path / "installed").write_text(install.fingerprint())
    monkeypatch.setattr(install, "install", lambda: pytest.fail("installed again"))

    install.main()


def test_the_installer_can_be_read_by_an_old_python() -> None:
    source = (ROOT / "tools" / "install.py").read_text()

    compile(source, "install.py", "exec", dont_inherit=True)
    assert not re.search(r":=|\bmatch \w+:|-> |: (str|int|Path)\b", source)


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_the_makefile_works_in_a_path_with_spaces(tmp_path: Path) -> None:
    folder = tmp_path / "a folder with spaces"
    (folder / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    (folder / "tools" / "install.py").write_text("print('set up')")

    done = subprocess.run(
        ["make", "setup", f"PYTHON={sys.executable}"], cwd=folder, capture_output=True, text=True
    )

    assert "set up" in done.stdout.splitlines(), done.stderr


def test_a_students_notebook_is_never_overwritten(tmp_path: Path) -> None:
    source, my = tmp_path / "notebooks", tmp_path / "my"
    source.mkdir()
    (source / "03_a.ipynb").write_text("new")
    (source / "04_b.ipynb").write_text("new")
    my.mkdir()
    (my / "03_a.ipynb").write_text("my work")

    copies = lab.copy_missing(source, my)

    assert [path.name for path in copies] == ["04_b.ipynb"]
    assert (my / "03_a.ipynb").read_text() == "my work"
    assert (my / "04_b.ipynb").read_text() == "new"


def test_the_lab_opens_at_the_first_notebook(tmp_path: Path) -> None:
    for name in ("03_a.ipynb", "00_start_here.ipynb", "zz.ipynb"):
        (tmp_path / name).touch()

    assert lab.first_notebook(tmp_path) == "00_start_here.ipynb"


def test_root_without_a_screen_gets_an_address_with_a_token(tmp_path: Path) -> None:
    """The real JupyterLab, as `make lab` starts it, serves the first notebook."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "tools").mkdir()
    for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"):
        shutil.copy(path, tmp_path / "notebooks")
    shutil.copy(ROOT / "tools" / "lab.py", tmp_path / "tools")
    quiet = {"JUPYTER_RUNTIME_DIR": str(tmp_path / "run"), "HOME": str(tmp_path)}
    environment = {k: v for k, v in os.environ.items() if "DISPLAY" not in k} | quiet

    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, str(tmp_path / "tools" / "lab.py"), "--ServerApp.port_retries=50"],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        address, token = wait_for_address(tmp_path / "log", server)
        first = min(path.name for path in (tmp_path / "my").iterdir())
        assert first in address
        base = address.split("/lab")[0]
        with urllib.request.urlopen(f"{base}/api/contents/{first}?token={token}") as answer:
            assert json.load(answer)["type"] == "notebook"
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for_address(log: Path, server: subprocess.Popen) -> tuple[str, str]:
    """The address that JupyterLab prints, and its token."""
    for _ in range(300):
        found = re.search(r"(http://127\.0\.0\.1:\S+)\?token=(\w+)", log.read_text())
        if found:
            return found[1], found[2]
        assert server.poll() is None, log.read_text()
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def locked() -> dict[str, str]:
    """Package names and versions of the lock file."""
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return dict(line.split(" ;")[0].split("==") for line in lines)


def test_the_lock_pins_every_package_and_records_no_address() -> None:
    text = (ROOT / "requirements.lock").read_text()

    assert all(re.fullmatch(r"[\w.-]+==[\w.]+( ; .+)?", line) for line in text.splitlines())
    assert "://" not in text
    assert locked()["torch"] == "2.13.0"
    assert not re.search(r"^(nvidia|cuda|triton)", text, re.M)


def test_the_lock_satisfies_every_lower_bound() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]

    for bound in chain(*groups):
        package, least = re.fullmatch(r"([\w.-]+)>=([\w.]+)", bound).groups()
        assert numbers(locked()[package]) >= numbers(least), bound


def numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def test_conda_takes_its_packages_from_the_lock() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *others, pip = environment["dependencies"]

    assert others == ["python=3.12", "pip"]
    assert pip == {"pip": ["-r requirements.lock", "-e ."]}
