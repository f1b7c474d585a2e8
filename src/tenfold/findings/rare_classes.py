"""Classes with few images, to learn from or to be scored on."""

from typing import ClassVar

import numpy as np

from tenfold.core.audit import Findings
from tenfold.core.images import Dataset
from tenfold.core.text import Say, printable
from tenfold.data.class_names import listed
from tenfold.findings.kind import Kind

FEWEST = 20
"""With fewer training images a class is hardly learnt; with fewer test images its recall has a 95 %
interval of 40 points and more."""
RARE = 0.1
"""The share of the middle class's images, below which a class is rare."""


class RareClasses(Kind):
    """Classes with far fewer images than the others, or with very few."""

    name: ClassVar[str] = "rare-classes"
    looks_for: ClassVar[str] = "Classes with far fewer images than the others, or with very few."

    def find(self, dataset: Dataset, *, say: Say) -> Findings:  # noqa: ARG002
        """Count the images of each class."""
        n_classes = len(dataset.classes)
        train, test = (
            np.bincount(images.labels, minlength=n_classes)
            for images in (dataset.train, dataset.test)
        )
        rare = np.flatnonzero((train < FEWEST) | (train < RARE * np.median(train)))
        untested = np.flatnonzero(test < FEWEST)
        sentences = []
        if len(rare):
            sentences.append(
                f"Few training images: {_with_counts(dataset, rare, train)}. Add images, or give "
                "rare classes more weight (the setting `balance`)."
            )
        if len(untested):
            sentences.append(
                f"Few test images, so that their figures are uncertain: "
                f"{_with_counts(dataset, untested, test)}."
            )
        if not sentences:
            sentences.append(f"Each of {n_classes:,} classes has enough images.")
        return Findings(
            facts={
                "rare": {dataset.classes[at]: int(train[at]) for at in rare},
                "untested": {dataset.classes[at]: int(test[at]) for at in untested},
            },
            thresholds={"fewest": FEWEST, "rare": RARE},
            sentences=tuple(printable(sentence) for sentence in sentences),
            of_all=bool(len(rare) or len(untested)),
        )


def _with_counts(dataset: Dataset, labels: np.ndarray, counts: np.ndarray) -> str:
    fewest_first = labels[np.argsort(counts[labels], kind="stable")]
    return listed([f"{dataset.classes[at]} ({counts[at]:,})" for at in fewest_first], 5)
