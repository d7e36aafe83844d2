"""Shapes by role: what a tensor means decides its name, and the name states its shape.

`Float[Tensor, "batch latent"]` is a jaxtyping annotation. In ordinary use it is a comment that
an editor can show; in the tests it is executed on every call.
"""

from collections.abc import Callable
from typing import NamedTuple

from jaxtyping import Float, Int, UInt8
from torch import Tensor
from torch.distributions import Distribution

Data = Float[Tensor, "batch *event"]  # x, x_hat: one example a row, of any shape
Flat = Float[Tensor, "batch dim"]  # x as rows of numbers
Points = Float[Tensor, "n_points plane"]  # positions in a plane, or in any space
Images = Float[Tensor, "batch channel height width"]  # x in [0, 1]
RawImages = UInt8[Tensor, "batch channel height width"]  # x as stored, 0 to 255
Labels = Int[Tensor, "batch"]  # y: one class per example
Latent = Float[Tensor, "batch latent"]  # z, mu, logvar, codes
PerExample = Float[Tensor, "batch"]  # one number per example, in nats
Grid = Float[Tensor, "points"]  # a function's values on an even grid
Vector = Float[Tensor, "dim"]  # one point, a mean
Table = Float[Tensor, "*states"]  # probabilities of finitely many states
Samples = Float[Tensor, "samples"]  # draws of one real number
Scalar = Float[Tensor, ""]  # one number
Weight = Float[Tensor, "out in"]  # the matrix of an affine layer
Square = Float[Tensor, "dim dim"]  # a covariance, an orthogonal map
Columns = Float[Tensor, "dim count"]  # vectors side by side: a basis

Decoder = Callable[[Latent], Distribution]  # z -> p(x | z)
LogDensity = Callable[[Points], PerExample]  # x -> log p(x), in nats


class Estimate(NamedTuple):
    """A Monte Carlo mean and how far to trust it, both in the unit of what was averaged."""

    value: float
    standard_error: float

    def __str__(self) -> str:
        return f"{self.value:.4f} ± {self.standard_error:.4f}"
