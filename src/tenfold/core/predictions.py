"""What a model predicts for each image."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Predict = Callable[[np.ndarray], np.ndarray]
"""Any model: uint8 (n, height, width, channels) -> float32 probabilities (n, n_classes)."""


@dataclass(frozen=True)
class Predictions:
    """Probabilities of each class for a set of labelled images.

    Attributes:
        truth: int64 (n,), the actual classes.
        probabilities: float32 (n, n_classes), each row sums to 1.
        classes: Class names, in the order of the columns.
        names: str of length n: each image's file, or its position in its set.
    """

    truth: np.ndarray
    probabilities: np.ndarray
    classes: tuple[str, ...]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.truth)

    def take(self, index: np.ndarray) -> "Predictions":
        """Those of the images at `index` (integer (m,)), in that order."""
        return Predictions(
            self.truth[index],
            self.probabilities[index],
            self.classes,
            tuple(self.names[i] for i in index),
        )

    @property
    def predicted(self) -> np.ndarray:
        """int64 (n,): the most probable class of each image."""
        best: np.ndarray = self.probabilities.argmax(axis=1).astype(np.int64)
        return best

    @property
    def confidence(self) -> np.ndarray:
        """float32 (n,): the probability of the predicted class."""
        highest: np.ndarray = self.probabilities.max(axis=1)
        return highest


def ranked(probabilities: np.ndarray, top: int) -> list[int]:
    """The `top` most probable classes of one image, best first; ties keep the order of labels.

    Args:
        probabilities: float32 (n_classes,).
        top: How many classes; all if there are fewer.
    """
    # As argmax does, a stable sort takes the first of equals.
    best: list[int] = np.argsort(-probabilities, kind="stable")[:top].tolist()
    return best
