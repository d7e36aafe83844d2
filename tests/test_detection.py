"""The area under the ROC curve against scikit-learn and against counting pairs."""

import pytest
import torch
from sklearn.metrics import roc_auc_score

from course_utils.evaluation import roc_auc


def example(*, ties: bool) -> tuple[torch.Tensor, torch.Tensor]:
    g = torch.Generator().manual_seed(0)
    odd = (torch.rand(300, generator=g) < 0.2).long()
    scores = torch.randn(300, generator=g) + odd
    return (scores.round() if ties else scores), odd


@pytest.mark.parametrize("ties", [False, True])
def test_roc_auc_is_that_of_scikit_learn(ties: bool) -> None:
    scores, odd = example(ties=ties)

    assert roc_auc(scores, odd) == pytest.approx(roc_auc_score(odd.numpy(), scores.numpy()))


@pytest.mark.parametrize("ties", [False, True])
def test_roc_auc_is_the_share_of_pairs_in_the_right_order(ties: bool) -> None:
    scores, odd = example(ties=ties)
    difference = scores[odd == 1][:, None] - scores[odd == 0][None, :]
    share = ((difference > 0).double() + 0.5 * (difference == 0).double()).mean()

    assert roc_auc(scores, odd) == pytest.approx(share.item())


def test_roc_auc_sees_the_order_only_and_turns_with_the_sign() -> None:
    scores, odd = example(ties=False)

    assert roc_auc(scores.exp(), odd) == roc_auc(scores, odd)
    assert roc_auc(-scores, odd) == pytest.approx(1 - roc_auc(scores, odd))


def test_roc_auc_refuses_a_batch_of_one_kind() -> None:
    with pytest.raises(ValueError, match="got 0 odd and 4 normal"):
        roc_auc(torch.rand(4), torch.zeros(4, dtype=torch.long))
