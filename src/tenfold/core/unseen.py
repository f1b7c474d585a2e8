"""What networks predict for images that they were not fitted to."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Unseen:
    """A prediction for each image of a dataset, by a network that was not fitted to it.

    Attributes:
        train: float32 (n_train, n_classes), rows summing to 1: each training image as predicted by
            the network of its fold, which was fitted to the other folds.
        test: float32 (n_test, n_classes): the test images as predicted by a network that was fitted
            to all training images.
        fold_of: int64 (n_train,), the fold of each training image, from 0.
        recipe: Name of the recipe of all these networks.
        temperature: At which both are calibrated on the training images and their given labels.
    """

    train: np.ndarray
    test: np.ndarray
    fold_of: np.ndarray
    recipe: str
    temperature: float

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        return int(self.fold_of.max()) + 1


PredictUnseen = Callable[[], Unseen]
"""Fits the networks, which takes minutes, and predicts."""
