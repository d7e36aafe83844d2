"""Many small networks at once: each is a row of numbers, and all of them learn side by side.

A `Crowd` is one architecture; `rows` of shape (networks, numbers) hold the weights of as many
networks. Weights that are a plain tensor can be differentiated through their own update, which is
what unrolling needs.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from course_utils.types import Directions, Matrices, PerNetwork, Rows, Scalar, Stacked


class Crowd:
    """One small multilayer perceptron, many times: x ↦ W₃ act(W₂ act(W₁ x + b₁) + b₂) + b₃.

    Args:
        sizes: Width of the input, of each hidden layer, and of the output.
        activation: The nonlinearity between the layers.
    """

    def __init__(self, *sizes: int, activation: Callable[[Tensor], Tensor] = torch.relu) -> None:
        self.sizes = sizes
        self.activation = activation

    def start(self, seeds: Sequence[int]) -> Rows:
        """Weights and biases uniform in ±1/√(inputs), one row per seed, each from its own seed."""
        rows = []
        for seed in seeds:
            g = torch.Generator().manual_seed(seed)
            layers = [
                (2 * torch.rand(a + 1, b, generator=g) - 1) / math.sqrt(a)
                for a, b in pairwise(self.sizes)
            ]
            rows.append(torch.cat([layer.flatten() for layer in layers]))

        return torch.stack(rows)

    def layers(self, rows: Rows) -> Iterator[tuple[Tensor, Tensor]]:
        """W of shape (networks, in, out) and b of shape (networks, 1, out), layer by layer."""
        counts = [(a + 1) * b for a, b in pairwise(self.sizes)]
        for part, (a, b) in zip(rows.split(counts, dim=1), pairwise(self.sizes), strict=True):
            layer = part.reshape(-1, a + 1, b)
            yield layer[:, :a], layer[:, a:]

    def __call__(self, rows: Rows, x: Stacked) -> Stacked:
        """Each network on its own batch: (networks, batch, in) to (networks, batch, out)."""
        *hidden, (w_last, b_last) = self.layers(rows)
        for w, b in hidden:
            x = self.activation(torch.baddbmm(b, x, w))

        return torch.baddbmm(b_last, x, w_last)


class SpectralCrowd(Crowd):
    """A crowd whose every weight matrix is divided by its largest singular value.

    With an activation of slope at most 1 the network's slope is then at most 1.

    Source:
        Miyato et al. (2018), "Spectral Normalization for Generative Adversarial Networks", eq. 8
        and algorithm 1. https://arxiv.org/abs/1802.05957
    """

    def __init__(self, *sizes: int, activation: Callable[[Tensor], Tensor] = torch.relu) -> None:
        super().__init__(*sizes, activation=activation)
        self.directions: list[Tensor | None] = [None] * (len(sizes) - 1)

    def layers(self, rows: Rows) -> Iterator[tuple[Tensor, Tensor]]:
        """As before, with normalised W; the direction found is kept for the next call."""
        for i, (w, b) in enumerate(super().layers(rows)):
            start = self.directions[i]
            known = start is not None and len(start) == len(w)
            sigma, self.directions[i] = largest_singular_value(
                w, start=start if known else None, iterations=1 if known else 20
            )
            yield w / sigma[:, None, None], b


def largest_singular_value(
    w: Matrices, *, start: Directions | None = None, iterations: int = 20
) -> tuple[PerNetwork, Directions]:
    """The largest singular value σ of each matrix by power iteration, and its direction.

        v ← W u / ‖W u‖,    u ← Wᵀ v / ‖Wᵀ v‖,    σ = vᵀ W u

    u and v are constants to autograd, so that ∂σ/∂W = v uᵀ.

    Args:
        w: Matrices, shape (networks, in, out).
        start: u from an earlier call, shape (networks, out); all ones by default.
        iterations: How often to multiply.

    Returns:
        σ of shape (networks,), and u for the next call.
    """
    with torch.no_grad():
        u = w.new_ones(len(w), 1, w.shape[2]) if start is None else start[:, None]
        for _ in range(iterations):
            v = F.normalize(u @ w.mT, dim=2)
            u = F.normalize(v @ w, dim=2)

    return (v @ w * u).sum(dim=(1, 2)), u[:, 0]


def with_deviation(x: Stacked) -> Stacked:
    """Append to each sample how much its batch varies, so that D sees a whole batch at once.

    The number is the standard deviation over the batch, averaged over the coordinates.

    Source:
        Karras et al. (2018), "Progressive Growing of GANs", section 3. https://arxiv.org/abs/1710.10196
    """
    deviation = x.std(dim=1, keepdim=True).mean(dim=2, keepdim=True)

    return torch.cat([x, deviation.expand(-1, x.shape[1], -1)], dim=2)


class Moments(NamedTuple):
    """What Adam remembers: running means of the gradient and of its square, and the step."""

    mean: Tensor
    square: Tensor
    step: int

    @classmethod
    def at_rest(cls, rows: Tensor) -> "Moments":
        """Before the first step."""
        return cls(torch.zeros_like(rows), torch.zeros_like(rows), 0)


def adam_step(
    rows: Rows, gradient: Rows, moments: Moments, *, rate: Tensor | float, momentum: Tensor | float
) -> tuple[Rows, Moments]:
    """One step of Adam that can itself be differentiated.

    Args:
        rows: Weights, shape (networks, numbers).
        gradient: Of the loss in `rows`.
        moments: From the step before.
        rate: Learning rate, a number or one per network in the shape (networks, 1).
        momentum: β₁, likewise. β₂ is 0.999.

    Source:
        Kingma & Ba (2015), "Adam", algorithm 1. https://arxiv.org/abs/1412.6980
    """
    step = moments.step + 1
    mean = momentum * moments.mean + (1 - momentum) * gradient
    square = 0.999 * moments.square + 0.001 * gradient.square()
    root = (square / (1 - 0.999**step)).clamp(min=1e-24).sqrt()  # √0 has no derivative
    rows = rows - rate * (mean / (1 - momentum**step)) / (root + 1e-8)

    return rows, Moments(mean, square, step)


def unrolled(
    loss: Callable[[Rows], Scalar],
    rows: Rows,
    moments: Moments,
    *,
    steps: int,
    rate: Tensor | float,
    momentum: Tensor | float,
) -> Rows:
    """Where Adam would take the weights in a few steps, as a function of all that `loss` uses.

        phi⁰ = phi,    phiᵏ⁺¹ = Adam(phiᵏ, ∂loss/∂phiᵏ)

    Source:
        Metz et al. (2017), "Unrolled Generative Adversarial Networks", eq. 6-8.
        https://arxiv.org/abs/1611.02163
    """
    rows = rows.detach().requires_grad_()
    for _ in range(steps):
        (gradient,) = torch.autograd.grad(loss(rows), rows, create_graph=True)
        rows, moments = adam_step(rows, gradient, moments, rate=rate, momentum=momentum)

    return rows
