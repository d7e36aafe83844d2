"""How well does a score tell the odd ones out? The area under the ROC curve."""

from course_utils.types import Labels, PerExample


def roc_auc(scores: PerExample, odd: Labels) -> float:
    """Chance that a random odd example scores higher than a random normal one; a tie counts half.

        AUC = (Σ ranks of the odd ones − m (m + 1) / 2) / (m n)

    with m odd and n normal examples. It is the area under the curve of detections against false
    alarms over all thresholds: 1 for a perfect score, 0.5 for one that knows nothing, and below 0.5
    for one that prefers the odd.

    Args:
        scores: One number per example, higher for stranger, shape (batch,).
        odd: 1 for an odd example and 0 for a normal one, shape (batch,).

    Returns:
        A share in [0, 1].

    Raises:
        ValueError: Examples of one kind are missing.

    Source:
        Hanley & McNeil (1982), "The meaning and use of the area under a receiver operating
        characteristic (ROC) curve", Radiology 143.
    """
    strange = odd.bool()
    m, n = int(strange.sum()), int((~strange).sum())
    if min(m, n) == 0:
        raise ValueError(f"odd: expected both kinds, got {m} odd and {n} normal examples")

    _, place, ties = scores.unique(return_inverse=True, return_counts=True)
    last = ties.cumsum(dim=0).double()
    ranks = (last - (ties - 1) / 2)[place]  # tied scores share the mean of their ranks

    return ((ranks[strange].sum() - m * (m + 1) / 2) / (m * n)).item()
