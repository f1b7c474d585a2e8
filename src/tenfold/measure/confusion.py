"""Which classes are taken for which."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ConfusedPair:
    """Images of one class that were taken for another.

    Attributes:
        actual: Name of their class.
        predicted: Name of the class they were taken for.
        n: How many they are.
        share: Their share of all images of the actual class, in 0..1.
    """

    actual: str
    predicted: str
    n: int
    share: float


@dataclass(frozen=True)
class MixedPair:
    """Two classes whose images are taken for each other.

    Attributes:
        first: Name of the class more of whose images are taken for the other.
        second: Name of the other class.
        n_first: Images of the first class that were taken for the second.
        n_second: Images of the second class that were taken for the first.
        share: Share that they are of all images of both classes, in 0..1.
    """

    first: str
    second: str
    n_first: int
    n_second: int
    share: float

    @property
    def n(self) -> int:
        """Images that were taken for the other class, whichever way."""
        return self.n_first + self.n_second


def confusion(truth: np.ndarray, predicted: np.ndarray, n_classes: int) -> np.ndarray:
    """Count int64 (n_classes, n_classes): rows are true classes, columns predicted.

    Args:
        truth: int64 (n,), actual classes, in 0..n_classes - 1.
        predicted: int64 (n,), predicted classes, in the same range.
        n_classes: Number of classes.

    Raises:
        ValueError: The lengths differ, or a label is outside the classes.
    """
    if truth.shape != predicted.shape:
        raise ValueError(f"Expected as many predictions as labels; received {predicted.shape}.")
    labels = np.concatenate([truth, predicted])
    if labels.size and not 0 <= labels.min() <= labels.max() < n_classes:
        got = f"{labels.min()}..{labels.max()}"
        raise ValueError(f"Expected labels in 0..{n_classes - 1}; received {got}.")
    counts = np.zeros((n_classes, n_classes), dtype=np.int64)
    np.add.at(counts, (truth, predicted), 1)
    return counts


def row_shares(counts: np.ndarray) -> np.ndarray:
    """Divide each row by its sum: float64, same shape, in 0..1; a row without images stays 0."""
    totals = counts.sum(axis=1, keepdims=True)
    shares: np.ndarray = counts / np.maximum(totals, 1)
    return shares


def never_predicted(counts: np.ndarray, classes: Sequence[str]) -> tuple[str, ...]:
    """The classes that have images, and that no image was taken for.

    Args:
        counts: int64 (n_classes, n_classes), from `confusion`.
        classes: Their names, in label order.
    """
    missed = (counts.sum(axis=0) == 0) & (counts.sum(axis=1) > 0)
    return tuple(classes[label] for label in np.flatnonzero(missed).tolist())


def most_confused(
    counts: np.ndarray, classes: Sequence[str], n_pairs: int = 5
) -> tuple[ConfusedPair, ...]:
    """List up to `n_pairs` pairs of different classes, those with the most images first.

    Args:
        counts: int64 (n_classes, n_classes), from `confusion`.
        classes: Their names, in label order.
        n_pairs: How many to list at most; pairs that never happened are left out.
    """
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:n_pairs]  # Stable: ties by label.
    shares = row_shares(counts)
    return tuple(
        ConfusedPair(classes[i], classes[j], int(wrong[i, j]), float(shares[i, j]))
        for i, j in zip(*np.unravel_index(order, wrong.shape), strict=True)
        if wrong[i, j]
    )


def most_mixed_up(
    counts: np.ndarray, classes: Sequence[str], n_pairs: int = 5
) -> tuple[MixedPair, ...]:
    """List up to `n_pairs` pairs of classes by the images mixed up either way, the most first.

    Args:
        counts: int64 (n_classes, n_classes), from `confusion`.
        classes: Their names, in label order.
        n_pairs: How many to list at most; pairs that were never mixed up are left out.
    """
    both = np.triu(counts + counts.T, k=1)
    order = np.argsort(-both, axis=None, kind="stable")[:n_pairs]  # Stable: ties by label.
    pairs = []
    for i, j in zip(*np.unravel_index(order, both.shape), strict=True):
        first, second = (i, j) if counts[i, j] >= counts[j, i] else (j, i)
        n_images = int(counts[i].sum() + counts[j].sum())
        if both[i, j]:
            pairs.append(
                MixedPair(
                    classes[first],
                    classes[second],
                    int(counts[first, second]),
                    int(counts[second, first]),
                    int(both[i, j]) / n_images,
                )
            )
    return tuple(pairs)


def most_confused_classes(counts: np.ndarray, n: int) -> np.ndarray:
    """The classes of the pairs that are confused most: int64 (n,), ascending.

    Where fewer classes than that are ever confused, the first ones of the others fill up.

    Args:
        counts: int64 (n_classes, n_classes), from `confusion`.
        n: How many classes, in 0..n_classes.
    """
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[: np.count_nonzero(wrong)]
    in_pairs = np.stack(np.unravel_index(order, wrong.shape), axis=1).ravel()
    every = np.concatenate([in_pairs, np.arange(len(counts))])
    _, first_at = np.unique(every, return_index=True)
    return np.sort(every[np.sort(first_at)[:n]])


def grouped(counts: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Keep the rows and columns of some classes, and add up all others in a last row and column.

    Args:
        counts: int64 (n_classes, n_classes), from `confusion`.
        labels: int64 (m,), the classes to keep, each once.

    Returns:
        int64 (m + 1, m + 1), with the same sum.
    """
    group_of = np.full(len(counts), len(labels))
    group_of[labels] = np.arange(len(labels))
    small = np.zeros((len(labels) + 1, len(labels) + 1), dtype=counts.dtype)
    np.add.at(small, (group_of[:, None], group_of), counts)
    return small
