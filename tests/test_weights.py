"""Every shipped model has a recipe, is small, loads, and reaches the numbers of its card."""

from pathlib import Path

import pytest
import torch
from torch import nn

from course_utils import weights
from course_utils.recipes import __main__ as recipes

NAMES = weights.names()


def test_every_recipe_has_its_weights_and_every_file_its_recipe() -> None:
    assert recipes.names() == NAMES


def test_all_weights_together_stay_below_25_megabytes() -> None:
    assert sum(weights.path_of(name).stat().st_size for name in NAMES) < 25e6


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_reaches_the_numbers_of_its_card(name: str) -> None:
    recipe, card = recipes.recipe(name), weights.card(name)
    assert (card["data"], card["objective"]) == (recipe.DATA, recipe.OBJECTIVE)
    assert (int(card["seed"]), int(card["steps"])) == (recipe.SEED, recipe.STEPS)
    assert {"device", "minutes"} <= set(card)

    torch.manual_seed(0)
    numbers = recipe.measure(weights.load(name, recipe.build()))

    assert numbers
    for key, value in numbers.items():
        assert value == pytest.approx(float(card[key]), rel=2e-3, abs=2e-3), key


def test_weights_survive_a_round_trip_in_half_precision(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    model = weights.half_precision(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)))

    weights.save("small", model, {"data": "none", "mean": "0.5"})
    again = weights.load("small", nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4)))

    assert weights.names() == ["small"]
    assert weights.card("small") == {"data": "none", "mean": "0.5"}
    assert not again.training
    assert again[0].weight.dtype == torch.float32
    for key, value in model.state_dict().items():
        assert torch.equal(again.state_dict()[key], value), key


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(FileNotFoundError, match="got 'nothing'"):
        weights.card("nothing")


def test_a_damaged_file_and_another_model_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    path = weights.save("small", nn.Linear(3, 4), {})

    with pytest.raises(ValueError, match=r"small\.safetensors: expected the weights"):
        weights.load("small", nn.Linear(4, 3))
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(ValueError, match=r"small\.safetensors: damaged"):
        weights.load("small", nn.Linear(3, 4))
    with pytest.raises(ValueError, match=r"small\.safetensors: damaged"):
        weights.card("small")
