"""Hold out whole groups of images, with each class in proportion as far as groups allow."""

import numpy as np


def count_groups(labels: np.ndarray, groups: np.ndarray, n_classes: int) -> np.ndarray:
    """In how many groups each class occurs, int64 (n_classes,).

    Args:
        labels: int64 (n,), the class of each image.
        groups: int64 (n,), the group of each image, any numbers.
        n_classes: How many classes there are.
    """
    counts: np.ndarray = np.count_nonzero(_table(labels, groups, n_classes), axis=0)
    return counts


def draw_groups(
    labels: np.ndarray,
    groups: np.ndarray,
    shares: np.ndarray,
    able: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    """Choose groups to hold out, bool (n,): all images of a group, or none.

    Groups are tried in random order, and one is taken if it brings the held-out images of all
    classes closer to their shares. Then each able class without a held-out image gets its smallest
    group. No class loses all of its other images.

    Args:
        labels: int64 (n,), the class of each image.
        groups: int64 (n,), the group of each image, any numbers.
        shares: int64 (n_classes,), how many images of each class are wanted.
        able: bool (n_classes,), whether a class has enough groups to give one; a group with a class
            that has not stays, unless an able class had none without it.
        random: Decides the order.
    """
    table = _table(labels, groups, len(shares))
    rest, wanted = table.sum(axis=0), shares.astype(np.int64)
    taken = np.zeros(len(table), dtype=bool)

    def take(group: int) -> None:
        nonlocal rest, wanted
        taken[group], rest, wanted = True, rest - table[group], wanted - table[group]

    def leaves_some(group: int) -> bool:
        return bool(np.all((rest > table[group]) | (table[group] == 0)))

    order = random.permutation(len(table))
    for group in order:
        counts = table[group]
        closer = np.abs(wanted - counts).sum() < np.abs(wanted).sum()
        if closer and able[counts > 0].all() and leaves_some(group):
            take(group)
    by_size = order[np.argsort(table[order].sum(axis=1), kind="stable")]
    for label in np.flatnonzero(able):
        if not table[taken, label].any():
            fitting = [each for each in by_size if table[each, label] and leaves_some(each)]
            if fitting:
                take(fitting[0])
    _, numbers = np.unique(groups, return_inverse=True)
    held_out: np.ndarray = taken[numbers]
    return held_out


def _table(labels: np.ndarray, groups: np.ndarray, n_classes: int) -> np.ndarray:
    """Count int64 (n_groups, n_classes); groups in ascending order of their numbers."""
    distinct, numbers = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(distinct), n_classes), dtype=np.int64)
    np.add.at(counts, (numbers, labels), 1)
    return counts
