"""Divide images into folds, each class in proportion."""

import numpy as np

from tenfold.core.errors import DataError, argument

STOPPING_FOLDS = 10
"""One of this many parts decides when early stopping ends a fit."""


def divide(
    labels: np.ndarray, n_folds: int, *, seed: int, groups: np.ndarray | None = None
) -> np.ndarray:
    """Give each image a fold: int64 (n,), in 0..n_folds - 1.

    Folds differ by one image at most, and so do the images of a class in them. With groups, folds
    are as even as whole groups allow: the largest groups go first, each to the fold that has the
    smallest share of its classes.

    Args:
        labels: int64 (n,), the class of each image.
        n_folds: 2 or more, and no more than the commonest class has images.
        seed: Decides the draw; 0 or more.
        groups: int64 (n,); images of one group, such as those of one person, share a fold. None if
            there are no groups.

    Raises:
        DataError: There are too few folds, or too few images or groups for them.
    """
    most = int(np.bincount(labels, minlength=1).max())
    if not 2 <= n_folds <= most:
        raise DataError(
            f"Expected {argument('folds')} of 2 to {most:,}, the training images of the commonest "
            f"class; received {n_folds:,}."
            if most >= 2
            else "No class has two training images to divide into folds. Add images, or leave "
            f"{argument('folds')} out."
        )
    return _divided(labels, n_folds, seed, groups)


def hold_out_to_stop(
    labels: np.ndarray, *, seed: int, groups: np.ndarray | None = None
) -> np.ndarray:
    """Hold out a tenth that decides when to stop: bool (n,). Arguments as for `divide`.

    Raises:
        DataError: There is only one image, or one group.
    """
    n_parts = min(STOPPING_FOLDS, len(labels if groups is None else np.unique(groups)))
    if n_parts < 2:
        raise DataError(
            "A fold leaves too few images to hold some out for early stopping. Add images, or set "
            "patience to null."
        )
    held_out: np.ndarray = _divided(labels, n_parts, seed, groups) == 0
    return held_out


def _divided(labels: np.ndarray, n_folds: int, seed: int, groups: np.ndarray | None) -> np.ndarray:
    random = np.random.default_rng((seed, 2))  # Splitting draws with 0 and 1.
    if groups is not None:
        return _whole_groups(labels, n_folds, groups, random)
    fold_of = np.empty(len(labels), dtype=np.int64)
    mixed = random.permutation(len(labels))
    by_class = mixed[np.argsort(labels[mixed], kind="stable")]
    fold_of[by_class] = np.arange(len(labels)) % n_folds
    return fold_of


def _whole_groups(
    labels: np.ndarray, n_folds: int, groups: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """The folds of images whose groups stay whole.

    Source: the idea of scikit-learn's StratifiedGroupKFold, with another measure of evenness.
    """
    _, group_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(sizes) < n_folds:
        raise DataError(
            f"There are only {len(sizes):,} groups of training images; expected at least as many "
            f"as {argument('folds')}, which is {n_folds:,}. Give fewer folds."
        )
    members = np.split(np.argsort(group_of, kind="stable"), np.cumsum(sizes)[:-1])
    totals = np.bincount(labels)
    counts = np.zeros((n_folds, len(totals)))
    fold_of = np.empty(len(labels), dtype=np.int64)
    drawn = random.permutation(len(sizes))
    for group in drawn[np.argsort(-sizes[drawn], kind="stable")]:
        here, n_here = np.unique(labels[members[group]], return_counts=True)
        crowded = counts[:, here] @ (n_here / totals[here])
        fold = np.lexsort((counts.sum(axis=1), crowded))[0]  # In a tie, the smallest fold.
        counts[fold, here] += n_here
        fold_of[members[group]] = fold
    return fold_of
