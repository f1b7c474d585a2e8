"""Intervals of figures that have no exact ones, by drawing again what was counted."""

import numpy as np

from tenfold.core.evaluation import Interval
from tenfold.measure.intervals import LEVEL, wilson_interval

N_DRAWS = 1_000
LEAST = 5
"""If fewer images than this are right, or wrong, the draws hardly differ. Then the intervals are at
least as wide as that of the accuracy."""
MOST_NUMBERS = 4_000_000
"""The most numbers that are held at a time."""


def average_intervals(counts: np.ndarray) -> dict[str, Interval]:
    """The 95 % intervals of recall, precision and F1 as means over classes.

    The cells of the confusion matrix are drawn again, which is the same as drawing the images again
    with replacement, but takes far less time. The draws are the same at each call.

    Args:
        counts: int64 (n_classes, n_classes), rows are actual classes; at least one image.

    Returns:
        The intervals of `recall_macro`, `precision_macro`, `f1_macro`, `precision_weighted` and
        `f1_weighted`.

    Source: percentile bootstrap, B. Efron, The Annals of Statistics 7, 1979, 1-26.
    """
    n_classes, n, n_right = len(counts), int(counts.sum()), int(np.trace(counts))
    cells = np.flatnonzero(counts)  # A cell without images never gets one.
    actual, predicted = np.divmod(cells, n_classes)
    shares = counts.ravel()[cells] / n
    rng = np.random.default_rng(0)
    most = max(1, MOST_NUMBERS // max(len(cells), 3 * n_classes))
    parts = []
    for start in range(0, N_DRAWS, most):
        drawn = rng.multinomial(n, shares, size=min(most, N_DRAWS - start))
        parts.append(_averages(drawn, actual, predicted, n_classes))
    tail = (1 - LEVEL) / 2
    intervals = {}
    for name in parts[0]:
        draws = np.concatenate([part[name] for part in parts])
        low, high = np.quantile(draws, (tail, 1 - tail)).tolist()
        if min(n_right, n - n_right) < LEAST:
            least_right, most_right = wilson_interval(n_right, n)
            low, high = min(low, least_right), max(high, most_right)
        intervals[name] = (low, high)
    return intervals


def _averages(
    drawn: np.ndarray, actual: np.ndarray, predicted: np.ndarray, n_classes: int
) -> dict[str, np.ndarray]:
    """The averages of each draw, float64 (draws,) each.

    Args:
        drawn: int64 (draws, cells).
        actual: int64 (cells,), the actual class of each cell.
        predicted: int64 (cells,), its predicted class.
        n_classes: Number of classes.
    """
    from scipy.sparse import csr_array

    def sums(of_cell: np.ndarray, counted: np.ndarray) -> np.ndarray:
        """The images of each class: those of its cells that are counted, (draws, n_classes)."""
        belongs = csr_array((counted.astype(float), (np.arange(len(of_cell)), of_cell)),
                            shape=(len(of_cell), n_classes))  # fmt: skip
        found: np.ndarray = drawn @ belongs
        return found

    every = np.ones(len(actual), bool)
    right, of_class, as_class = (
        sums(actual, actual == predicted),
        sums(actual, every),
        sums(predicted, every),
    )
    recall = right / np.maximum(of_class, 1)
    precision = right / np.maximum(as_class, 1)
    f1 = 2 * right / np.maximum(of_class + as_class, 1)
    weight = of_class / of_class.sum(axis=1, keepdims=True)
    present = of_class > 0  # As in the figures, a class without images does not count.
    n_present = present.sum(axis=1)
    return {
        "recall_macro": recall.sum(axis=1) / n_present,
        "precision_macro": (precision * present).sum(axis=1) / n_present,
        "f1_macro": f1.sum(axis=1) / n_present,
        "precision_weighted": (precision * weight).sum(axis=1),
        "f1_weighted": (f1 * weight).sum(axis=1),
    }
