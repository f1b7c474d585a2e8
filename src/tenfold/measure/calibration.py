"""Whether a network is right as often as its probabilities say."""

import math

import numpy as np

from tenfold.core.calibration import Bin, Calibration
from tenfold.core.evaluation import Interval
from tenfold.core.predictions import Predictions
from tenfold.measure.intervals import mean_over_images, wilson_interval, z_value

MOST_BINS = 15
LEAST_IN_BIN = 20
"""Smaller bins say nothing about an accuracy; fewer images get fewer bins."""


def calibration(predictions: Predictions) -> Calibration:
    """Compare confidence with accuracy, in bins of equally many images.

    A bin's accuracy varies by chance, which alone makes it differ from its confidence. The expected
    calibration error is the mean distance without what chance adds to it.

    Args:
        predictions: At least one.

    Source: expected calibration error, AAAI 2015, 2901-2907 (Naeini et al.). Its bias is known from
        arXiv:1909.10155; how it is removed is Tenfold's own.
    """
    truth, rows = predictions.truth, predictions.probabilities.astype(np.float64)
    confidence = predictions.confidence.astype(np.float64)
    right = (predictions.predicted == truth).astype(np.float64)
    n = len(truth)
    n_bins = max(1, min(MOST_BINS, n // LEAST_IN_BIN))
    bins = []
    for part in np.array_split(np.argsort(confidence, kind="stable"), n_bins):
        n_right = int(right[part].sum())
        share, mean = n_right / len(part), float(confidence[part].mean())
        bins.append(Bin(len(part), mean, share, wilson_interval(n_right, len(part))))
    error, error_interval = _error(bins)
    truths = np.zeros_like(rows)
    truths[np.arange(n), truth] = 1
    distances = ((rows - truths) ** 2).sum(axis=1)
    brier, brier_interval = mean_over_images(distances, least=0.0, most=2.0)
    return Calibration(
        confidence=float(confidence.mean()),
        error=error,
        error_interval_95=error_interval,
        largest_error=max(abs(each.accuracy - each.confidence) for each in bins),
        brier=brier,
        brier_interval_95=brier_interval,
        bins=tuple(bins),
    )


def _error(bins: list[Bin]) -> tuple[float, Interval]:
    """The expected calibration error without what chance adds, and its 95 % interval.

    All observed distances are multiplied by one factor, so that with chance added they are on
    average as large as observed. The ends of the interval are the factors at which the observed
    average would be as small, or as large, as in one of 40 cases.
    """
    from scipy.optimize import brentq

    weights = np.array([each.n for each in bins]) / sum(each.n for each in bins)
    gaps = np.array([abs(each.accuracy - each.confidence) for each in bins])
    # A share of 0 or 1 would have no spread; one image more of each kind gives it one.
    shares = np.array([(each.accuracy * each.n + 1) / (each.n + 2) for each in bins])
    sds = np.sqrt(shares * (1 - shares) / [each.n for each in bins])
    observed = float(weights @ gaps)
    if not observed:
        return 0.0, (0.0, z_value() * float(np.sqrt(weights**2 @ sds**2)))
    highest = 1 + 10 * float(sds.max()) / observed

    def error(z: float) -> float:
        """The error at which the observed average lies `z` standard deviations off."""

        def excess(factor: float) -> float:
            means, spreads = _folded(factor * gaps, sds)
            return float(weights @ means + z * np.sqrt(weights**2 @ spreads**2)) - observed

        return 0.0 if excess(0) >= 0 else observed * float(brentq(excess, 0, highest))

    # Where distances are smaller than chance explains, the observed average is the least end.
    return error(0), (error(z_value()), max(observed, error(-z_value())))


def _folded(mean: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the absolute values of normal variables: (n,) each."""
    from scipy.special import erf

    ratio = mean / sd
    folded = sd * math.sqrt(2 / math.pi) * np.exp(-(ratio**2) / 2) + mean * erf(
        ratio / math.sqrt(2)
    )
    return folded, np.sqrt(np.maximum(0.0, mean**2 + sd**2 - folded**2))
