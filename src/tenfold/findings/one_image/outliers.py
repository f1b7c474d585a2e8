"""Images far from all others in colour and layout."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from tenfold.findings.one_image.check import Check, Flag
from tenfold.findings.one_image.seen import Seen, unusual

UNUSUAL = 4.5
"""In robust standard deviations of the logarithm of the distance."""
PER_VALUE = 20
"""Training images for each value, of which there are 16 a channel. With fewer, images that the mean
and the covariance were not measured on seem far away."""
MOST_MEASURED = 50_000
"""Training images that the mean and the covariance are measured on, evenly chosen."""
_PART = 50_000
_RIDGE = 1.0
"""Added to variances of 0-255 values: no cell is taken for more certain than rounding allows."""


class Outliers(Check):
    """Images whose colours in 4 x 4 cells are far from those of the training images."""

    thresholds: ClassVar[Mapping[str, float]] = {
        "outlier_deviations": UNUSUAL,
        "outlier_images_per_value": PER_VALUE,
    }

    def look(self, seen: Seen, train: Seen) -> list[Flag]:
        """Find images by their Mahalanobis distance to the mean of the training images."""
        if len(train) < PER_VALUE * train.colours.shape[1]:
            return []
        some = train.colours[:: -(-len(train) // MOST_MEASURED)]
        middle = some.mean(axis=0, dtype=np.float64)
        spread = np.cov(some, rowvar=False, dtype=np.float64)
        inverse = np.linalg.inv(np.atleast_2d(spread) + _RIDGE * np.eye(len(middle)))
        beyond = unusual(_distances(seen, middle, inverse), _distances(train, middle, inverse))
        words = "unlike all others in colour and layout: {score:.1f} standard deviations away"
        return [Flag("outlier", beyond > UNUSUAL, beyond, words)]


def _distances(seen: Seen, middle: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """Logarithm of the distance of each image, float64 (n,)."""
    found = np.zeros(len(seen))
    for at in range(0, len(seen), _PART):
        away = seen.colours[at : at + _PART] - middle
        squares = np.einsum("ij,ij->i", away @ inverse, away)
        found[at : at + _PART] = np.log(np.maximum(squares, 1e-9)) / 2
    return found
