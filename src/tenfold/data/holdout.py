"""Hold a test set out of data that comes without one."""

import numpy as np

from tenfold.core.errors import DataError
from tenfold.data.groups import count_groups, draw_groups

TEST_PERCENT = 20
FEWEST = 3
"""Images, or groups of them, that a class must have to give one to the test set."""
_SEED = 20091225  # Fixed: the test images are the same in every run.


def hold_out(labels: np.ndarray, groups: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Divide positions into training and test, 20 % of each class drawn at random to the test.

    Args:
        labels: int64 (n,), the class of each image.
        groups: int64 (n,), numbers of what is not divided, such as one person's images; each class
            is then in proportion as far as they allow. None where each image stands for itself.

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
            f"No class has {FEWEST} {'images' if groups is None else 'groups'}, so that none can "
            "be held out as the test set. Add images, or a test set of your own."
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
