"""Shapes by role: what a tensor means decides its name, and the name states its shape.

`Float[Tensor, "batch latent"]` is a jaxtyping annotation. In ordinary use it is a comment that
an editor can show; in the tests it is executed on every call.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from jaxtyping import Float, Int, Real, UInt8
from torch import Tensor
from torch.distributions import Distribution

Data = Float[Tensor, "batch *event"]  # x, x_hat: one example a row, of any shape
Flat = Float[Tensor, "batch dim"]  # x as rows of numbers
Points = Float[Tensor, "n_points plane"]  # positions in a plane, or in any space
Images = Float[Tensor, "batch channel height width"]  # x in [0, 1]
RawData = UInt8[Tensor, "batch *event"]  # x as stored, 0 to 255, of any shape
RawImages = UInt8[Tensor, "batch channel height width"]  # images as stored
RawImage = UInt8[Tensor, "channel height width"]  # one of them
Planes = Float[Tensor, "#batch 1 _ _"]  # one number per pixel of a picture or a window of it
PerFace = Float[Tensor, "#batch 1 1 1"]  # one number per picture
Tints = Float[Tensor, "#batch 3 1 1"]  # one colour per picture
Marks = Float[Tensor, "batch labels"]  # 0 or 1 for each of several labels
Sizes = Real[Tensor, "sizes"]  # sides of images or maps
Labels = Int[Tensor, "batch"]  # y: one class per example
Latent = Float[Tensor, "batch latent"]  # z, mu, logvar, codes
OtherLatent = Float[Tensor, "other_batch latent"]  # further codes, of another number
ThirdLatent = Float[Tensor, "third_batch latent"]
Index = Float[Tensor, "entries latent"]  # codes to search
IndexLabels = Int[Tensor, "entries"]  # their classes
PerExample = Float[Tensor, "batch"]  # one number per example, in nats
RealLogits = Float[Tensor, "*real"]  # a discriminator's outputs on data, of any shape
FakeLogits = Float[Tensor, "*fake"]  # its outputs on generated samples
Grid = Float[Tensor, "points"]  # a function's values on an even grid
Vector = Float[Tensor, "dim"]  # one point, a mean
Table = Float[Tensor, "*states"]  # probabilities of finitely many states
Samples = Float[Tensor, "samples"]  # draws of one real number
Scalar = Float[Tensor, ""]  # one number
Weight = Float[Tensor, "out in"]  # the matrix of an affine layer
WeightBack = Float[Tensor, "in out"]  # the matrix of a layer that undoes it: a decoder's
Rows = Float[Tensor, "networks numbers"]  # the weights of many networks, one a row
Stacked = Float[Tensor, "networks batch _"]  # a batch for each of many networks
StackedPoints = Float[Tensor, "networks batch plane"]  # positions, likewise
StackedLogits = Float[Tensor, "networks batch 1"]  # logits, likewise
Matrices = Float[Tensor, "networks in out"]  # one layer of many networks
Directions = Float[Tensor, "networks out"]  # one unit vector for each
PerNetwork = Float[Tensor, "networks"]  # one number for each
Square = Float[Tensor, "dim dim"]  # a covariance, an orthogonal map
Jacobians = Float[Tensor, "batch dim dim"]  # ∂f/∂z of a map, one per example
Columns = Float[Tensor, "dim count"]  # vectors side by side: a basis
OtherColumns = Float[Tensor, "dim other_count"]  # a second basis of the same space

Covariances = Float[Tensor, "components dim dim"]  # one per component of a mixture
Responsibilities = Float[Tensor, "batch components"]  # p(z = k | x), or log p(x, z = k)
Chains = Float[Tensor, "steps chains dim"]  # states of many Markov chains
ChainValues = Float[Tensor, "steps chains"]  # one number of each state

Decoder = Callable[[Latent], Distribution]  # z -> p(x | z)
Judge = Callable[[StackedPoints], StackedLogits]  # discriminators or critics side by side
LogDensity = Callable[[Points], PerExample]  # x -> log p(x), in nats


class Estimate(NamedTuple):
    """A Monte Carlo mean and how far to trust it, both in the unit of what was averaged."""

    value: float
    standard_error: float

    def __str__(self) -> str:
        """The value to the second digit of its error, as in 44.01 ± 0.12."""
        if not 0 < self.standard_error < math.inf:
            return f"{self.value:.6g} ± {self.standard_error:.2g}"
        digits = max(0, 1 - math.floor(math.log10(self.standard_error)))
        return f"{self.value:.{digits}f} ± {self.standard_error:.{digits}f}"
