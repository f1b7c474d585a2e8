"""Leaks: traces of how images were made that give their class away."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import ClassVar

import numpy as np

from tenfold.core.audit import Findings
from tenfold.core.evaluation import Interval
from tenfold.core.images import Dataset, ImageSet
from tenfold.core.text import Say, percent, printable
from tenfold.findings.kind import Kind
from tenfold.findings.traces.traces import TRACES
from tenfold.measure.intervals import wilson_interval
from tenfold.measure.two_classes import roc_area

MOST_IMAGES = 20_000
N_FOLDS = 5
LEAST_AREA = 0.65
"""The lower end of a class's area under the ROC curve, from which a trace counts as a leak.

A trace in half of the images of one of ten classes gives 0.69 or more, in a quarter 0.63 at most;
in clean data the largest area itself is 0.54.
"""
_LEAST_IN_CLASS = 10
_NAMES_SAY = 0.9


@dataclass(frozen=True)
class Leak:
    """How well one trace alone gives the class away.

    Attributes:
        trace: Its name.
        accuracy: Share of the images whose class a decision tree names by it, cross-validated.
        accuracy_interval_95: Its 95 % interval.
        commonest: Share of the commonest class, which needs no trace.
        n: Number of images.
        class_name: The class that it recognises best.
        area: Area under the ROC curve of that class against all others.
        area_interval_95: Its 95 % interval.
        found: Whether that is a leak.
    """

    trace: str
    accuracy: float
    accuracy_interval_95: Interval
    commonest: float
    n: int
    class_name: str
    area: float
    area_interval_95: Interval
    found: bool


class Leaks(Kind):
    """Size, format, compression, frames and marks that give the class away."""

    name: ClassVar[str] = "leaks"
    looks_for: ClassVar[str] = (
        "Original sizes, formats, compression, frames and watermarks that give the class away."
    )

    def find(self, dataset: Dataset, *, say: Say) -> Findings:  # noqa: ARG002
        """Fit a small classifier to each trace alone, and score it by cross-validation."""
        images = _some(dataset.train)
        leaks, sentences = [], []
        for trace in TRACES:
            features = trace.features(images)
            if features is None:
                continue
            leak = _leak(trace.name, features, images)
            leaks.append(leak)
            if leak.found:
                sentences.append(_sentence(trace.words, leak))
        names = _said_by_names(images)
        if not sentences:
            sentences.append(
                f"No trace of how the images were made gives their class away ({len(leaks)} of "
                f"{len(TRACES)} kinds of trace are there)."
            )
        if names is not None and names >= _NAMES_SAY:
            sentences.append(
                f"A note: the names of the files alone say the class of {percent(names, 0)} of "
                "the images. The network never sees names."
            )
        return Findings(
            facts={
                "n_leaks": sum(leak.found for leak in leaks),
                "traces": [asdict(leak) for leak in leaks],
                "accuracy_by_file_names": names,
            },
            thresholds={"least_area": LEAST_AREA, "folds": N_FOLDS},
            sentences=tuple(printable(sentence) for sentence in sentences),
            of_all=any(leak.found for leak in leaks),
        )


def _some(train: ImageSet) -> ImageSet:
    """At most 20,000 training images, at random, in memory."""
    n = len(train)
    rng = np.random.default_rng(0)
    taken = train.take(np.sort(rng.permutation(n)[: min(n, MOST_IMAGES)]))
    return ImageSet(taken.images[:], taken.labels, taken.classes, taken.files, taken.originals)


def _leak(trace: str, features: np.ndarray, images: ImageSet) -> Leak:
    labels, n = images.labels, len(images)
    shares = cross_validated(features, labels, len(images.classes))
    n_right = int((shares.argmax(axis=1) == labels).sum())
    commonest = float(np.bincount(labels).max() / n)
    accuracy = wilson_interval(n_right, n)
    area, interval, label = max(_areas(shares, labels), default=(0.5, (0.0, 1.0), 0))
    return Leak(
        trace,
        n_right / n,
        accuracy,
        commonest,
        n,
        images.classes[label],
        area,
        interval,
        found=accuracy[0] > commonest and interval[0] >= LEAST_AREA,
    )


def cross_validated(features: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Probabilities of a small decision tree for images that it was not fitted to.

    Args:
        features: float (n, m).
        labels: int64 (n,), of classes 0..n_classes - 1.
        n_classes: How many there are.

    Returns:
        float64 (n, n_classes), each row adding up to 1.
    """
    from sklearn.tree import DecisionTreeClassifier

    n = len(labels)
    fold = np.random.default_rng(0).permutation(n) % min(N_FOLDS, n)
    shares = np.full((n, n_classes), 1 / n_classes)
    for number in range(fold.max() + 1):
        fitted, held_out = fold != number, np.flatnonzero(fold == number)
        if not fitted.any():
            continue
        tree = DecisionTreeClassifier(
            max_leaf_nodes=4 * n_classes, min_samples_leaf=max(5, n // 500), random_state=0
        ).fit(features[fitted], labels[fitted])
        shares[held_out] = 0.0
        shares[np.ix_(held_out, tree.classes_)] = tree.predict_proba(features[held_out])
    return shares


def _areas(shares: np.ndarray, labels: np.ndarray) -> Iterator[tuple[float, Interval, int]]:
    """The area of each class that has enough images, with its interval."""
    for label in range(shares.shape[1]):
        of_class = labels == label
        if _LEAST_IN_CLASS <= of_class.sum() <= len(labels) - _LEAST_IN_CLASS:
            area, interval = roc_area(shares[of_class, label], shares[~of_class, label])
            yield area, interval, label


def _said_by_names(images: ImageSet) -> float | None:
    """Share of the images whose class is the commonest one of files named alike.

    Names are compared without folders, numbers and endings; None without names.
    """
    if not images.files:
        return None
    stems = (name.rpartition("/")[2].rpartition(".")[0] for name in images.files)
    words = [re.sub(r"\d+", "", stem) for stem in stems]
    found, numbers = np.unique(words, return_inverse=True)
    if len(found) > len(images) // 10:  # Names of their own say nothing about new images.
        return None
    counts = np.zeros((len(found), len(images.classes)), dtype=np.int64)
    np.add.at(counts, (numbers, images.labels), 1)
    return float(counts.max(axis=1).sum() / len(images))


def _sentence(words: str, leak: Leak) -> str:
    low, high = leak.accuracy_interval_95
    return (
        f"{words} alone gives the class of {percent(leak.accuracy, 1)} of {leak.n:,} training "
        f"images ({percent(low, 1)} to {percent(high, 1)}), where the commonest class has "
        f"{percent(leak.commonest, 1)}; it shows '{leak.class_name}' best (area under the ROC "
        f"curve {leak.area:.2f}). The network may learn this in place of what the images show."
    )
