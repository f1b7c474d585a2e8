"""Notice images that are unlike those that a network learnt from."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

FALSE_ALARMS = 0.05
"""Share of ordinary images that may count as unfamiliar."""
FEWEST_IMAGES = 20
"""Of which 5 % are one image."""
MOST_IMAGES = 2_000
"""More images of a validation set would hardly move the limit."""
_TINY = 1e-6
_STEP = 1 / 255


@dataclass(frozen=True)
class Familiarity:
    """What is usual for a network's own images, in two figures of each image.

    The first is the logarithm of the length of the network's last features: a network answers to
    the unknown with unusually weak or strong ones. The second is the logarithm of the roughness: by
    how much neighbouring pixels differ, as a share of the contrast. It is high for noise, low for
    smooth pictures. Both are taken as normally distributed: `unfamiliarity` is the Mahalanobis
    distance from their mean, as a share of the distance that `FALSE_ALARMS` of the images exceed.

    Attributes:
        mean: Of both figures.
        precision: The inverse of their covariance matrix, divided by the limit's square.
        images: Which images decided: `validation`, or `training` if none were held out.
        n: Their number.
        false_alarms: Share of those images with an `unfamiliarity` above 1.
    """

    mean: tuple[float, float]
    precision: tuple[tuple[float, float], tuple[float, float]]
    images: str
    n: int
    false_alarms: float = FALSE_ALARMS

    @classmethod
    def of(cls, images: np.ndarray, features: np.ndarray, name: str) -> Self:
        """Learn what is usual.

        Args:
            images: uint8 (n, height, width, channels), 0-255, that the network was not fitted on.
            features: float32 (n, n_features), of its last layer but one.
            name: Which images they are.
        """
        figures = _figures(images, features)
        spread = np.cov(figures.T) + _TINY * np.eye(2)  # A few images may be all alike.
        inverse, mean = np.linalg.inv(spread), figures.mean(axis=0)
        limit = float(np.quantile(_distances(figures, mean, inverse), 1 - FALSE_ALARMS))
        (a, b), (c, d) = (inverse / max(limit, _TINY) ** 2).tolist()
        first, second = mean.tolist()
        return cls((first, second), ((a, b), (c, d)), name, len(images))

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Rebuild it from what `dataclasses.asdict` and JSON made of it."""
        (a, b), (c, d) = content["precision"]
        first, second = content["mean"]
        return cls(**{**content, "mean": (first, second), "precision": ((a, b), (c, d))})

    def unfamiliarity(self, images: np.ndarray, features: np.ndarray) -> np.ndarray:
        """float64 (n,): above 1, an image is less usual than 95 % of the network's own images.

        Args:
            images: As for `of`.
            features: As for `of`.
        """
        figures = _figures(images, features)
        return _distances(figures, np.array(self.mean), np.array(self.precision))


def _figures(images: np.ndarray, features: np.ndarray) -> np.ndarray:
    """float64 (n, 2): the logarithms of the length of the features, and of the roughness."""
    length = np.linalg.norm(features.astype(np.float64), axis=1)
    grey = images.mean(axis=3) / 255
    steps = np.zeros(len(images))
    for axis in (1, 2):
        if grey.shape[axis] > 1:
            steps += np.abs(np.diff(grey, axis=axis)).mean(axis=(1, 2)) / 2
    roughness = steps / (grey.std(axis=(1, 2)) + _STEP)
    return np.stack([np.log(length + _TINY), np.log(roughness + 1e-3)], axis=1)


def _distances(figures: np.ndarray, mean: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    """float64 (n,): Mahalanobis distances from the mean."""
    away = figures - mean
    found: np.ndarray = np.sqrt(np.einsum("ni,ij,nj->n", away, inverse, away))
    return found
