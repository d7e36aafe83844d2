"""How good is a code? Principal components, the angles of subspaces, and neighbours."""

import torch

from course_utils.types import (
    Columns,
    Flat,
    Grid,
    Index,
    IndexLabels,
    Labels,
    Latent,
    OtherColumns,
    Vector,
)


def pca(x: Flat, count: int) -> tuple[Vector, Columns, Grid]:
    """Principal component analysis: the directions in which the data vary most.

    They solve Σ u = λ u for the covariance Σ = 1/n Σᵢ (xᵢ − μ)(xᵢ − μ)ᵀ, computed in float64.

    Args:
        x: Data, shape (batch, dim).
        count: Number of components, 1 to dim.

    Returns:
        The mean μ, shape (dim,); the leading components as orthonormal columns, shape
        (dim, count), each with its largest entry positive; and all variances λ in falling order,
        shape (dim,).

    Raises:
        ValueError: `count` is not in 1 to dim.
    """
    dim = x.shape[1]
    if not 1 <= count <= dim:
        raise ValueError(f"count: expected 1 to {dim} components, got {count}")

    rows = x.cpu().double()  # eigh needs float64, which not every device has
    mean = rows.mean(dim=0)
    centred = rows - mean
    variances, vectors = torch.linalg.eigh(centred.T @ centred / len(x))
    components = vectors.flip(1)[:, :count]
    largest = components.gather(0, components.abs().argmax(dim=0, keepdim=True))

    return mean.to(x), (components * largest.sign()).to(x), variances.flip(0).to(x)


def principal_angles(a: Columns, b: OtherColumns) -> Grid:
    """Angles between the subspaces that two sets of columns span, in degrees, rising.

    With orthonormal bases Q of each, cos θᵢ is the i-th singular value of QₐᵀQ_b. All angles are 0
    exactly when the smaller subspace lies inside the other. Small angles are computed from sines,
    where cosines lose half their digits.

    Args:
        a: Linearly independent columns, shape (dim, count).
        b: Linearly independent columns, shape (dim, other count).

    Returns:
        min(count, other count) angles in [0, 90].

    Source:
        Björck & Golub (1973), "Numerical methods for computing angles between linear subspaces".
        https://doi.org/10.1090/S0025-5718-1973-0348991-3
    """
    if a.shape[1] < b.shape[1]:
        a, b = b, a
    wide = torch.linalg.qr(a.cpu().double()).Q
    narrow = torch.linalg.qr(b.cpu().double()).Q
    overlap = wide.T @ narrow

    cosines = torch.linalg.svdvals(overlap).clamp(max=1)
    sines = torch.linalg.svdvals(narrow - wide @ overlap).flip(0).clamp(max=1)
    angles = torch.where(cosines.square() > 0.5, sines.arcsin(), cosines.arccos())

    return torch.rad2deg(angles).to(a)


def precision_at_k(
    queries: Latent, query_labels: Labels, index: Index, index_labels: IndexLabels, *, k: int = 10
) -> float:
    """Share of the k nearest neighbours that have the query's label, over all queries.

    Args:
        queries: Codes to look up, shape (batch, latent).
        query_labels: Their classes, shape (batch,).
        index: Codes to search, shape (entries, latent).
        index_labels: Their classes, shape (entries,).
        k: Neighbours per query, by Euclidean distance.

    Returns:
        A share in [0, 1]; chance is the share of the class.

    Raises:
        ValueError: `k` is not in 1 to the size of the index.
    """
    nearest = neighbours(queries, index, k=k)

    return (index_labels[nearest] == query_labels[:, None]).double().mean().item()


def neighbours(queries: Latent, index: Index, *, k: int, chunk: int = 500) -> torch.Tensor:
    """Rows of `index` that are nearest to each query, nearest first, shape (batch, k).

    Works through `chunk` queries at a time, so that memory stays at chunk · len(index) numbers.

    Raises:
        ValueError: `k` is not in 1 to the size of the index.
    """
    if not 1 <= k <= len(index):
        raise ValueError(f"k: expected 1 to {len(index)} neighbours, got {k}")

    centre = index.mean(dim=0)  # far from the origin, cdist loses the digits that decide
    index = index - centre
    parts = [
        torch.cdist(part - centre, index).topk(k, largest=False).indices
        for part in queries.split(chunk)
    ]
    return torch.cat(parts)
