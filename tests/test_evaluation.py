import math

import numpy as np
import pytest
import torch
from scipy.linalg import subspace_angles
from scipy.stats import ortho_group
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from course_utils.evaluation import neighbours, pca, precision_at_k, principal_angles


def data(n: int = 60, dim: int = 5) -> Tensor:
    return torch.randn(n, dim, dtype=torch.float64) @ torch.randn(dim, dim).double() + 3


@pytest.mark.parametrize("count", [1, 2, 5])
def test_pca_is_scikit_learns(count: int) -> None:
    x = data()
    mean, components, variances = pca(x, count)
    oracle = PCA().fit(x.numpy())

    np.testing.assert_allclose(mean.numpy(), oracle.mean_)
    assert components.shape == (5, count)
    overlap = components.T.numpy() @ oracle.components_[:count].T
    np.testing.assert_allclose(np.abs(overlap), np.eye(count), atol=1e-9)
    np.testing.assert_allclose(variances.numpy(), oracle.explained_variance_ * 59 / 60)


def test_components_solve_the_eigenvalue_equation_of_the_covariance() -> None:
    x = data()
    _, components, variances = pca(x, 5)
    cov = torch.cov(x.T, correction=0)

    torch.testing.assert_close(cov @ components, components * variances)
    torch.testing.assert_close(components.T @ components, torch.eye(5, dtype=torch.float64))
    assert (variances.diff() < 0).all()


def test_largest_entry_of_each_component_is_positive_whatever_the_sign_of_x() -> None:
    x = data()
    for signed in (x, -x):
        _, components, _ = pca(signed, 5)
        largest = components.gather(0, components.abs().argmax(dim=0, keepdim=True))
        assert (largest > 0).all()
    torch.testing.assert_close(pca(-x, 5)[1], pca(x, 5)[1])


def test_pca_of_float32_is_computed_in_float64() -> None:
    x = (data() + 1000).float()
    mean, components, variances = pca(x, 2)

    assert mean.dtype == components.dtype == variances.dtype == torch.float32
    torch.testing.assert_close(components, pca(x.double(), 2)[1].float())
    np.testing.assert_allclose(
        variances, PCA().fit(x.double().numpy()).explained_variance_ * 59 / 60, rtol=1e-6
    )


@pytest.mark.parametrize("count", [0, 6])
def test_pca_refuses_impossible_counts(count: int) -> None:
    with pytest.raises(ValueError, match=f"count: expected 1 to 5 components, got {count}"):
        pca(data(), count)


def degrees(a: Tensor, b: Tensor) -> np.ndarray:
    return np.sort(np.rad2deg(subspace_angles(a.double().numpy(), b.double().numpy())))


@pytest.mark.parametrize(("one", "other"), [(1, 1), (2, 2), (2, 4), (4, 2), (1, 6), (3, 5)])
def test_angles_are_scipys_and_rise(one: int, other: int) -> None:
    a, b = torch.randn(6, one).double(), torch.randn(6, other).double()
    angles = principal_angles(a, b)

    assert angles.shape == (min(one, other),)
    assert (angles.diff() >= 0).all()
    np.testing.assert_allclose(angles, degrees(a, b), atol=1e-10)


@pytest.mark.parametrize("tiny", [1e-6, 1e-3, 44.9, 45.1, 60.0, 89.999, 90 - 1e-6])
def test_built_in_angles_are_found_to_eight_digits(tiny: float) -> None:
    turn = torch.from_numpy(ortho_group.rvs(6, random_state=0))
    cos, sin = (f(math.radians(tiny)) for f in (math.cos, math.sin))
    a = turn @ torch.eye(6, dtype=torch.float64)[:, :2]
    plane = [[1, 0], [0, cos], [0, 0], [0, sin], [0, 0], [0, 0]]
    b = turn @ torch.tensor(plane, dtype=torch.float64)

    angles = principal_angles(a, b)
    np.testing.assert_allclose(angles[1], tiny, rtol=1e-8)
    assert angles[0] < 1e-6 * tiny + 1e-12


def test_angles_are_zero_exactly_when_one_space_holds_the_other() -> None:
    wide = torch.randn(6, 3, dtype=torch.float64)
    inside = wide @ torch.randn(3, 2, dtype=torch.float64)

    assert principal_angles(inside, wide).max() < 1e-10
    assert principal_angles(wide, inside).max() < 1e-10
    assert principal_angles(wide, torch.randn(6, 2, dtype=torch.float64)).max() > 1


def test_angles_belong_to_the_spaces_and_not_to_their_bases() -> None:
    a, b = torch.randn(6, 2).double(), torch.randn(6, 3).double()
    mixed = a @ torch.tensor([[2.0, 1.0], [0.5, -3.0]]).double()

    torch.testing.assert_close(principal_angles(mixed, b), principal_angles(a, b))


def test_angles_of_perpendicular_spaces_are_ninety() -> None:
    eye = torch.eye(4)
    angles = principal_angles(eye[:, :2], eye[:, 2:])

    assert angles.dtype == torch.float32
    assert angles.tolist() == pytest.approx([90, 90])


def test_neighbours_by_hand() -> None:
    index = torch.tensor([[0.0], [1.0], [5.0], [7.0]])

    assert neighbours(torch.tensor([[0.4], [6.1]]), index, k=3).tolist() == [[0, 1, 2], [3, 2, 1]]


def test_precision_by_hand() -> None:
    index, labels = torch.tensor([[0.0], [1.0], [5.0], [7.0]]), torch.tensor([0, 0, 1, 0])
    queries, query_labels = torch.tensor([[0.4], [6.1]]), torch.tensor([0, 1])

    def precision(k: int) -> float:
        return precision_at_k(queries, query_labels, index, labels, k=k)

    assert [precision(k) for k in (1, 2, 3, 4)] == [0.5, 0.75, 3 / 6, 4 / 8]


def test_ten_neighbours_unless_said_otherwise() -> None:
    x, y = torch.randn(40, 2), torch.arange(40) % 3

    assert precision_at_k(x, y, x, y) == precision_at_k(x, y, x, y, k=10)
    assert precision_at_k(x, y, x, y) != precision_at_k(x, y, x, y, k=9)


@pytest.mark.parametrize("centre", [[0.0, 0.0, 0.0], [1000.0, -2000.0, 500.0]])
def test_neighbours_and_precision_are_scikit_learns(centre: list[float]) -> None:
    index, queries = (torch.randn(n, 3) + torch.tensor(centre) for n in (200, 80))
    labels, query_labels = torch.randint(0, 4, (200,)), torch.randint(0, 4, (80,))
    found = NearestNeighbors(n_neighbors=7, algorithm="kd_tree").fit(index.double().numpy())
    oracle = torch.from_numpy(found.kneighbors(queries.double().numpy(), return_distance=False))

    assert (neighbours(queries, index, k=7) == oracle).float().mean() > 0.999
    share = (labels[oracle] == query_labels[:, None]).double().mean().item()
    found_share = precision_at_k(queries, query_labels, index, labels, k=7)
    assert found_share == pytest.approx(share, abs=2e-3)


@pytest.mark.parametrize("chunk", [1, 7, 79, 80, 1000])
def test_size_of_the_chunks_does_not_matter(chunk: int) -> None:
    index, queries = torch.randn(200, 3).double(), torch.randn(80, 3).double()

    whole = neighbours(queries, index, k=5)
    assert torch.equal(neighbours(queries, index, k=5, chunk=chunk), whole)


@pytest.mark.parametrize("k", [0, 4])
def test_neighbours_refuse_impossible_counts(k: int) -> None:
    x, y = torch.zeros(3, 2), torch.zeros(3, dtype=torch.int64)

    with pytest.raises(ValueError, match=f"k: expected 1 to 3 neighbours, got {k}"):
        precision_at_k(x, y, x, y, k=k)
