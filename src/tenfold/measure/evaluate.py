"""From predictions to the figures that judge a run."""

import numpy as np

from tenfold.core.errors import DataError, TenfoldError
from tenfold.core.evaluation import ClassScore, Evaluation
from tenfold.core.predictions import Predictions
from tenfold.measure.confusion import confusion
from tenfold.measure.intervals import wilson_interval

ROW_SUM_TOLERANCE = 1e-3
"""How far a row of float32 probabilities may be from 1; softmax itself stays within 1e-5."""

WITHOUT_IMAGES = ClassScore(None, None, None, 0)


def evaluate(predictions: Predictions) -> Evaluation:
    """Score each prediction against the truth.

    Recall, precision and F1 are scikit-learn's. A class that is never predicted has precision 0.
    One without images has no figures, and does not count in the macro means.

    Args:
        predictions: At least one; `core.predictions` says what is in them.

    Raises:
        DataError: There are no predictions, or an actual class is not among the classes.
        TenfoldError: A probability is NaN or outside 0..1, or a row does not sum to 1.
    """
    from sklearn.metrics import precision_recall_fscore_support

    _check(predictions)
    truth, predicted = predictions.truth, predictions.predicted
    labels = np.unique(truth)  # The classes that have images.

    def scores(average: str | None) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        found: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] = (
            precision_recall_fscore_support(
                truth, predicted, labels=labels, average=average, zero_division=0
            )
        )
        return found

    by_class = (each.tolist() for each in (labels, *scores(None)))
    scored = {
        label: ClassScore(recall, precision, f1, n)
        for label, precision, recall, f1, n in zip(*by_class, strict=True)
    }
    precision_macro, recall_macro, f1_macro, _ = scores("macro")
    precision_weighted, recall_weighted, f1_weighted, _ = scores("weighted")
    n_right = int((truth == predicted).sum())
    low, high = wilson_interval(n_right, len(predictions))
    return Evaluation(
        n=len(predictions),
        accuracy=n_right / len(predictions),
        accuracy_low=low,
        accuracy_high=high,
        top2_accuracy=_top2_accuracy(predictions),
        log_loss=_log_loss(predictions),
        recall_macro=float(recall_macro),
        precision_macro=float(precision_macro),
        f1_macro=float(f1_macro),
        recall_weighted=float(recall_weighted),
        precision_weighted=float(precision_weighted),
        f1_weighted=float(f1_weighted),
        per_class={
            name: scored.get(label, WITHOUT_IMAGES)
            for label, name in enumerate(predictions.classes)
        },
        confusion=confusion(truth, predicted, len(predictions.classes)),
    )


def _top2_accuracy(predictions: Predictions) -> float:
    # A stable sort breaks ties as argmax does, so the best class is always among the best two.
    ranked = np.argsort(-predictions.probabilities, axis=1, kind="stable")
    hits = ranked[:, :2] == predictions.truth[:, None]
    return float(hits.any(axis=1).mean())


def _log_loss(predictions: Predictions) -> float:
    rows = predictions.probabilities.astype(np.float64)
    actual = rows[np.arange(len(rows)), predictions.truth] / rows.sum(axis=1)
    # An exact 0 is a probability that is too small for float32; its logarithm would be infinite.
    return float(-np.log(np.maximum(actual, np.finfo(np.float32).tiny)).mean())


def _check(predictions: Predictions) -> None:
    n, n_classes = len(predictions), len(predictions.classes)
    truth, probabilities = predictions.truth, predictions.probabilities
    if n == 0:
        raise DataError("There are no predictions to evaluate. Give at least one image.")
    if probabilities.shape != (n, n_classes):
        raise TenfoldError(
            f"Expected probabilities of shape ({n}, {n_classes}), a row for each image and a "
            f"column for each class; received {probabilities.shape}."
        )
    if not 0 <= truth.min() <= truth.max() < n_classes:
        raise DataError(
            f"Expected actual classes in 0..{n_classes - 1}; "
            f"received {truth.min()}..{truth.max()}. Evaluate on images of the model's classes."
        )
    if np.isnan(probabilities).any():
        row = int(np.isnan(probabilities).any(axis=1).argmax())
        raise TenfoldError(
            f"The probabilities of image {row} hold NaN (not a number): the model's weights have "
            "diverged. Fit it again with a lower learning rate."
        )
    if probabilities.min() < 0:
        raise TenfoldError(
            f"Expected probabilities in 0..1; received {probabilities.min():.6g}. "
            "Apply softmax to the model's logits first."
        )
    sums = probabilities.sum(axis=1, dtype=np.float64)
    row = int(np.abs(sums - 1).argmax())
    if abs(sums[row] - 1) > ROW_SUM_TOLERANCE:
        raise TenfoldError(
            f"Expected each row of probabilities to sum to 1; row {row} sums to {sums[row]:.6g}. "
            "Apply softmax to the model's logits first."
        )
