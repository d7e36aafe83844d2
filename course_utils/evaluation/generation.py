"""How good are samples? Distances and coverage in the features of a judge, or in the plane.

The judge is a network from outside (see `models.judges`); every number wants the same number for
fresh data beside it, which is the floor.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from course_utils.types import Data, Index, Latent, PerExample, Points


def features_of(judge: Callable[[Tensor], Tensor], x: Tensor, *, chunk: int = 500) -> Latent:
    """A network's output for many images, a chunk at a time and without gradients.

    Args:
        judge: Maps images in [0, 1] to one row each, such as `model.features`.
        x: Images, shape (batch, channel, height, width), uint8 or in [0, 1].
        chunk: Images at a time.
    """
    with torch.no_grad():
        rows = [judge(part / 255 if part.dtype == torch.uint8 else part) for part in x.split(chunk)]

    return torch.cat(rows)


def frechet_distance(a: Latent, b: Index) -> float:
    """Squared Fréchet distance between Gaussians that are fitted to two sets of features.

        ‖μ_a − μ_b‖² + tr( Σ_a + Σ_b − 2 (Σ_a Σ_b)^½ )

    It falls with more samples even where both sets come from one distribution: compare at equal
    sizes only, with the distance of fresh data beside it. Computed in float64.

    Args:
        a: Features, shape (batch, features), more rows than features.
        b: Features, shape (entries, features).

    Returns:
        A number ≥ 0 in squared units of the features.

    Source:
        Heusel et al. (2017), "GANs Trained by a Two Time-Scale Update Rule", eq. 6.
        https://arxiv.org/abs/1706.08500
    """
    a, b = a.cpu().double(), b.cpu().double()
    cov_a, cov_b = torch.cov(a.T), torch.cov(b.T)
    values, vectors = torch.linalg.eigh(cov_a)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T  # (Σ_a Σ_b)^½ has the trace of
    cross = torch.linalg.eigvalsh(root @ cov_b @ root).clamp(min=0).sqrt().sum()  # this root
    shift = (a.mean(dim=0) - b.mean(dim=0)).square().sum()

    return max((shift + cov_a.trace() + cov_b.trace() - 2 * cross).item(), 0.0)


def precision_recall(real: Index, fake: Latent, *, k: int = 3) -> tuple[float, float]:
    """Share of fakes that lie among the real data, and share of real data among the fakes.

    A set's region is the union of balls around its points, each with the distance to its k-th
    nearest neighbour in the set as radius.

    Args:
        real: Features of data, shape (entries, features).
        fake: Features of samples, shape (batch, features).
        k: The neighbour that gives the radius.

    Returns:
        Precision and recall, each in [0, 1].

    Source:
        Kynkäänniemi et al. (2019), "Improved Precision and Recall Metric for Assessing Generative
        Models", eq. 1 and 2. https://arxiv.org/abs/1904.06991
    """
    distances = torch.cdist(fake, real)
    inside_real = (distances <= radii(real, k)[None, :]).any(dim=1)
    inside_fake = (distances <= radii(fake, k)[:, None]).any(dim=0)

    return inside_real.double().mean().item(), inside_fake.double().mean().item()


def coverage(real: Index, fake: Latent, *, k: int = 5) -> float:
    """Share of real data whose ball, to its k-th real neighbour, holds at least one fake.

    Unlike recall it cannot be raised by a few fakes far out, because the balls belong to the data.

    Args:
        real: Features of data, shape (entries, features).
        fake: Features of samples, shape (batch, features).
        k: The neighbour that gives the radius.

    Source:
        Naeem et al. (2020), "Reliable Fidelity and Diversity Metrics for Generative Models", eq. 4.
        https://arxiv.org/abs/2002.09797
    """
    nearest = torch.cdist(real, fake).min(dim=1).values

    return (nearest <= radii(real, k)).double().mean().item()


def radii(x: Tensor, k: int) -> Tensor:
    """Distance of each row to its k-th nearest other row.

    Raises:
        ValueError: `k` is not in 1 to the number of other rows.
    """
    if not 1 <= k < len(x):
        raise ValueError(f"k: expected 1 to {len(x) - 1} neighbours, got {k}")

    return torch.cdist(x, x).kthvalue(k + 1, dim=1).values


def modes_covered(
    x: Points, centres: Index, *, radius: float, least: float = 0.01
) -> tuple[int, float]:
    """How many modes samples reach, and which share of them is near any mode at all.

    A mode counts when at least the share `least` of all samples lies within `radius` of it and
    nearer to it than to any other.

    Args:
        x: Samples, shape (n_points, plane).
        centres: The modes, shape (entries, plane).
        radius: How near is near: three standard deviations of a mode, say.
        least: Share of the samples that a mode needs.

    Returns:
        The number of modes covered, and the share of samples within `radius` of some mode.

    Raises:
        ValueError: `radius` is not positive.
    """
    if radius <= 0:
        raise ValueError(f"radius: expected a positive number, got {radius}")

    nearest = torch.cdist(x, centres).min(dim=1)
    near = nearest.values <= radius
    counts = torch.bincount(nearest.indices[near], minlength=len(centres))

    return int((counts >= least * len(x)).sum()), near.double().mean().item()


def sharpness(x: Data) -> PerExample:
    """Mean absolute Laplacian of each image, shape (batch,): high for crisp edges.

        |4 xᵢⱼ − xᵢ₋₁ⱼ − xᵢ₊₁ⱼ − xᵢⱼ₋₁ − xᵢⱼ₊₁|, averaged over the pixels inside and the channels

    Args:
        x: Images, shape (batch, channel, height, width).
    """
    inside = x[..., 1:-1, 1:-1]
    across = x[..., 1:-1, :-2] + x[..., 1:-1, 2:] + x[..., :-2, 1:-1] + x[..., 2:, 1:-1]

    return (4 * inside - across).abs().flatten(1).mean(dim=1)
