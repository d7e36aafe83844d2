"""Set the repository's address once, in pyproject.toml, and in every badge and bootstrap cell."""

import re
import sys

from tools.notebooks import ROOT, prose

LINE = re.compile(r'^repository = ".*"$', re.M)
FORM = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+")


def set_address(address: str) -> None:
    """Write the address, or take it out where it is empty.

    Raises:
        ValueError: It is no address of a repository.
    """
    if address and not FORM.fullmatch(address):
        raise ValueError(f"expected one such as https://github.com/you/course, got {address}")

    project = ROOT / "pyproject.toml"
    project.write_text(LINE.sub(f'repository = "{address}"', project.read_text(), count=1))
    prose([])


if __name__ == "__main__":
    if len(sys.argv) > 2:
        sys.exit("usage: make address ARGS=https://github.com/you/course")
    try:
        set_address(sys.argv[1] if len(sys.argv) == 2 else "")
    except ValueError as error:
        sys.exit(f"address: {error}")
