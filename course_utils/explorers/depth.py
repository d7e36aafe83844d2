"""A deep network before its first step: how far do activations and gradients get?"""

import math
from typing import Literal, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
import traitlets
from torch import Tensor

from course_utils.explorers.arguments import numbers
from course_utils.explorers.base import Explorer, shown
from course_utils.explorers.page import joined
from course_utils.explorers.poster import FAINT, FINE, SOFT, Panel, Poster
from course_utils.plotting import FAKE, FIFTH, MODEL
from course_utils.types import Samples

Activation = Literal["sigmoid", "tanh", "ReLU", "leaky ReLU"]
FUNCTIONS = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "ReLU": torch.relu,
    "leaky ReLU": F.leaky_relu,
}
FLAT = {"sigmoid": 0.025, "tanh": 0.1}  # a tenth of the steepest slope
WORDS = {"sigmoid": "saturated", "tanh": "saturated", "ReLU": "dead", "leaky ReLU": "on the leak"}
WIDTH, BATCH, MOST = 48, 64, 30
GAINS = 0.2, 4.0


class Flow(NamedTuple):
    """What arrives in each layer, first layer first."""

    activations: list[float]  # standard deviation of h
    gradients: list[float]  # standard deviation of ∂L/∂z
    silent: list[float]  # share in [0, 1] that is saturated, dead or on the leak


class DepthExplorer(Explorer):
    """Choose activation, weights and depth, and see what of the signal survives both ways.

        hₗ = f(zₗ),    zₗ = Wₗ hₗ₋₁,    Wₗ ~ 𝒩(0, gain² / width),    gradients: ∂L/∂zₗ

    The network is 48 units wide and has its initial weights; 64 inputs of standard normal numbers
    go up, and a gradient of standard normal numbers comes down. The page computes both; Python
    reads the same numbers, by autograd, in `flow`.

    Args:
        activation: 'sigmoid', 'tanh', 'ReLU' or 'leaky ReLU' (slope 0.01).
        gain: Scale of the initial weights, from 0.2 to 4.
        depth: Number of layers, from 2 to 30.
        norm: Standardise each unit over the batch before the activation.
        layer: The layer that is read out.
        seed: Seed of inputs and weights.
        task: What to try, shown above.

    Raises:
        ValueError: An argument does not fit; the message says what was expected and what came.

    Example:
        >>> flow = DepthExplorer("sigmoid", gain=1.0, depth=20).flow
        >>> flow.gradients[0] < 1e-9 * flow.gradients[-1]
        True
    """

    _esm = joined("depth")

    activation = shown(traitlets.Unicode())
    gain = shown(traitlets.Float())
    """Scale of the initial weights: their standard deviation times √width."""
    depth = shown(traitlets.Int())
    norm = shown(traitlets.Bool())
    layer = shown(traitlets.Int())
    """The layer that is read out, from 1."""
    seed = shown(traitlets.Int())

    def __init__(
        self,
        activation: Activation = "sigmoid",
        *,
        gain: float = 1.0,
        depth: int = 20,
        norm: bool = False,
        layer: int = 1,
        seed: int = 0,
        task: str = "Bring gradients of one size to all layers. How many ways are there?",
    ) -> None:
        super().__init__(
            activation=activation,
            gain=gain,
            depth=depth,
            norm=norm,
            layer=layer,
            seed=seed,
            task=task,
        )

    @traitlets.validate("activation")
    def _check_activation(self, proposal: dict) -> str:
        if proposal["value"] not in FUNCTIONS:
            raise ValueError(
                f"activation: expected one of {tuple(FUNCTIONS)}, got {proposal['value']!r}"
            )
        return proposal["value"]

    @traitlets.validate("gain")
    def _check_gain(self, proposal: dict) -> float:
        (value,) = numbers("gain", [proposal["value"]], count=1)
        if not GAINS[0] <= value <= GAINS[1]:
            raise ValueError(f"gain: expected a number from 0.2 to 4, got {value}")
        return value

    @traitlets.validate("depth", "layer", "seed")
    def _check_count(self, proposal: dict) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        low, high = {"depth": (2, MOST), "layer": (1, MOST), "seed": (0, 2**32 - 1)}[name]
        if not low <= value <= high:
            raise ValueError(f"{name}: expected an integer from {low} to {high}, got {value}")
        return value

    @property
    def flow(self) -> Flow:
        """Standard deviations of activations and gradients, and the silent share, by layer."""
        rows, square = BATCH * WIDTH, WIDTH * WIDTH
        drawn = normals(2 * rows + self.depth * square, seed=self.seed)
        x, above = drawn[: 2 * rows].reshape(2, BATCH, WIDTH)
        weights = drawn[2 * rows :].reshape(self.depth, WIDTH, WIDTH)
        function = FUNCTIONS[self.activation]

        h, zs, inputs, hs = x, [], [], []
        for weight in weights:
            z = (h @ weight * (self.gain / math.sqrt(WIDTH))).requires_grad_()
            y = F.batch_norm(z, None, None, training=True) if self.norm else z
            h = function(y)
            zs, inputs, hs = [*zs, z], [*inputs, y], [*hs, h]
        gradients = torch.autograd.grad(h, zs, above)

        return Flow(
            [h.std(correction=0).item() for h in hs],
            [gradient.std(correction=0).item() for gradient in gradients],
            [silent(y.detach(), self.activation) for y in inputs],
        )

    def describe(self) -> str:
        """One sentence that stands for the explorer where it cannot be seen."""
        flow = self.flow
        norm = " with batch norm" if self.norm else ""
        up = flow.activations[-1] / flow.activations[0]
        down = flow.gradients[0] / flow.gradients[-1]

        return (
            f"A network of {self.depth} {self.activation} layers{norm}, gain {self.gain:g}: from "
            f"first to last layer the activations change by a factor of {up:.1g}, from last to "
            f"first the gradients by {down:.1g}."
        )

    def poster(self) -> bytes:
        """Both standard deviations on a logarithmic axis, and below them the silent share."""
        flow = self.flow
        poster = Poster(640, 400)
        left = 1 - 0.09 * self.depth  # room for the numbers of the axis
        logs = [
            [math.log10(value) if value > 0 else -math.inf for value in values]
            for values in flow[:2]
        ]
        seen = [value for values in logs for value in values if math.isfinite(value)]
        low, high = 3 * math.floor(min(-3, *seen) / 3), 3 * math.ceil(max(1, *seen) / 3)
        panel = Panel(poster, (8, 8, 624, 250), (left, self.depth + 0.5, low - 0.5, high + 0.5))
        for n in range(low, high + 1, 3):
            panel.line([(0.7, n), (self.depth + 0.5, n)], FAINT, width=1)
            poster.text(14, panel.at(0, n)[1] / FINE, f"1e{n:+03d}", colour=SOFT, size=11)
        for values, colour in zip(logs, (MODEL, FAKE)):
            line = [(x, y) for x, y in enumerate(values, start=1) if math.isfinite(y)]
            panel.line(line, colour)
            for x, y in line:
                panel.dot(x, y, colour, radius=4)

        bars = Panel(poster, (8, 284, 624, 70), (left, self.depth + 0.5, 0.0, 1.08))
        poster.text(14, 294, "100 %", colour=SOFT, size=11)
        for i, value in enumerate(flow.silent, start=1):
            bars.area([(i - 0.3, value), (i + 0.3, value)], FIFTH)
        poster.text(320, 271, "blue: activations h, orange: gradients dL/dz, by layer", anchor="mm")
        poster.text(320, 376, f"below: share that is {WORDS[self.activation]}", anchor="mm")

        return poster.png()


def normals(count: int, *, seed: int) -> Samples:
    """Standard normal numbers by mulberry32 and Box-Muller, the same as in the page."""
    state = np.uint32(seed) + np.arange(1, count + 1, dtype=np.uint32) * np.uint32(0x6D2B79F5)
    t = (state ^ state >> 15) * (state | 1)
    t ^= t + (t ^ t >> 7) * (t | 61)
    uniform = (t ^ t >> 14) / 2**32
    radius, angle = np.sqrt(-2 * np.log(1 - uniform[::2])), 2 * np.pi * uniform[1::2]

    return torch.from_numpy(np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).ravel())


def silent(y: Tensor, activation: str) -> float:
    """The share of values on a flat part of sigmoid or tanh; of units that are always off."""
    if activation not in FLAT:
        return (y <= 0).all(dim=0).double().mean().item()
    h = FUNCTIONS[activation](y)
    slope = h * (1 - h) if activation == "sigmoid" else 1 - h.square()

    return (slope < FLAT[activation]).double().mean().item()
