"""Executes the shapes of `course_utils` in every test and doctest: a wrong one is a TypeError."""

import shutil

import pytest
from jaxtyping import install_import_hook

# The tower lets beta=1 through where a float is asked for.
install_import_hook(
    "course_utils", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))"
)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud that the browser tests were skipped; in CI they fail."""
    if not (shutil.which("chromium") or shutil.which("chromium-browser")):
        terminalreporter.write_line(
            "NO BROWSER TESTS: chromium is missing; `apt-get install chromium` brings it.", red=True
        )
