"""Drawn faces: the same for the same numbers, smooth in each, and true to their labels."""

import pytest
import torch
from torch import Tensor

from course_utils.data import faces
from course_utils.data.faces import render
from course_utils.data.portrait.drawing import covered, disc, oval
from course_utils.data.portrait.factors import CHOICES, FACTORS, NAMES, sample_attributes, usual
from course_utils.data.portrait.words import LABELS, sentence

SMOOTH = [factor for factor in FACTORS if not factor.choices]


def changed(name: str, value: float) -> Tensor:
    """The usual face with one factor changed, as one row."""
    row = usual()
    row[0, NAMES.index(name)] = value
    return row


def picture(name: str, value: float) -> Tensor:
    return render(changed(name, value))[0].float()


def where_changed(name: str, value: float) -> tuple[int, int, int, int]:
    """First and last row and column in which a factor shows: top, bottom, left, right."""
    usual_face = render(usual())[0].float()
    rows, columns = ((picture(name, value) - usual_face).abs().amax(dim=0) > 3).nonzero().unbind(1)
    return rows.min().item(), rows.max().item(), columns.min().item(), columns.max().item()


def test_faces_are_bytes_with_numbers_labels_and_words() -> None:
    some = faces(5, seed=3)

    assert some.x.shape == (5, 3, 64, 64)
    assert some.x.dtype == torch.uint8
    assert some.names == (*NAMES, *LABELS)
    assert some.attributes.shape == (5, len(some.names))
    assert len(some.captions) == 5


def test_the_same_seed_gives_the_same_faces_and_another_seed_others() -> None:
    first, again, other = faces(40, seed=7), faces(40, seed=7), faces(40, seed=8)

    assert torch.equal(first.x, again.x)
    assert torch.equal(first.attributes, again.attributes)
    assert first.captions == again.captions
    assert not torch.equal(first.x, other.x)


@pytest.mark.parametrize("n", [0, 1, 31, 32, 33])
def test_the_first_faces_do_not_depend_on_how_many_follow(n: int) -> None:
    assert torch.equal(faces(n).x, faces(70).x[:n])
    assert torch.equal(faces(n).attributes, faces(70).attributes[:n])


def test_a_face_does_not_depend_on_the_faces_drawn_beside_it() -> None:
    rows = sample_attributes(40, seed=5)

    assert torch.equal(render(rows)[17], render(rows[17:18])[0])
    assert torch.equal(render(rows.flip(0)).flip(0), render(rows))


def test_drawing_leaves_the_number_of_threads_as_it_was() -> None:
    before = torch.get_num_threads()
    render(usual(3))

    assert torch.get_num_threads() == before


def test_every_factor_stays_in_its_range_and_uses_most_of_it() -> None:
    rows = sample_attributes(4000, seed=0)

    for factor, column in zip(FACTORS, rows.T, strict=True):
        assert factor.low <= column.min()
        assert column.max() <= factor.high
        assert column.max() - column.min() > 0.75 * (factor.high - factor.low), factor.name
        if factor.choices:
            assert torch.equal(column, column.round())
            assert len(column.unique()) == len(factor.choices)


@pytest.mark.parametrize("factor", SMOOTH, ids=lambda factor: factor.name)
def test_a_continuous_factor_changes_the_picture_little_by_little(factor) -> None:
    steps = torch.linspace(factor.low, factor.high, 41)
    rows = usual(41)
    rows[:, NAMES.index("fringe")] = 0.8  # a parting shows in it
    rows[:, NAMES.index("freckles")] = 0.5
    rows[:, NAMES.index("glasses")] = 1
    rows[:, NAMES.index(factor.name)] = steps
    jumps = render(rows).float().diff(dim=0).abs().flatten(1).mean(dim=1)

    assert jumps.sum() > 0.05
    assert jumps.max() < 0.2 * jumps.sum() + 0.02


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_looks_different(name: str) -> None:
    pictures = torch.stack([picture(name, i) for i in range(len(CHOICES[name]))])
    distances = torch.cdist(pictures.flatten(1), pictures.flatten(1))

    assert (distances + 1e9 * torch.eye(len(pictures))).min() > 50


def test_glasses_gaze_and_mouth_act_where_they_belong() -> None:
    top, bottom, *_ = where_changed("glasses", 2)
    assert 18 < top < bottom < 46

    top, bottom, *_ = where_changed("gaze_x", 0.9)
    assert 24 < top < bottom < 40

    top, bottom, left, right = where_changed("mouth_curve", -0.8)
    assert 28 < top < bottom < 58  # a smile lifts the cheeks
    assert 16 < left < right < 48


def test_a_turned_head_is_the_mirror_image_of_one_turned_the_other_way() -> None:
    mirrored = ("parting", "gaze_x", "turn", "tilt", "light_x")
    row = changed("turn", 0.8)
    row[0, NAMES.index("gaze_x")] = 0.5
    other = row.clone()
    other[0, [NAMES.index(name) for name in mirrored]] *= -1
    difference = (render(row).float() - render(other).flip(3).float()).abs()

    assert difference.mean() < 2.5


def test_edges_are_antialiased_by_the_area_they_cover() -> None:
    line = (torch.arange(64) + 0.5 - 32) / 1.1
    x, y = line[None, :], line[:, None]
    x, y = x - 0.13, y - 0.37  # off the grid, so that no two edge pixels are alike
    round_shape = covered(disc(x, y, 15.0))

    assert len(round_shape.unique()) > 20
    assert round_shape.sum() == pytest.approx(torch.pi * (15 * 1.1) ** 2, rel=2e-3)
    moved = covered(disc(x - 0.1, y, 15.0))
    assert 0 < (moved - round_shape).abs().max() < 0.15
    torch.testing.assert_close(covered(oval(x, y, 15.0, 15.0)), round_shape, atol=0.06, rtol=0)


def test_labels_and_captions_say_what_the_factors_say() -> None:
    some = faces(300, seed=2)

    for i, caption in enumerate(some.captions):
        glasses = some.attribute("glasses")[i] > 0
        assert (some.attribute("Eyeglasses")[i] == 1) == glasses
        assert ("glasses" in caption) == glasses
        smiles = some.attribute("mouth_curve")[i] > 0.2
        assert (some.attribute("Smiling")[i] == 1) == smiles
        assert (("smiling" in caption) or ("laughing" in caption)) == smiles
        assert ("beard" in caption) == (some.attribute("beard")[i] == 4)
        assert "  " not in caption
        assert " a a" not in caption


def test_a_caption_is_a_phrase_in_english() -> None:
    row = dict(zip(NAMES, changed("glasses", 1)[0].tolist(), strict=True))
    whole = {name: round(value) if name in CHOICES else value for name, value in row.items()}

    assert sentence(whole) == "a smiling person with short brown hair, wearing round glasses"


@pytest.mark.parametrize(("label", "least"), [("Smiling", 0.65), ("Eyeglasses", 0.78)])
def test_a_linear_probe_reads_the_label_from_the_pixels(label: str, least: float) -> None:
    some = faces(1500, seed=1)
    x = torch.nn.functional.avg_pool2d(some.x.float() / 255, 2).flatten(1)
    x, y = x - x.mean(dim=0), 2 * some.attribute(label) - 1
    kernel = x @ x.T
    train, test = slice(0, 1100), slice(1100, 1500)
    weights = torch.linalg.solve(kernel[train, train] + 5 * torch.eye(1100), y[train])
    right = ((kernel[test, train] @ weights).sign() == y[test]).double().mean()

    assert right > least


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (torch.zeros(2, 3), r"attributes: expected shape \(n, 39\) or wider, got \(2, 3\)"),
        (changed("skin", 2.0), r"skin: expected 0 to 1 \(skin tone, light to deep\), got 2"),
        (changed("hat", float("nan")), r"hat: expected 0 to 3 .*, got nan"),
    ],
)
def test_numbers_that_are_no_face_are_refused_by_name(rows: Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        render(rows)


def test_a_negative_number_of_faces_is_refused() -> None:
    with pytest.raises(ValueError, match="n: expected a whole number, 0 or more, got -1"):
        faces(-1)
