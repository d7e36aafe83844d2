"""The table of layers in DESIGN, held by reading the source."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import course_utils

PACKAGE = Path(course_utils.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))
RANK = {
    **dict.fromkeys(["types"], 0.0),
    **dict.fromkeys(["device", "distributions"], 0.5),
    **dict.fromkeys(["divergences", "data", "nn", "training", "plotting"], 1.0),
    **dict.fromkeys(["objectives", "evaluation", "samplers", "derivation", "formulas"], 2.0),
    **dict.fromkeys(["models"], 3.0),
    **dict.fromkeys(["weights"], 4.0),
    **dict.fromkeys(["recipes", "checks"], 4.5),
    **dict.fromkeys(["explorers"], 5.0),
}
FORBIDDEN = {"models": {"plotting", "training"}}
DRAWS, SHOWS_WIDGETS = {"plotting"}, {"explorers"}
OPENS_FILES = {"data", "training", "recipes", "weights", "explorers"}
NETWORK = {"urllib", "urllib3", "requests", "http", "httpx", "aiohttp", "socket", "ssl", "ftplib"}
FILE_METHODS = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "unlink", "rmdir"),
    *("load_file", "save_file", "tofile", "fromfile", "savetxt", "loadtxt", "memmap", "ZipFile"),
}
FILE_CALLS = {
    *("np.load", "np.save", "np.savez", "np.savez_compressed", "torch.load", "torch.save"),
    *("os.replace", "os.remove", "os.rename", "os.makedirs", "json.load", "json.dump"),
    *("pickle.load", "pickle.dump", "plt.imread", "plt.imsave", "Image.open"),
}


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def unit(path: Path) -> str:
    """The name in the table to which a file belongs."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(source: str, package: str = "course_utils") -> set[str]:
    """Every dotted name that the source imports; `package` resolves relative ones."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1]
            origin = [*(parents if node.level else []), *([node.module] if node.module else [])]
            names |= {".".join([*origin, alias.name]) for alias in node.names}

    return names


def own(names: set[str]) -> set[str]:
    """The entries of the table among dotted names."""
    return {name.split(".")[1] for name in names if name.startswith("course_utils.")}


def upward(name: str, source: str, package: str = "course_utils") -> set[str]:
    """What a module may not import: its own layer, higher ones, and what it is forbidden."""
    targets = own(imports(source, package)) - {name}
    too_high = {target for target in targets if RANK[target] >= RANK[name]}

    return too_high | targets & FORBIDDEN.get(name, set())


def roots(source: str) -> set[str]:
    """The top-level packages that the source imports."""
    return {name.split(".")[0] for name in imports(source)}


def file_calls(source: str) -> set[str]:
    """Calls that open, write or remove files, as far as the syntax tells."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in FILE_CALLS or name.split(".")[-1] in FILE_METHODS:
                found.add(name)

    return found


def public(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Public functions, classes and methods, `__init__` and `__call__` among them."""
    for node in ast.iter_child_nodes(tree):
        hidden = isinstance(node, ast.FunctionDef) and node.name.startswith("_")
        if isinstance(node, ast.FunctionDef) and (not hidden or node.name.startswith("__")):
            yield node
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node
            yield from public(node)


def undocumented(source: str) -> set[str]:
    """Public names without a docstring; special methods are documented with their class."""
    tree = ast.parse(source)
    names = {node.name for node in public(tree) if not ast.get_docstring(node)}

    return {name for name in names if not name.startswith("__")} | (
        set() if ast.get_docstring(tree) else {"module"}
    )


def unannotated(source: str) -> set[str]:
    """Public functions with an argument or a return value that has no annotation."""
    found = set()
    for node in public(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            a = node.args
            arguments = [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]
            bare = [x for x in arguments if x and not x.annotation and x.arg not in ("self", "cls")]
            if bare or node.returns is None:
                found.add(node.name)

    return found


def package_of(path: Path) -> str:
    return ".".join(["course_utils", *path.relative_to(PACKAGE).parts[:-1]])


named = pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(PACKAGE)))
inner = pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if path != PACKAGE / "__init__.py"],
    ids=lambda p: str(p.relative_to(PACKAGE)),
)


@inner
def test_imports_point_down(path: Path) -> None:
    assert unit(path) in RANK, f"{unit(path)} stands in no layer"
    assert not upward(unit(path), text(path), package_of(path))


@named
def test_only_plotting_draws_and_only_explorers_show_widgets(path: Path) -> None:
    found = roots(text(path))

    assert unit(path) in DRAWS or "matplotlib" not in found
    assert unit(path) in SHOWS_WIDGETS or not found & {"anywidget", "ipywidgets"}


@named
def test_nothing_reaches_the_network(path: Path) -> None:
    assert not roots(text(path)) & NETWORK


@named
def test_few_modules_open_files(path: Path) -> None:
    assert unit(path) in OPENS_FILES or not file_calls(text(path))


@named
def test_public_names_are_documented_and_annotated(path: Path) -> None:
    assert not undocumented(text(path))
    assert not unannotated(text(path))


def test_package_re_exports_nothing() -> None:
    body = ast.parse(text(PACKAGE / "__init__.py")).body

    assert [type(node) for node in body] == [ast.Expr]


def test_file_calls_are_found_where_they_are() -> None:
    assert file_calls(text(PACKAGE / "data" / "digits.py")) >= {"np.load"}
    assert file_calls(text(PACKAGE / "training" / "checkpoint.py")) >= {"torch.save"}


@pytest.mark.parametrize(
    ("name", "line", "target"),
    [
        ("data", "from course_utils.objectives import elbo", "objectives"),
        ("data", "from course_utils import nn", "nn"),
        ("types", "import course_utils.distributions", "distributions"),
        ("nn", "from . import objectives", "objectives"),
        ("nn", "def f():\n    from .training.loop import train", "training"),
        ("models", "from course_utils.plotting import show", "plotting"),
        ("models", "from course_utils.training import train", "training"),
        ("checks", "from course_utils import recipes", "recipes"),
        ("evaluation", "import torch, course_utils.explorers.plane as p", "explorers"),
    ],
)
def test_import_that_points_up_is_found(name: str, line: str, target: str) -> None:
    assert upward(name, line) == {target}


def test_import_inside_a_package_resolves_to_its_name() -> None:
    assert imports("from .batches import Batch", "course_utils.training") == {
        "course_utils.training.batches.Batch"
    }
    assert not upward("training", "from . import batches", "course_utils.training")
    assert upward("training", "from .. import plotting", "course_utils.training") == {"plotting"}


@pytest.mark.parametrize(
    "line", ["open('x')", "Path('x').read_text()", "torch.save(1, 'x')", "np.load('x')"]
)
def test_file_access_is_found(line: str) -> None:
    assert file_calls(f"def f():\n    return {line}")


def test_text_replacement_is_no_file_access() -> None:
    assert not file_calls("'a'.replace('a', 'b'); fig.savefig(buffer)")


def test_network_is_found() -> None:
    assert roots("from urllib.request import urlopen\nimport http.client") & NETWORK == {
        "urllib",
        "http",
    }


@pytest.mark.parametrize(
    "source",
    [
        "def f(x) -> int: ...",
        "def f(x: int): ...",
        "def f(*x) -> int: ...",
        "def f(*, x) -> int: ...",
        "class A:\n    def f(self, x) -> int: ...",
        "class A:\n    def __init__(self, x) -> None: ...",
    ],
)
def test_missing_annotation_is_found(source: str) -> None:
    assert unannotated(source)


def test_missing_docstring_is_found() -> None:
    source = (
        "def f(): ...\nclass A:\n    def g(self): ...\n    def __init__(self): ...\ndef _h(): ..."
    )

    assert undocumented(source) == {"module", "f", "A", "g"}
