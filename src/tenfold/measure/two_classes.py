"""Figures that only two classes have: how well their images are ranked."""

from dataclasses import dataclass

import numpy as np

from tenfold.core.evaluation import Interval
from tenfold.core.predictions import Predictions
from tenfold.measure.bootstrap import N_DRAWS
from tenfold.measure.intervals import LEVEL, z_value

MOST_POINTS = 100
MOST_RANKED = 2_000_000
"""The most images that are ranked in all draws together; more images get fewer draws."""


@dataclass(frozen=True)
class Ranking:
    """How well the probability of the second class ranks images; shares in 0..1.

    Attributes:
        positive: Name of the second class.
        auc: Area under the ROC curve: the probability that an image of the second class gets a
            higher probability than one of the first.
        auc_interval_95: Its 95 % interval.
        average_precision: Area under the curve of precision against recall.
        average_precision_interval_95: Its 95 % interval.
        roc: False positive rate and true positive rate, from (0, 0) to (1, 1).
    """

    positive: str
    auc: float
    auc_interval_95: Interval
    average_precision: float
    average_precision_interval_95: Interval
    roc: tuple[tuple[float, float], ...]


def ranking(predictions: Predictions) -> Ranking | None:
    """Rank the images of two classes; None with other numbers of classes, or without one of them.

    Source: interval of the area, DeLong et al., Biometrics 44, 1988, 837-845; interval of the
        average precision, percentile bootstrap over images.
    """
    from sklearn.metrics import average_precision_score, roc_curve

    truth, n = predictions.truth, len(predictions)
    if len(predictions.classes) != 2 or not 0 < int(truth.sum()) < n:
        return None
    score = predictions.probabilities[:, 1]
    auc, interval = roc_area(score[truth == 1], score[truth == 0])
    rng = np.random.default_rng(0)
    draws = []
    for _ in range(min(N_DRAWS, max(100, MOST_RANKED // n))):
        some = rng.integers(0, n, n)
        if truth[some].sum() > 0:
            draws.append(average_precision_score(truth[some], score[some]))
    low, high = np.quantile(draws, ((1 - LEVEL) / 2, (1 + LEVEL) / 2)).tolist()
    false, right, _ = roc_curve(truth, score)
    some = np.unique(np.linspace(0, len(false) - 1, MOST_POINTS).round().astype(int))
    return Ranking(
        positive=predictions.classes[1],
        auc=auc,
        auc_interval_95=interval,
        average_precision=float(average_precision_score(truth, score)),
        average_precision_interval_95=(low, high),
        roc=tuple(zip(false[some].tolist(), right[some].tolist(), strict=True)),
    )


def roc_area(positive: np.ndarray, negative: np.ndarray) -> tuple[float, Interval]:
    """The area under the ROC curve and its interval.

    Args:
        positive: float32 (m,), probabilities of the images of the second class.
        negative: float32 (n,), those of the first class.
    """
    # Of each image, the share of the other class's images on its right side; ties count half.
    above = _share_below(positive, negative)
    below = 1 - _share_below(negative, positive)
    auc = float(above.mean())
    variance = above.var() / len(above) + below.var() / len(below)
    half = z_value() * float(np.sqrt(variance))
    return auc, (max(0.0, auc - half), min(1.0, auc + half))


def _share_below(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The share of `others` below each value, in 0..1: float64 (n,)."""
    ranked = np.sort(others)
    first = np.searchsorted(ranked, values, "left")
    last = np.searchsorted(ranked, values, "right")
    shares: np.ndarray = (first + last) / (2 * len(ranked))
    return shares
