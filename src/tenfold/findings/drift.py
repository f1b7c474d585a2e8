"""Drift: test images that differ from the training images as a whole."""

from typing import ClassVar

import numpy as np

from tenfold.core.audit import Findings
from tenfold.core.images import Dataset, ImageSet
from tenfold.core.text import Say, percent, printable
from tenfold.findings.kind import Kind
from tenfold.findings.one_image.seen import seen_in
from tenfold.measure.two_classes import roc_area

MOST_IMAGES = 5_000
"""Of each set."""
N_FOLDS, N_TREES = 5, 50
LEAST_AREA = 0.55
"""The lower end of the area under the ROC curve from which the sets differ; by chance it is 0.5."""
LEAST_SHIFT, UNLIKELY = 0.05, 0.001
"""The least part of the test images that would have to change class, and how rarely chance may
make the classes differ so much."""
_FEWEST = 50


class Drift(Kind):
    """Whether a classifier can say which set an image is from."""

    name: ClassVar[str] = "drift"
    looks_for: ClassVar[str] = "Test images that differ from the training images as a whole."

    def find(self, dataset: Dataset, *, say: Say) -> Findings:  # noqa: ARG002
        """Fit a classifier to the sets, score it by cross-validation, and compare the classes."""
        thresholds = {"least_area": LEAST_AREA, "least_shift": LEAST_SHIFT, "unlikely": UNLIKELY}
        train, test = _some(dataset.train), _some(dataset.test)
        if min(len(train), len(test)) < _FEWEST:
            line = f"Fewer than {_FEWEST} images in a set, so drift cannot be measured."
            return Findings(thresholds=thresholds, sentences=(line,))
        area, (low, high) = _area(train, test)
        shift, chance = _class_shift(dataset)
        drifts = low > LEAST_AREA
        sentence = (
            f"A classifier separates test from training images with an area under the ROC curve of "
            f"{area:.3f} ({low:.3f} to {high:.3f}; chance is 0.5)"
        )
        sentences = [f"{sentence}, so they differ as a whole." if drifts else f"{sentence}."]
        if shifts := shift >= LEAST_SHIFT and chance < UNLIKELY:
            sentences.append(
                f"The classes have other shares in the test set: {percent(shift, 1)} of its images "
                "would have to be of another class."
            )
        return Findings(
            facts={
                "area": area,
                "area_interval_95": [low, high],
                "differs": drifts,
                "class_shift": shift,
                "class_shift_by_chance": chance,
                "classes_differ": bool(shifts),
                "n": len(train) + len(test),
            },
            thresholds=thresholds,
            sentences=tuple(printable(each) for each in sentences),
            of_all=drifts or bool(shifts),
        )


def _some(images: ImageSet) -> ImageSet:
    n = len(images)
    rng = np.random.default_rng(0)
    return images.take(np.sort(rng.permutation(n)[: min(n, MOST_IMAGES)]))


def _area(train: ImageSet, test: ImageSet) -> tuple[float, tuple[float, float]]:
    from sklearn.ensemble import ExtraTreesClassifier

    features = np.concatenate([_features(train), _features(test)])
    of_test = np.arange(len(features)) >= len(train)
    fold = np.random.default_rng(0).permutation(len(features)) % N_FOLDS
    score = np.zeros(len(features))
    for number in range(N_FOLDS):
        fitted = fold != number
        model = ExtraTreesClassifier(N_TREES, min_samples_leaf=5, random_state=0).fit(
            features[fitted], of_test[fitted]
        )
        score[~fitted] = model.predict_proba(features[~fitted])[:, 1]
    return roc_area(score[of_test], score[~of_test])


def _features(images: ImageSet) -> np.ndarray:
    """Colours in cells, contrast, detail, levels, and facts about files: float32 (n, m)."""
    seen = seen_in(images)
    columns = [seen.colours, seen.deviation[:, None], seen.detail[:, None], seen.levels]
    if (files := images.originals) is not None:
        columns += [each[:, None] for each in (files.width, files.height, files.quality)]
    return np.concatenate(columns, axis=1).astype(np.float32)


def _class_shift(dataset: Dataset) -> tuple[float, float]:
    """Half the sum of the differences between the classes' shares, and its p-value.

    Source: Pearson's chi-squared test of a table of two rows.
    """
    from scipy.stats import chi2_contingency

    n_classes = len(dataset.classes)
    sets = (dataset.train.labels, dataset.test.labels)
    counts = np.array([np.bincount(labels, minlength=n_classes) for labels in sets])
    counts = counts[:, counts.sum(axis=0) > 0]
    shares = counts / counts.sum(axis=1, keepdims=True)
    shift = float(np.abs(shares[0] - shares[1]).sum() / 2)
    chance = float(chi2_contingency(counts).pvalue) if counts.shape[1] > 1 else 1.0
    return shift, chance
