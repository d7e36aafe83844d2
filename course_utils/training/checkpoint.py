"""Everything that decides the next step, in one file: a resumed run is the same run to the bit."""

import os
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import torch

Part = Any  # a model, an optimiser, a schedule: what has a state_dict; or a torch.Generator


class Checkpoint:
    """Where and how often a run is saved, and what belongs to it.

    Name what the loop does not know: every model, optimiser, schedule, average and generator that
    the step uses. The loop adds the step, the batches, the global generators and the history.
    When the file is there, `train` goes on from it; delete it to begin again.

    Args:
        path: The file. It is replaced as a whole, so that a crash leaves the last good one.
        every: Steps between two saves; the end and an interrupt are saved in any case.
        parts: What the step owns, by name: anything with `state_dict` and `load_state_dict`, or a
            `torch.Generator`.

    Raises:
        TypeError: A part has no state to save.
        ValueError: `every` is below 1.
    """

    def __init__(self, path: str | Path, *, every: int = 1000, **parts: Part) -> None:
        if every < 1:
            raise ValueError(f"every: expected at least 1 step, got {every}")
        for name, part in parts.items():
            if not isinstance(part, torch.Generator) and not hasattr(part, "load_state_dict"):
                raise TypeError(
                    f"{name}: expected a part with a state_dict, got {type(part).__name__}"
                )

        self.path = Path(path)
        self.every = every
        self.parts = parts

    def parts_with(self, batches: Iterable) -> dict[str, Part]:
        """The parts, and the batches where they can be resumed."""
        resumable = hasattr(batches, "load_state_dict")

        return self.parts | ({"the batches": batches} if resumable else {})

    def save(self, step: int, batches: Iterable, history: dict[str, list[float]]) -> None:
        """Write the state after `step` to the file."""
        state = {
            "step": step,
            "history": history,
            "parts": {name: state_of(part) for name, part in self.parts_with(batches).items()},
            "generators": global_generators(),
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = self.path.with_name(self.path.name + ".part")
        torch.save(state, unfinished)
        os.replace(unfinished, self.path)

    def resume(self, batches: Iterable, history: dict[str, list[float]]) -> int:
        """Restore everything from the file, if there is one.

        Returns:
            The number of steps done, 0 without a file.

        Raises:
            ValueError: The file is damaged, or belongs to other parts.
        """
        if not self.path.exists():
            return 0

        state, parts = self.read(), self.parts_with(batches)
        if set(state["parts"]) != set(parts):
            raise ValueError(
                f"{self.path}: expected the parts {sorted(parts)}, found {sorted(state['parts'])}"
            )
        for name, part in parts.items():
            try:
                restore(part, state["parts"][name])
            except Exception as error:  # each kind of part refuses in its own way
                raise ValueError(
                    f"{self.path}: {name}: saved with another shape; delete the file to begin again"
                ) from error
        set_global_generators(state["generators"])
        history.update(state["history"])

        return state["step"]

    def read(self) -> dict[str, Any]:
        """The file's content.

        Raises:
            ValueError: The file is damaged, or no checkpoint.
        """
        try:
            with ZipFile(self.path) as archive:
                damaged = archive.testzip()
            if damaged:
                raise ValueError(f"the checksum of {damaged} differs")
            state = torch.load(self.path, map_location="cpu", weights_only=True)
        except Exception as error:  # a damaged file makes its readers raise almost anything
            raise ValueError(
                f"{self.path}: damaged or no checkpoint; delete it to begin again"
            ) from error
        if not isinstance(state, dict) or not {"step", "history", "parts"} <= set(state):
            raise ValueError(f"{self.path}: a torch file, but no checkpoint of this course")

        return state


def state_of(part: Part) -> Any:
    """What has to be kept of a part."""
    return part.get_state() if isinstance(part, torch.Generator) else part.state_dict()


def restore(part: Part, state: Any) -> None:
    """Put a part back to a state."""
    part.set_state(state) if isinstance(part, torch.Generator) else part.load_state_dict(state)


def global_generators() -> dict[str, Any]:
    """The states of Python's, NumPy's and torch's global generators."""
    _, keys, position, has_gauss, gauss = np.random.get_state()
    states = {
        "python": random.getstate(),
        "numpy": (torch.from_numpy(keys.astype(np.int64)), position, has_gauss, gauss),
        "torch": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state_all()
    if torch.backends.mps.is_available():
        states["mps"] = torch.mps.get_rng_state()

    return states


def set_global_generators(states: dict[str, Any]) -> None:
    """Put the global generators back; those of a device that is not here are left out."""
    random.setstate(states["python"])
    keys, position, has_gauss, gauss = states["numpy"]
    np.random.set_state(("MT19937", keys.numpy().astype(np.uint32), position, has_gauss, gauss))
    torch.set_rng_state(states["torch"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states["cuda"])
    if "mps" in states and torch.backends.mps.is_available():
        torch.mps.set_rng_state(states["mps"])
