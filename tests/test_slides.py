"""The decks as files: built from their sources, small, and made of what the notebooks computed."""

from pathlib import Path

import nbformat
import pytest

from tools import deck, slides

SOURCES = slides.sources([])
NOTEBOOKS = sorted((slides.ROOT / "notebooks").glob("[0-9]*.ipynb"))


def cell(source: str, *tags: str, kind: str = "markdown") -> nbformat.NotebookNode:
    new = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
    return new(source, metadata={"tags": list(tags)})


def test_every_deck_is_built_from_its_source() -> None:
    assert slides.differences() == []


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one deck, 01_one, and the list of decks."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "01_one.py").write_text("# %% [markdown]\n# # One\n")
    monkeypatch.setattr(slides, "SLIDES", tmp_path)
    mark = f'<meta content="{slides.fingerprint(tmp_path / "src" / "01_one.py")}" '
    (tmp_path / "01_one.html").write_text(mark + 'name="course-source"/>')
    (tmp_path / "index.html").write_text(slides.index())
    return tmp_path


def test_a_deck_older_than_its_source_is_named(stage: Path) -> None:
    assert slides.differences() == []

    (stage / "src" / "01_one.py").write_text("# %% [markdown]\n# # One\n\n# more\n")

    assert slides.differences() == ["slides/01_one.html: differs from 01_one.py; run `make slides`"]


def test_a_deck_without_a_source_is_named(stage: Path) -> None:
    (stage / "02_two.html").write_text("")

    assert slides.differences() == ["slides/02_two.html: has no source"]


def test_an_old_list_of_decks_is_named(stage: Path) -> None:
    (stage / "index.html").write_text("")

    assert slides.differences() == [
        "slides/index.html: differs from the list of decks; run `make slides`"
    ]


def test_a_script_inside_a_single_file_cannot_close_it(stage: Path) -> None:
    (stage / "assets").mkdir()
    (stage / "assets" / "some.js").write_text("const end = '</script>';")

    inside = slides.single_file('<script src="assets/some.js"></script>')

    assert inside == r"<script>const end = '<\/script>';</script>"


def test_a_deck_that_warns_is_not_built() -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[cell("import sys\nsys.stderr.write('old')", kind="code")]
    )

    with pytest.raises(ValueError, match="a deck must not warn: old"):
        slides.execute(notebook)


@pytest.mark.parametrize(
    ("source", "tags", "kind"),
    [
        ("## A heading", (), "slide"),
        ("# A title", (), "slide"),
        ("### A small heading", (), "-"),
        ("Words", (), "-"),
        ("Words", ("fragment",), "fragment"),
        ("## Notes on it", ("notes",), "notes"),
    ],
)
def test_a_heading_opens_a_slide_and_a_tag_decides_otherwise(source, tags, kind) -> None:
    assert slides.kind(cell(source, *tags)) == kind


def test_code_with_a_comment_opens_no_slide() -> None:
    assert slides.kind(cell("# compute", kind="code")) == "-"
    assert slides.kind(cell("# compute", "skip", kind="code")) == "skip"


def test_the_fingerprint_changes_with_the_source(tmp_path: Path) -> None:
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text("# %% [markdown]\n# # A\n")
    other.write_text("# %% [markdown]\n# # B\n")

    assert slides.fingerprint(one) == slides.fingerprint(one)
    assert slides.fingerprint(one) != slides.fingerprint(other)


@pytest.mark.parametrize("source", SOURCES[:1], ids=lambda path: path.stem)
def test_a_single_file_asks_for_no_other(source: Path) -> None:
    page = (slides.SLIDES / f"{source.stem}.html").read_text(encoding="utf-8")
    inside = slides.single_file(page)

    assert page.count('"assets/') >= 6
    assert '"assets/' not in inside
    assert "Reveal.initialize" in inside


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_deck_is_a_lecture_with_times_and_questions(source: Path) -> None:
    cells = slides.derive(source).cells
    kinds = [each.metadata.slideshow.slide_type for each in cells]
    notes = [each.source for each, kind in zip(cells, kinds, strict=True) if kind == "notes"]

    assert 20 <= kinds.count("slide") <= 30
    assert len(notes) >= 15
    assert sum("0:" in note for note in notes) >= 15
    assert sum("question" in each.source.lower() for each in cells if each.source[:1] == "#") >= 3
    assert (slides.SLIDES / f"{source.stem}.html").stat().st_size < 4e6


def test_a_picture_is_found_by_the_beginning_of_its_description() -> None:
    png, about = next(deck.pictures("03"))

    assert png
    assert about["alt"].startswith("Two rows of ten handwritten digits")
    with pytest.raises(LookupError, match="0 figures begin with 'Nothing like that'"):
        deck.picture("03", "Nothing like that")


def test_a_derivation_comes_row_by_row_as_the_notebook_stored_it() -> None:
    first, *_ = deck.derivations("03")

    assert [len(row) for row in first] == [5] * 6
    assert first[1][0] == "$=$"
    assert first[1][3] == "✓"
    assert "Monte Carlo" in first[0][4]
    with pytest.raises(LookupError, match=r"notebook 03: \d derivations, no 99"):
        deck.derivation("03", 99)
