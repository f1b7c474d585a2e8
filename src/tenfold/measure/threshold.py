"""A threshold for one of two classes, chosen for a recall or for a cost."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from tenfold.core.errors import TenfoldError, argument
from tenfold.core.evaluation import Interval
from tenfold.core.predictions import Predictions
from tenfold.measure.intervals import mean_over_images, wilson_interval

HALF = 0.5
"""The threshold of the more probable class."""
RECALL, COST = "recall", "cost"


@dataclass(frozen=True)
class Goal:
    """What a threshold is chosen for.

    Attributes:
        kind: `recall` or `cost`.
        value: The least share of the positive class's images to recognise, in (0, 1); or how many
            false alarms cost as much as one missed image, above 0.
        positive: The class to look for; None for the second one.
    """

    kind: str
    value: float
    positive: str | None = None

    def label(self, classes: tuple[str, ...]) -> int:
        """The position of the positive class.

        Raises:
            TenfoldError: There are not two classes, or the class is not one of them.
        """
        if len(classes) != 2:
            raise TenfoldError(
                f"{argument('threshold')} is for two classes; these images have {len(classes):,}. "
                f"Leave {argument('threshold')} out."
            )
        if self.positive not in (None, *classes):
            raise TenfoldError(
                f"Expected {argument('threshold')} to name {classes[0]} or {classes[1]}; received "
                f"'{self.positive}'."
            )
        return 1 if self.positive is None else classes.index(self.positive)


def goal_from(text: str) -> Goal:
    """Read `recall=0.95`, `cost=5` or, for a class by name, `recall:cat=0.95`.

    Raises:
        TenfoldError: It is none of these.
    """
    what, _, number = text.rpartition("=")
    kind, _, positive = what.partition(":")
    try:
        value = float(number)
    except ValueError:
        value = 0.0
    most = {RECALL: 1.0, COST: float("inf")}.get(kind, 0.0)
    if not 0 < value < most:
        raise TenfoldError(
            f"Expected {argument('threshold')} to be recall=SHARE, such as recall=0.95, or "
            f"cost=TIMES, such as cost=5 if a missed image costs five false alarms; received "
            f"'{text}'."
        )
    return Goal(kind, value, positive or None)


@dataclass(frozen=True)
class AtThreshold:
    """What happens to a set of images at a threshold; shares in 0..1, None without such images.

    Attributes:
        n: Images of the set.
        n_positive: Those of the positive class.
        recall: Share of these that are recognised.
        recall_interval_95: Its 95 % interval.
        false_alarms: Share of the others that are taken for the positive class.
        false_alarms_interval_95: Its 95 % interval.
        precision: Share of the images taken for the positive class that are of it.
        precision_interval_95: Its 95 % interval.
        cost: Mean cost of an image, if a false alarm costs 1; None for a goal of another kind.
        cost_interval_95: Its 95 % interval.
    """

    n: int
    n_positive: int
    recall: float | None
    recall_interval_95: Interval | None
    false_alarms: float | None
    false_alarms_interval_95: Interval | None
    precision: float | None
    precision_interval_95: Interval | None
    cost: float | None
    cost_interval_95: Interval | None


@dataclass(frozen=True)
class Threshold:
    """A threshold chosen on validation images and checked on test images.

    Attributes:
        goal: What it is for: `recall` or `cost`.
        value: As in `Goal`.
        positive: Name of the positive class. An image is taken for it if its probability is at
            least the threshold.
        threshold: The threshold; None if no threshold reaches the recall on the validation images
            beyond doubt.
        validation: The validation images at it; None without a threshold.
        test: The test images at it; None without a threshold.
        test_at_half: The test images at 0.5, for comparison.
    """

    goal: str
    value: float
    positive: str
    threshold: float | None
    validation: AtThreshold | None
    test: AtThreshold | None
    test_at_half: AtThreshold

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Threshold":
        """Rebuild it from what `dataclasses.asdict` made of it."""
        names = ("validation", "test", "test_at_half")
        sets = {name: content[name] and AtThreshold(**content[name]) for name in names}
        return cls(**{**content, **sets})


def choose_for(goal: Goal, validation: Predictions, test: Predictions) -> Threshold:
    """Choose a threshold on the validation images, and check it on the test images.

    Args:
        goal: What it is for.
        validation: Predictions of two classes that choose the threshold; may be empty.
        test: Predictions that check it.
    """
    label = goal.label(test.classes)
    positive = validation.truth == label
    scores = validation.probabilities[:, label]
    found = (
        _for_recall(scores[positive], goal.value)
        if goal.kind == RECALL
        else _for_cost(scores, positive, goal.value)
    )
    return Threshold(
        goal=goal.kind,
        value=goal.value,
        positive=test.classes[label],
        threshold=found,
        validation=None if found is None else _at(found, goal, validation, label),
        test=None if found is None else _at(found, goal, test, label),
        test_at_half=_at(HALF, goal, test, label),
    )


def _for_recall(scores: np.ndarray, wanted: float) -> float | None:
    """The highest threshold with the recall, beyond doubt: by the lower end of its interval.

    Args:
        scores: float32 (n,), the positive class's probability for its own images.
        wanted: The least recall.
    """
    n, ranked = len(scores), np.sort(scores)[::-1]
    for at in range(n):
        if wilson_interval(at + 1, n)[0] >= wanted:
            return float(ranked[at])
    return None


def _for_cost(scores: np.ndarray, positive: np.ndarray, cost: float) -> float | None:
    """The threshold of the lowest cost; of equal ones, the nearest to the one in theory.

    Source: the threshold in theory, 1 / (1 + cost), Elkan, IJCAI 2001, 973-978.
    """
    if not len(scores):
        return None
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(positive[order])
    last = np.append(ranked[1:] != ranked[:-1], True)  # Equal probabilities are never parted.
    taken = np.flatnonzero(last) + 1
    costs = cost * (hits[-1] - hits[taken - 1]) + (taken - hits[taken - 1])
    thresholds = ranked[taken - 1]
    above = np.nextafter(ranked[0], np.float32(2))  # No image at all is taken for positive.
    costs, thresholds = np.append(costs, cost * hits[-1]), np.append(thresholds, above)
    best = thresholds[costs == costs.min()].astype(np.float64)
    return float(best[np.abs(best - 1 / (1 + cost)).argmin()])


def _at(threshold: float, goal: Goal, predictions: Predictions, label: int) -> AtThreshold:
    positive = predictions.truth == label
    taken = predictions.probabilities[:, label] >= np.float32(threshold)
    n, n_positive, n_taken = len(positive), int(positive.sum()), int(taken.sum())
    n_right = int((taken & positive).sum())
    recall, false, precision = (
        _share(right, whole)
        for right, whole in (
            (n_right, n_positive),
            (n_taken - n_right, n - n_positive),
            (n_right, n_taken),
        )
    )
    cost: tuple[float | None, Interval | None] = (None, None)
    if goal.kind == COST:
        each = np.where(positive, goal.value * ~taken, taken.astype(np.float64))
        cost = mean_over_images(each, least=0.0, most=max(1.0, goal.value))
    return AtThreshold(n, n_positive, *recall, *false, *precision, *cost)


def _share(n_right: int, n: int) -> tuple[float | None, Interval | None]:
    return (n_right / n, wilson_interval(n_right, n)) if n else (None, None)
