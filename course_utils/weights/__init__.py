"""Weights that a longer run of the course's own code has reached, and the card of that run.

A file holds one model as float16 (safetensors) and, as its metadata, how it was trained and what it
reached: see `course_utils.recipes`.
"""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """The models that the package ships."""
    return sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def load(name: str, model: nn.Module) -> nn.Module:
    """Fill an untrained model with the shipped weights; it comes back in evaluation mode.

    Args:
        name: One of `names()`.
        model: The model of the recipe with that name, on any device; its precision is kept.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged, or belongs to another model.
    """
    path = path_of(name)
    try:
        state = load_file(path)
    except SafetensorError as error:
        raise ValueError(f"{path}: damaged; install the course again") from error
    own = model.state_dict()
    if {key: value.shape for key, value in own.items()} != {
        key: value.shape for key, value in state.items()
    }:
        raise ValueError(f"{path}: expected the weights of this model, found those of another")
    model.load_state_dict(state)

    return model.eval()


def card(name: str) -> dict[str, str]:
    """How the model was trained and what it reached: data, objective, steps, seed, numbers.

    Raises:
        FileNotFoundError: There is no such file.
        ValueError: The file is damaged.
    """
    path = path_of(name)
    try:
        with safe_open(path, framework="pt") as file:
            return dict(sorted((file.metadata() or {}).items()))
    except SafetensorError as error:
        raise ValueError(f"{path}: damaged; install the course again") from error


def save(name: str, model: nn.Module, card: dict[str, str]) -> Path:
    """Write a model's weights as float16, with its card, and return the file."""
    state = {
        key: (value.half() if value.is_floating_point() else value).cpu().contiguous()
        for key, value in model.state_dict().items()
    }
    path = FOLDER / f"{name}.safetensors"
    save_file(state, path, metadata=card)

    return path


def path_of(name: str) -> Path:
    """The file of a shipped model.

    Raises:
        FileNotFoundError: There is none.
    """
    path = FOLDER / f"{name}.safetensors"
    if not path.exists():
        raise FileNotFoundError(f"weights: expected one of {names()}, got '{name}'")

    return path


def half_precision(model: nn.Module) -> nn.Module:
    """Round a model's weights as the file does, so that it is measured as it ships."""
    with torch.no_grad():
        for value in model.state_dict().values():
            if value.is_floating_point():
                value.copy_(value.half())

    return model
