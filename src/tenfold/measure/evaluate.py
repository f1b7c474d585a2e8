"""From predictions to the figures that judge a run."""

import math

import numpy as np

from tenfold.core.errors import DataError, TenfoldError
from tenfold.core.evaluation import ClassScore, Evaluation, Interval
from tenfold.core.predictions import Predictions
from tenfold.measure.bootstrap import average_intervals
from tenfold.measure.calibration import calibration
from tenfold.measure.confusion import confusion
from tenfold.measure.intervals import mean_over_images, wilson_interval

ROW_SUM_TOLERANCE = 1e-3
"""How far a row of float32 probabilities may be from 1; softmax itself stays within 1e-5."""

TINY = float(np.finfo(np.float32).tiny)
"""The smallest probability that float32 holds with all its digits."""
LARGEST_LOSS = -math.log(TINY)
"""The loss of an image whose actual class has that probability, in nats."""
WITHOUT_IMAGES = ClassScore(None, None, None, 0)


def evaluate(predictions: Predictions) -> Evaluation:
    """Score each prediction against the truth.

    Recall, precision and F1 are scikit-learn's. A class that is never predicted has precision 0.
    One without images has no figures, and does not count in the macro means.

    Each figure has a 95 % interval for images drawn at random: Wilson's where it is a share of
    images, the normal one for a mean over images, and the bootstrap's for means over classes. F1 is
    2 j / (1 + j), where j is the share of right images among those that are of the class or are
    predicted as it; so its interval is that of j.

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

    counts = confusion(truth, predicted, len(predictions.classes))
    by_class = (each.tolist() for each in (labels, *scores(None)))
    scored = {
        label: ClassScore(recall, precision, f1, n, *_class_intervals(counts, label))
        for label, precision, recall, f1, n in zip(*by_class, strict=True)
    }
    precision_macro, recall_macro, f1_macro, _ = scores("macro")
    precision_weighted, recall_weighted, f1_weighted, _ = scores("weighted")
    n, n_right = len(truth), int((truth == predicted).sum())
    top2, losses = _among_best_two(predictions), _losses(predictions)
    log_loss, log_loss_interval = mean_over_images(losses, least=0.0, most=LARGEST_LOSS)
    of_right = wilson_interval(n_right, n)
    averages = average_intervals(counts)
    return Evaluation(
        n=n,
        accuracy=n_right / n,
        top2_accuracy=float(top2.mean()),
        log_loss=log_loss,
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
        confusion=counts,
        calibration=calibration(predictions),
        intervals={
            "accuracy": of_right,
            "recall_weighted": of_right,  # It is the same figure.
            "top2_accuracy": wilson_interval(int(top2.sum()), n),
            "log_loss": log_loss_interval,
            "balanced_accuracy": averages["recall_macro"],
            **averages,
        },
    )


def _class_intervals(counts: np.ndarray, label: int) -> tuple[Interval, Interval | None, Interval]:
    """The intervals of recall, precision and F1 of a class that has images."""
    right, actual, predicted = (
        int(each) for each in (counts[label, label], counts[label].sum(), counts[:, label].sum())
    )
    overlap_low, overlap_high = wilson_interval(right, actual + predicted - right)
    return (
        wilson_interval(right, actual),
        wilson_interval(right, predicted) if predicted else None,
        (2 * overlap_low / (1 + overlap_low), 2 * overlap_high / (1 + overlap_high)),
    )


def _among_best_two(predictions: Predictions) -> np.ndarray:
    """Whether the actual class is among the two most probable: bool (n,)."""
    # A stable sort breaks ties as argmax does, so the best class is always among the best two.
    ranked = np.argsort(-predictions.probabilities, axis=1, kind="stable")
    among: np.ndarray = (ranked[:, :2] == predictions.truth[:, None]).any(axis=1)
    return among


def _losses(predictions: Predictions) -> np.ndarray:
    """float64 (n,): the negative logarithm of the actual class's probability, in nats."""
    rows = predictions.probabilities.astype(np.float64)
    actual = rows[np.arange(len(rows)), predictions.truth] / rows.sum(axis=1)
    # An exact 0 is a probability that is too small for float32; its logarithm would be infinite.
    losses: np.ndarray = -np.log(np.maximum(actual, TINY))
    return losses


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
