"""One ES module out of the small files in `static/`, and the page fragment that runs it.

Each file in `static/` imports what it uses from its neighbours, so that an editor and a reader can
follow it. A notebook's front end wants one self-contained module: `joined` puts the imported files
in front and drops the import and export words between them. There is no bundler.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

STATIC = Path(__file__).with_name("static")
IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


@cache
def joined(name: str) -> str:
    """The module `static/<name>.js` with everything that it imports, as one text without imports.

    Args:
        name: The module's name without its ending.
    """
    files = in_order(name, ())
    parts = [IMPORT.sub("", (STATIC / f"{file}.js").read_text(encoding="utf-8")) for file in files]

    return "\n".join([*(EXPORT.sub("", part) for part in parts[:-1]), parts[-1]])


def in_order(name: str, before: tuple[str, ...]) -> tuple[str, ...]:
    """The files that `name` needs, each behind those that it imports, and `name` last."""
    if name in before:
        return before
    for needed in IMPORT.findall((STATIC / f"{name}.js").read_text(encoding="utf-8")):
        before = in_order(needed, before)

    return (*before, name)


def fragment(module: str, state: Mapping[str, object], *, poster: bytes, alt: str) -> str:
    """A piece of HTML that shows an explorer anywhere: no kernel, no network, no fixed ids.

    The poster shows where scripts do not run. The mark that connects the place with its script is
    computed from the content, so that the same explorer always gives the same bytes.

    Args:
        module: The joined module.
        state: What the view reads, with bytes for arrays.
        poster: PNG shown until the script runs, and in its stead where none may.
        alt: Description of the poster.
    """
    content = json.dumps(dict(sorted(state.items())), default=as_base64, separators=(",", ":"))
    mark = hashlib.sha256((module + content).encode()).hexdigest()[:12]
    script = re.sub("</(?=script)", r"<\\/", module, flags=re.IGNORECASE)
    safe = content.replace("<", r"\u003c")
    image = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{as_base64(poster)}">'

    return (
        f'<div class="course-explorer" data-explorer="{mark}">{image}</div>\n'
        f'<script type="module">\n{script}\n'
        f'place("{mark}", render, {safe});\n</script>\n'
    )


def as_base64(content: bytes) -> str:
    """Bytes as text."""
    if not isinstance(content, bytes):
        raise TypeError(f"state: expected plain values and bytes, got {type(content).__name__}")

    return base64.b64encode(content).decode()
