"""A GAN in the plane that trains in the page: both networks, their losses, the modes they cover."""

from typing import Literal

import numpy as np
import torch
import traitlets
from torch import nn

from course_utils import weights
from course_utils.evaluation import modes_covered
from course_utils.explorers.arguments import numbers
from course_utils.explorers.base import Explorer, shown
from course_utils.explorers.codes import as_bytes
from course_utils.explorers.decoding import grid
from course_utils.explorers.page import joined
from course_utils.explorers.poster import Panel, Poster
from course_utils.plotting import DATA, FAKE, MODEL
from course_utils.recipes import playground as recipe
from course_utils.types import Points

DataName = Literal["ring", "grid", "moons"]
Objective = Literal["non-saturating", "saturating", "clipping", "penalty"]
SETS = {"ring": "a ring of 8 modes", "grid": "a grid of 25 modes", "moons": "two moons"}
OBJECTIVES = ("non-saturating", "saturating", "clipping", "penalty")
CRITICS = ("clipping", "penalty")
MOST = {"k": (1, 10), "unroll": (0, 5)}
RATES = (1e-4, 1e-1)
BOUNDS = (-3.0, 3.0, -3.0, 3.0)
SAMPLES, SIDE = 512, 101  # on the poster


class GanPlayground(Explorer):
    """Train a GAN on points in the plane, step by step or at full speed, and change its rules.

    Both networks have two hidden layers of 32 tanh units, batches of 64 and Adam with β₁ = 0.5. The
    page computes every gradient itself. It starts from weights that 400 steps of each have reached.

    Args:
        data: 'ring', 'grid' or 'moons'.
        objective: 'non-saturating' or 'saturating' loss for G against a discriminator; 'clipping'
            (weights within 0.1) or 'penalty' (weight 1 on the squared distance of the slope from 1)
            for a Wasserstein critic.
        k: Steps of D for each step of G, 1 to 10.
        unroll: Plain gradient steps of D, 0 to 5, that G's gradient looks ahead and runs through.
        rate_d: Learning rate of D, 0.0001 to 0.1.
        rate_g: Learning rate of G.
        slow: Play one step at a time, with arrows that show where G is pushed.
        seed: Of batches, noise and fresh weights.
        task: What to try, shown above.

    Raises:
        ValueError: An argument does not fit; the message says what was expected and what came.

    Source:
        Metz et al. (2017), "Unrolled Generative Adversarial Networks", eq. 3 and 4, where the inner
        steps are plain gradient steps too. https://arxiv.org/abs/1611.02163

    Example:
        >>> playground = GanPlayground(data="ring", k=2)
        >>> playground.modes
        4
    """

    _esm = joined("playground")

    data = shown(traitlets.Unicode())
    objective = shown(traitlets.Unicode())
    k = shown(traitlets.Int())
    unroll = shown(traitlets.Int())
    rate_d = shown(traitlets.Float())
    rate_g = shown(traitlets.Float())
    slow = shown(traitlets.Bool())
    seed = shown(traitlets.Int())
    steps = shown(traitlets.Int())
    """Steps of D and G that were made in the page."""
    modes = shown(traitlets.Int())
    """Modes that the samples in the page cover."""
    weights = shown(traitlets.Bytes())
    noise = shown(traitlets.Bytes())
    bounds = shown(traitlets.List(traitlets.Float()))

    def __init__(
        self,
        data: DataName = "ring",
        *,
        objective: Objective = "non-saturating",
        k: int = 1,
        unroll: int = 0,
        rate_d: float = 3e-3,
        rate_g: float = 3e-3,
        slow: bool = False,
        seed: int = 0,
        task: str = "Predict how many modes G covers after 1,000 steps. Then play, and change one "
        "rule.",
    ) -> None:
        if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**32:
            raise ValueError(f"seed: expected an integer in [0, 2**32), got {seed!r}")
        self.z = torch.randn(SAMPLES, 2, generator=torch.Generator().manual_seed(seed))
        self.pairs = weights.load("playground", recipe.build())
        super().__init__(
            data=data,
            objective=objective,
            k=k,
            unroll=unroll,
            rate_d=rate_d,
            rate_g=rate_g,
            slow=slow,
            seed=seed,
            weights=as_bytes(
                nn.utils.parameters_to_vector(self.pairs.parameters()).detach(), "<f2"
            ),
            noise=as_bytes(self.z, "<f4"),
            bounds=list(BOUNDS),
            task=task,
        )
        self.modes, _ = self.cover()

    @traitlets.validate("data", "objective")
    def _check_choice(self, proposal: dict) -> str:
        name, value = proposal["trait"].name, proposal["value"]
        known = tuple(SETS) if name == "data" else OBJECTIVES
        if value not in known:
            raise ValueError(f"{name}: expected one of {known}, got {value!r}")
        return value

    @traitlets.validate("k", "unroll")
    def _check_count(self, proposal: dict) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        low, high = MOST[name]
        if not low <= value <= high:
            raise ValueError(f"{name}: expected {low} to {high} steps, got {value}")
        return value

    @traitlets.validate("rate_d", "rate_g")
    def _check_rate(self, proposal: dict) -> float:
        name = proposal["trait"].name
        (value,) = numbers(name, [proposal["value"]], count=1)
        low, high = RATES
        if not low <= value <= high:
            raise ValueError(f"{name}: expected a rate from {low:g} to {high:g}, got {value:g}")
        return value

    def samples(self) -> Points:
        """What the generator makes before any step in the page, shape (512, 2)."""
        with torch.no_grad():
            return self.pairs[self.data]["generator"](self.z)

    def cover(self) -> tuple[int, float]:
        """Modes that these samples cover, and the share of them near one."""
        centres, radius = recipe.centres(self.data)
        return modes_covered(self.samples(), centres, radius=radius)

    def describe(self) -> str:
        """One sentence that stands for the explorer where it cannot be seen."""
        count = len(recipe.centres(self.data)[0])
        modes, _ = self.cover()
        word = "stretches" if self.data == "moons" else "modes"

        return (
            f"A GAN on {SETS[self.data]}, to be trained in the page with the {self.objective} "
            f"objective and k = {self.k}; it starts where its samples cover {modes} of the "
            f"{count} {word}."
        )

    def poster(self) -> bytes:
        """Data, samples, and what D answers as a tint, before any step in the page."""
        poster = Poster(420, 448)
        with torch.no_grad():
            logits = self.pairs[self.data]["discriminator"](grid([0.0, 0.0], BOUNDS, SIDE))
        shares = logits.sigmoid().reshape(SIDE, SIDE).flip(0).numpy()
        poster.picture(8, 8, tinted(shares), 404)
        panel = Panel(poster, (8, 8, 404, 404), BOUNDS)
        for x, y in recipe.points(self.data, SAMPLES, seed=self.seed).tolist():
            panel.dot(x, y, DATA + "90", radius=1.2)
        for x, y in self.samples().tolist():
            panel.dot(x, y, FAKE, radius=2.2)
        words = "black: data; orange: samples; blue where D takes a point for data"
        poster.text(210, 430, words, anchor="mm")

        return poster.png()


def tinted(shares: np.ndarray) -> np.ndarray:
    """Shares in [0, 1] as colours, (side, side, 3): FAKE at 0, white at one half, MODEL at 1."""
    ends = [np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) for colour in (FAKE, MODEL)]
    strength = 0.43 * np.sqrt(np.abs(2 * shares - 1))[..., None]
    colour = np.where(shares[..., None] < 0.5, *ends)

    return np.rint((1 - strength) * 255 + strength * colour).astype(np.uint8)
