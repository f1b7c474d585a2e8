"""Which images are fitted, and which decide when to stop."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Splits:
    """Two disjoint sets of positions in a dataset's training images.

    Attributes:
        train: int64 (n_train,), ascending; the images that weights are fitted to.
        validation: int64 (n_validation,), ascending; the images that decide when to stop.
    """

    train: np.ndarray
    validation: np.ndarray
