"""From the predictions of all folds to the figures of a cross-validation."""

from collections.abc import Sequence

import numpy as np

from tenfold.core.folds import CrossValidation, Fold
from tenfold.core.predictions import Predictions
from tenfold.measure.intervals import wilson_interval


def cross_validation(
    predictions: Predictions,
    fold_of: np.ndarray,
    fits: Sequence[tuple[int, int, float]],
    *,
    temperature: float | None = None,
) -> CrossValidation:
    """Score the predictions fold by fold, and all together.

    Args:
        predictions: Of every image, by the network that did not see it.
        fold_of: int64 (n,), the fold of each image, in 0..n_folds - 1; none is empty.
        fits: For each of two folds or more, the images fitted, the epochs, and the seconds.
        temperature: At which the predictions were calibrated; None for none.
    """
    right = predictions.truth == predictions.predicted
    folds = []
    for number, (n_fit, epochs, wall_s) in enumerate(fits):
        here = right[fold_of == number]
        folds.append(Fold(n_fit, len(here), float(here.mean()), epochs, wall_s))
    accuracies = np.array([fold.accuracy for fold in folds])
    low, high = wilson_interval(int(right.sum()), len(right))
    return CrossValidation(
        folds=tuple(folds),
        mean=float(accuracies.mean()),
        sd=float(accuracies.std(ddof=1)),
        accuracy=float(right.mean()),
        low=low,
        high=high,
        wall_s=sum(fold.wall_s for fold in folds),
        temperature=temperature,
    )
