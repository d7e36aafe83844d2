import jaxtyping
import pytest
import torch

from course_utils.distributions import diagonal_normal
from course_utils.divergences import kl_to_prior
from course_utils.objectives import gaussian_nll
from course_utils.types import Estimate


def test_wrong_shape_is_refused_on_every_call() -> None:
    with pytest.raises(jaxtyping.TypeCheckError, match="logvar"):
        kl_to_prior(torch.zeros(3, 2), torch.zeros(3, 4))


def test_wrong_number_type_is_refused() -> None:
    with pytest.raises(jaxtyping.TypeCheckError, match="mu"):
        kl_to_prior(torch.zeros(3, 2, dtype=torch.int64), torch.zeros(3, 2))


def test_whole_number_may_stand_for_a_float() -> None:
    x = torch.zeros(1, 2)

    torch.testing.assert_close(gaussian_nll(x, x, sigma=1), gaussian_nll(x, x, sigma=1.0))


@pytest.mark.usefixtures("unchecked")
def test_check_of_shapes_can_be_switched_off() -> None:
    assert kl_to_prior(torch.zeros(3, 2), torch.zeros(3, 1)).shape == (3,)


def test_distribution_is_not_a_tensor_of_some_shape() -> None:
    q_z = diagonal_normal(torch.zeros(3, 2), torch.zeros(3, 2))

    with pytest.raises(jaxtyping.TypeCheckError):
        kl_to_prior(q_z, torch.zeros(3, 2))


def test_estimate_reads_as_value_and_error() -> None:
    assert str(Estimate(1.23456, 0.00321)) == "1.2346 ± 0.0032"
