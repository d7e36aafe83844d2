"""Report the cells that break the house rules of the notebooks' sources."""

import ast
import builtins
import re
import sys
from pathlib import Path

import jupytext
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
MOST_LINES = 25
MOST_CHARACTERS = 100
WORDS_PER_LINE = 2
BANNED = {
    r"^\s*[!%]\s*pip": "installs a package",
    r"^\s*[!%]": "uses a magic",
    r"^\s*global\s": "uses global",
    r"import \*": "star import",
    r"\btqdm\b": "draws its own progress bar; training.train has one",
    r"\bclear_output\b": "clears outputs",
    r"\bplt\.(plot|imshow|scatter|hist|bar|show)\(": "draws on the implicit axes",
    r"\.cuda\(\)|[\"']cuda[\"']": "names a device",
    r"\b(recon_x|x_prime|log_var|log_sigma)\b": "a name that the notation table replaces",
}


def problems(path: Path) -> list[str]:
    """One line per broken rule in the source at `path`."""
    cells = jupytext.read(path).cells
    found = []
    for number, cell in enumerate(cells):
        if cell.cell_type == "code":
            found += [f"{path.name}, cell {number}: {text}" for text in cell_problems(cell)]
    found += [f"{path.name}: {text}" for text in hidden_globals(cells)]

    return found


def cell_problems(cell: NotebookNode) -> list[str]:
    """What is wrong with one code cell."""
    lines = cell.source.count("\n") + 1
    found = [f"{lines} lines, at most {MOST_LINES}"] if lines > MOST_LINES else []
    found += [
        f"a line of {len(line)} characters, at most {MOST_CHARACTERS}"
        for line in cell.source.splitlines()
        if len(line) > MOST_CHARACTERS
    ]
    found += [
        complaint
        for pattern, complaint in BANNED.items()
        if re.search(pattern, cell.source, re.MULTILINE)
    ]
    draws = re.search(r"\bplt\.(subplots|figure)\(", cell.source)
    if draws and "show(" not in cell.source:
        found.append("draws without plotting.show(fig, alt=...)")

    return found


def hidden_globals(cells: list[NotebookNode]) -> list[str]:
    """Functions that read a variable of the notebook; a `*_step` closure may, and constants may."""
    trees = [ast.parse(cell.source) for cell in cells if cell.cell_type == "code"]
    variables = {
        name.id
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.For | ast.With)
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    variables = {name for name in variables if not name.isupper() and not hasattr(builtins, name)}
    functions = [node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)]
    names = {function.name for function in functions}

    found = []
    for function in functions:
        if function.name.endswith("_step"):
            continue
        read = free_names(function) & variables - names
        found += [f"{function.name} reads the variable {name}" for name in sorted(read)]

    return found


def free_names(function: ast.FunctionDef) -> set[str]:
    """The names that a function reads and does not define."""
    nodes = list(ast.walk(function))
    read = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    own = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    own |= {n.arg for n in nodes if isinstance(n, ast.arg)}

    return read - own


def prose_ratio(path: Path) -> float:
    """Words of prose per line of code."""
    cells = jupytext.read(path).cells
    words = sum(len(cell.source.split()) for cell in cells if cell.cell_type == "markdown")
    lines = sum(cell.source.count("\n") + 1 for cell in cells if cell.cell_type == "code")

    return words / max(lines, 1)


def main() -> None:
    """Lint every source; warn where prose is thin, fail where a rule is broken."""
    paths = sorted((ROOT / "notebooks" / "src").glob("[0-9]*.py"))
    for path in paths:
        ratio = prose_ratio(path)
        if ratio < WORDS_PER_LINE:
            print(f"warning: {path.name} has {ratio:.1f} words of prose per line of code")
    found = [line for path in paths for line in problems(path)]
    print("\n".join(found) or f"{len(paths)} sources keep the house rules.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
