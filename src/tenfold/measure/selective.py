"""Answering only where the network is confident: how many images, and how many of them right."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tenfold.core.errors import TenfoldError, argument
from tenfold.core.evaluation import Interval
from tenfold.core.limits import RISK
from tenfold.core.predictions import Predictions
from tenfold.measure.intervals import wilson_interval

N_POINTS = 50


@dataclass(frozen=True)
class Answered:
    """What happens to a set of images at one threshold; shares are in 0..1.

    Attributes:
        n: Images that are answered.
        share: Their share of all images.
        accuracy: Share of the answered images that are right; None if none is answered.
        interval_95: The 95 % interval of that share.
    """

    n: int
    share: float
    accuracy: float | None
    interval_95: Interval | None


@dataclass(frozen=True)
class Selective:
    """A threshold of confidence, chosen on validation images and checked on test images.

    Attributes:
        risk: The share of wrong answers that was accepted, in 0..1.
        threshold: The least confidence for an answer; None if no threshold keeps the risk on the
            validation images beyond doubt.
        validation: The validation images at that threshold; None without a threshold.
        test: The test images at that threshold; None without a threshold.
        curve: For test images: share answered and accuracy among these, the fewest first.
    """

    risk: float
    threshold: float | None
    validation: Answered | None
    test: Answered | None
    curve: tuple[tuple[float, float], ...]

    @property
    def wanted(self) -> str:
        """The share of right answers to reach, in percent: `95 %` for a risk of 0.05."""
        return f"{100 * (1 - self.risk):g} %"

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Selective":
        """Rebuild it from what `dataclasses.asdict` made of it."""
        sets = {
            name: content[name] and Answered(**content[name]) for name in ("validation", "test")
        }
        return cls(**{**content, **sets})


def selective(validation: Predictions, test: Predictions, risk: float = RISK) -> Selective:
    """Choose a threshold on the validation images, and count the test images above it.

    Args:
        validation: Predictions that choose the threshold; may be empty.
        test: Predictions that check it; at least one.
        risk: The accepted share of wrong answers, in (0, 1).
    """
    threshold = choose_threshold(validation, risk)
    return Selective(
        risk=risk,
        threshold=threshold,
        validation=None if threshold is None else answered(validation, threshold),
        test=None if threshold is None else answered(test, threshold),
        curve=_curve(test),
    )


def check_risk(risk: float) -> None:
    """Check that a risk is a share.

    Raises:
        TenfoldError: It is not between 0 and 1.
    """
    if not 0 < risk < 1:
        raise TenfoldError(
            f"Expected {argument('risk')} between 0 and 1, such as 0.05 for 5 % wrong answers; "
            f"received {risk:g}."
        )


def choose_threshold(predictions: Predictions, risk: float) -> float | None:
    """Find the lowest confidence above which the answers keep the accepted risk.

    The lower end of the 95 % interval of the accuracy must reach 1 - `risk`, so that the risk is
    kept on other images too, and not only on these. None if no threshold does.

    Source: selective classification with guaranteed risk, arXiv:1705.08500, with Wilson's interval.
    """
    confidence, n_right = _ranked(predictions)
    chosen = None
    for n in _ends_of_ties(confidence):
        if wilson_interval(int(n_right[n - 1]), n)[0] >= 1 - risk:
            chosen = float(confidence[n - 1])
    return chosen


def answered(predictions: Predictions, threshold: float) -> Answered:
    """Count the images whose confidence is at least `threshold`."""
    above = predictions.confidence >= np.float32(threshold)
    n = int(above.sum())
    right = int((predictions.predicted == predictions.truth)[above].sum())
    if not n:
        return Answered(0, 0.0, None, None)
    return Answered(n, n / len(above), right / n, wilson_interval(right, n))


def _curve(predictions: Predictions) -> tuple[tuple[float, float], ...]:
    """Share answered and accuracy, at up to `N_POINTS` thresholds."""
    confidence, n_right = _ranked(predictions)
    ends, n = np.array(_ends_of_ties(confidence)), len(confidence)
    wanted = np.linspace(0, 1, N_POINTS + 1)[1:] * n
    some = np.unique(ends[np.minimum(np.searchsorted(ends, wanted), len(ends) - 1)])
    return tuple((int(each) / n, float(n_right[each - 1] / each)) for each in some)


def _ranked(predictions: Predictions) -> tuple[np.ndarray, np.ndarray]:
    """Confidence, the highest first; and how many of the first images are right: (n,) each."""
    order = np.argsort(-predictions.confidence, kind="stable")
    right = predictions.predicted == predictions.truth
    return predictions.confidence[order], np.cumsum(right[order])


def _ends_of_ties(confidence: np.ndarray) -> list[int]:
    """The numbers of images that a threshold can answer: equal confidences are never parted."""
    last = np.append(confidence[1:] != confidence[:-1], len(confidence) > 0)
    ends: list[int] = (np.flatnonzero(last[: len(confidence)]) + 1).tolist()
    return ends
