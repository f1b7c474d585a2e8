"""Hold a test set out of data that comes without one."""

import numpy as np

from tenfold.core.errors import DataError

TEST_PERCENT = 20
FEWEST = 3
"""Images that a class must have to give one to the test set."""
_SEED = 20091225  # Fixed: the test images are the same in every run.


def hold_out(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Divide positions into training and test, 20 % of each class drawn at random to the test.

    Args:
        labels: int64 (n,), the class of each image.

    Returns:
        int64 (n_train,) and int64 (n_test,), ascending. A class of three images or more has at
        least one in each; of fewer, all are for training.

    Raises:
        DataError: No class has three images.
    """
    if labels.size == 0 or np.bincount(labels).max() < FEWEST:
        raise DataError(
            f"No class has {FEWEST} images, so that none can be held out as the test set. Add "
            "images, or a test set of your own."
        )
    random = np.random.default_rng(_SEED)
    in_test = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        share = max(1, round(len(members) * TEST_PERCENT / 100)) if len(members) >= FEWEST else 0
        in_test[members[:share]] = True
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)
