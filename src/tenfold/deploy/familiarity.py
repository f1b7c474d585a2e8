"""Notice images that are unlike those that a network learnt from."""

import base64
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

FALSE_ALARMS = 0.05
"""Share of ordinary images that may count as unfamiliar."""
FEWEST_IMAGES = 20
"""Of which 5 % are one image."""
MOST_IMAGES = 2_000
"""More images of a validation set would hardly move the limit."""
N_FIGURES = 3
_TINY = 1e-6
_STEP = 1 / 255


@dataclass(frozen=True)
class Familiarity:
    """What is usual for a network's own images, in three figures of each image.

    From one of its own images to the next, a network's last features move mostly in as many
    directions as it takes to tell the classes apart: one fewer than there are classes. The unknown
    moves them in others. So the first figure is the logarithm of their distance from these main
    directions, and the second the logarithm of the share of that in their distance from the mean.
    The third is the logarithm of the roughness: by how much neighbouring pixels differ, as a share
    of the contrast. It is high for noise and low for smooth pictures.

    Too much of the first or second is unusual, and too much or too little of the third.
    `unfamiliarity` is the greatest of the three deviations from the mean, each as a share of the
    one that is unusual.

    Attributes:
        space: The mean of the features, then the main directions, each of length 1: float32
            (1 + n_directions, n_features), little endian, in base64.
        mean: Of the three figures.
        unusual: Deviations of the figures at which an image counts as unfamiliar.
        images: Which images decided: `validation`, or `training` if none were held out.
        n: Their number. One half decides on the directions, the other one on the rest.
        false_alarms: Share of the other half with an `unfamiliarity` above 1.
    """

    space: str
    mean: tuple[float, ...]
    unusual: tuple[float, ...]
    images: str
    n: int
    false_alarms: float = FALSE_ALARMS

    @classmethod
    def of(cls, images: np.ndarray, features: np.ndarray, n_classes: int, name: str) -> Self:
        """Learn what is usual.

        Args:
            images: uint8 (n, height, width, channels), 0-255, that the network was not fitted on.
            features: float32 (n, n_features), of its last layer but one.
            n_classes: That it tells apart.
            name: Which images they are.
        """
        space = _space(features[::2], n_classes - 1)
        figures = _figures(images[1::2], features[1::2], space)
        mean = figures.mean(axis=0)
        away = _away(figures, mean)
        unusual = np.maximum(np.quantile(away, 1 - FALSE_ALARMS / N_FIGURES, axis=0), _TINY)
        unusual *= max(np.quantile((away / unusual).max(axis=1), 1 - FALSE_ALARMS), _TINY)
        text = base64.b64encode(space.astype("<f4").tobytes()).decode()
        return cls(text, tuple(mean.tolist()), tuple(unusual.tolist()), name, len(images))

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> Self:
        """Rebuild it from what `dataclasses.asdict` and JSON made of it."""
        figures = {name: tuple(content[name]) for name in ("mean", "unusual")}
        return cls(**{**content, **figures})

    def unfamiliarity(self, images: np.ndarray, features: np.ndarray) -> np.ndarray:
        """float64 (n,): above 1, an image is less usual than 95 % of the network's own images.

        Args:
            images: As for `of`.
            features: As for `of`.
        """
        space = self._space.reshape(-1, features.shape[1])
        away = _away(_figures(images, features, space), np.array(self.mean))
        found: np.ndarray = (away / self.unusual).max(axis=1).clip(0)
        return found

    @cached_property
    def _space(self) -> np.ndarray:
        return np.frombuffer(base64.b64decode(self.space), "<f4").astype(np.float64)


def _space(features: np.ndarray, n_directions: int) -> np.ndarray:
    """float64 (1 + n, n_features): their mean, and the directions in which they differ most.

    Args:
        features: float32 (n, n_features).
        n_directions: Fewer if there are not twice as many features and four times as many images.
    """
    mean = features.mean(axis=0, dtype=np.float64)
    most = min(n_directions, features.shape[1] // 2, len(features) // 4)
    _, _, directions = np.linalg.svd(features - mean, full_matrices=False)
    return np.concatenate([mean[None], directions[: max(most, 1)]])


def _figures(images: np.ndarray, features: np.ndarray, space: np.ndarray) -> np.ndarray:
    """float64 (n, 3): logarithms of the distance, its share, and the roughness."""
    away = features.astype(np.float64) - space[0]
    beside = away - (away @ space[1:].T) @ space[1:]
    distance = np.log(np.linalg.norm(beside, axis=1) + _TINY)
    share = distance - np.log(np.linalg.norm(away, axis=1) + _TINY)
    return np.stack([distance, share, np.log(_roughness(images) + 1e-3)], axis=1)


def _roughness(images: np.ndarray) -> np.ndarray:
    """float64 (n,): the mean difference of neighbouring pixels, as a share of the contrast."""
    channels = images.shape[3]
    grey = images @ np.full(channels, 1 / (255 * channels))  # A mean takes eight times as long.
    steps = np.zeros(len(images))
    for axis in (1, 2):
        if grey.shape[axis] > 1:
            steps += np.abs(np.diff(grey, axis=axis)).mean(axis=(1, 2)) / 2
    found: np.ndarray = steps / (grey.std(axis=(1, 2)) + _STEP)
    return found


def _away(figures: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """float64 (n, 3): deviations from the mean; only those of the roughness count both ways."""
    away: np.ndarray = figures - mean
    away[:, 2] = np.abs(away[:, 2])
    return away
