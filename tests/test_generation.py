"""Distances and coverage of samples, on distributions whose distance is known."""

import math

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from scipy.signal import convolve2d
from sklearn.neighbors import NearestNeighbors
from torch import Tensor

from course_utils.evaluation import (
    coverage,
    features_of,
    frechet_distance,
    modes_covered,
    precision_recall,
    sharpness,
)
from course_utils.models.judges import digit_judge, face_judge


def features(n: int = 300, dim: int = 6, shift: float = 0.0) -> Tensor:
    return torch.randn(n, dim) @ torch.randn(dim, dim) + shift


def test_frechet_distance_is_the_formula_with_scipys_matrix_root() -> None:
    a, b = features(), features(200, shift=0.5)
    cov_a, cov_b = np.cov(a.double().numpy().T), np.cov(b.double().numpy().T)
    shift = ((a.double().mean(0) - b.double().mean(0)) ** 2).sum().item()
    expected = shift + np.trace(cov_a + cov_b - 2 * sqrtm(cov_a @ cov_b).real)

    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-6)


def test_frechet_distance_of_two_scales_is_the_squared_difference_of_deviations() -> None:
    a = features()
    wide = 3 * (a - a.mean(dim=0)) + a.mean(dim=0)

    assert frechet_distance(a, wide) == pytest.approx(4 * torch.cov(a.T).trace().item(), rel=1e-4)


def test_frechet_distance_of_a_shift_is_its_squared_length() -> None:
    a = features()

    assert frechet_distance(a, a + 0.5) == pytest.approx(6 * 0.25, rel=1e-4)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-5)


def test_precision_and_recall_are_those_counted_with_scikit_learn() -> None:
    real, fake = features(80, 2), features(60, 2, shift=1.0)

    def inside(points: Tensor, region: Tensor, k: int) -> float:
        radius = NearestNeighbors(n_neighbors=k + 1).fit(region).kneighbors(region)[0][:, k]
        distances = np.linalg.norm(points[:, None].numpy() - region[None].numpy(), axis=2)
        return float((distances <= radius).any(axis=1).mean())

    expected = inside(fake, real, 3), inside(real, fake, 3)
    assert precision_recall(real, fake) == pytest.approx(expected)
    assert 0 < expected[1] < 1


def test_fakes_on_one_mode_are_precise_without_recall() -> None:
    real = torch.cat([torch.randn(200, 2), torch.randn(200, 2) + 50])
    fake = torch.randn(400, 2)
    precision, recall = precision_recall(real, fake)

    assert precision > 0.9
    assert recall < 0.55
    assert coverage(real, fake) < 0.55


def test_coverage_is_one_for_the_data_themselves_and_counts_balls() -> None:
    real = torch.tensor([[0.0], [1.0], [2.0], [10.0]])

    assert coverage(real, real, k=1) == 1
    assert coverage(real, torch.tensor([[0.5], [0.6]]), k=1) == 0.5
    assert coverage(real, torch.tensor([[11.0]]), k=1) == 0.25  # its radius is 8


def test_a_single_far_fake_raises_recall_and_not_coverage() -> None:
    real = torch.randn(200, 2)
    few = torch.cat([0.01 * torch.randn(4, 2) + 30, torch.tensor([[-100.0, 0.0]])])

    assert precision_recall(real, few, k=4)[1] == 1
    assert coverage(real, few) < 0.05


@pytest.mark.parametrize("k", [0, 5])
def test_a_neighbour_that_is_not_there_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match=f"k: expected 1 to 4 neighbours, got {k}"):
        coverage(features(5, 2), features(9, 2), k=k)


def test_modes_count_where_enough_samples_are_near() -> None:
    centres = torch.tensor([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])
    x = torch.tensor([[0.1, 0.0]] * 98 + [[4.0, 0.1], [2.0, 2.0]])

    assert modes_covered(x, centres, radius=0.5) == (2, pytest.approx(0.99))
    assert modes_covered(x, centres, radius=0.5, least=0.02) == (1, pytest.approx(0.99))
    with pytest.raises(ValueError, match="radius: expected a positive number, got 0"):
        modes_covered(x, centres, radius=0.0)


def test_sharpness_is_the_mean_absolute_laplacian() -> None:
    x = torch.rand(3, 2, 8, 9)
    kernel = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]])
    expected = [
        np.mean([np.abs(convolve2d(c, kernel, mode="valid")) for c in image]) for image in x.numpy()
    ]

    np.testing.assert_allclose(sharpness(x), expected, rtol=1e-5)
    ramp = torch.linspace(0, 1, 9).expand(1, 1, 8, 9)
    assert sharpness(ramp).item() == pytest.approx(0, abs=1e-6)


def test_features_come_in_chunks_and_from_bytes() -> None:
    judge = digit_judge()
    raw = torch.randint(0, 256, (7, 1, 28, 28), dtype=torch.uint8)
    whole = judge.features(raw / 255).detach()

    assert whole.shape == (7, 64)
    torch.testing.assert_close(features_of(judge.features, raw, chunk=3), whole)
    assert not features_of(judge, raw).requires_grad


def test_a_judge_reads_its_logits_from_its_features() -> None:
    x = torch.rand(2, 3, 64, 64)
    judge = face_judge()

    torch.testing.assert_close(judge(x), judge.head(judge.features(x)))
    assert judge(x).shape == (2, 19)
    assert math.isfinite(judge(x).sum().item())
