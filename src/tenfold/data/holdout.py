"""Hold out a test set if the data has none."""

import numpy as np

from tenfold.core.errors import DataError
from tenfold.data.groups import count_groups, draw_groups

TEST_PERCENT = 20
FEWEST = 3
"""The least images (or groups) of a class from which one is held out for the test."""
_SEED = 20091225  # Fixed: the test images are the same in every run.


def hold_out(labels: np.ndarray, groups: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Divide positions into training and test, 20 % of each class drawn at random to the test.

    Args:
        labels: int64 (n,), the class of each image.
        groups: int64 (n,), group numbers, such as one for each person; classes keep their
            proportions as far as groups allow. None if there are no groups.

    Returns:
        int64 (n_train,) and int64 (n_test,), ascending. A class of three images, or groups, or more
        has at least one in each; of fewer, all are for training.

    Raises:
        DataError: No class has three images, or groups.
    """
    counts = np.bincount(labels)
    able = counts if groups is None else count_groups(labels, groups, len(counts))
    if not labels.size or able.max() < FEWEST:
        raise DataError(
            f"No class has {FEWEST} {'images' if groups is None else 'groups'}, so no test set can "
            "be held out. Add images, or a test set of your own."
        )
    random = np.random.default_rng(_SEED)
    if groups is not None:
        shares = np.rint(counts * TEST_PERCENT / 100).astype(np.int64)
        drawn = draw_groups(labels, groups, shares, able >= FEWEST, random)
        return np.flatnonzero(~drawn), np.flatnonzero(drawn)
    in_test = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = random.permutation(np.flatnonzero(labels == label))
        share = max(1, round(len(members) * TEST_PERCENT / 100)) if len(members) >= FEWEST else 0
        in_test[members[:share]] = True
    return np.flatnonzero(~in_test), np.flatnonzero(in_test)
