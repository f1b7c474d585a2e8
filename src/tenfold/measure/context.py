"""What simple rules reach on the same images, beside which an accuracy means something."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tenfold.core.evaluation import Interval
from tenfold.core.images import ImageSet
from tenfold.measure.intervals import wilson_interval

SIDE = 16
"""Images are shrunk to this many pixels a side at most, which costs little accuracy."""
MOST_FITTED = 50_000
"""Simple rules learn no more from more images."""
RIDGE = 1e-2
"""The penalty on weights, as a share of the mean variance of a pixel; any value from 1e-3 to 1e-1
gives the same accuracy on CIFAR-10 within half a point."""


@dataclass(frozen=True)
class Simple:
    """The accuracy of a simple rule on the test images, in 0..1.

    Attributes:
        rule: What it does, in a few words.
        accuracy: Share of the images that are right.
        interval_95: The 95 % interval of that share; None where it is not an estimate.
    """

    rule: str
    accuracy: float
    interval_95: Interval | None = None


def simple_rules(train: ImageSet, test: ImageSet) -> tuple[Simple, ...]:
    """Score chance, the nearest class mean and a linear classifier on the test images.

    Both classifiers see images of at most 16 x 16 pixels. The linear one is a least-squares fit to
    targets of 1 for the actual class and 0 for the others, with a small penalty on weights.

    Args:
        train: The images to learn from; at least one.
        test: The images to score; at least one.
    """
    n_classes = len(train.classes)
    labels, moments = [], _Moments(n_classes)
    for images, classes in _parts(train, MOST_FITTED):
        moments.add(_features(images), classes)
    means, weights = moments.means(), moments.weights()
    nearest, linear = [], []
    for images, classes in _parts(test, len(test)):
        rows = _features(images)
        labels.append(classes)
        nearest.append((rows @ means.T - (means**2).sum(axis=1) / 2).argmax(axis=1))
        linear.append((rows @ weights[:-1] + weights[-1]).argmax(axis=1))
    truth = np.concatenate(labels)
    return (
        Simple("guessing", 1 / n_classes),
        _scored("nearest class mean", truth, np.concatenate(nearest)),
        _scored("linear classifier", truth, np.concatenate(linear)),
    )


def _scored(rule: str, truth: np.ndarray, predicted: np.ndarray) -> Simple:
    n_right = int((truth == predicted).sum())
    return Simple(rule, n_right / len(truth), wilson_interval(n_right, len(truth)))


class _Moments:
    """Sums over images, from which both classifiers follow; images are never held together."""

    def __init__(self, n_classes: int) -> None:
        self.n_classes, self.n = n_classes, 0
        self.gram = self.by_class = np.zeros(0, np.float64)
        self.counts = np.zeros(n_classes)

    def add(self, rows: np.ndarray, labels: np.ndarray) -> None:
        """Add images: float32 (n, features) and int64 (n,)."""
        whole = np.concatenate([rows, np.ones((len(rows), 1), np.float32)], axis=1)
        of_class = np.eye(self.n_classes, dtype=np.float32)[labels]
        if not self.n:
            self.gram = np.zeros((whole.shape[1],) * 2)
            self.by_class = np.zeros((whole.shape[1], self.n_classes))
        self.gram += whole.T @ whole
        self.by_class += whole.T @ of_class
        self.counts += of_class.sum(axis=0)
        self.n += len(rows)

    def means(self) -> np.ndarray:
        """The mean image of each class, (n_classes, features); far away where there is none."""
        means = (self.by_class[:-1] / np.maximum(self.counts, 1)).T
        means[self.counts == 0] = 1e6
        return means.astype(np.float32)

    def weights(self) -> np.ndarray:
        """Least squares with a penalty: (features + 1, n_classes); the last row is the bias."""
        centre = self.gram[-1, :-1] / self.n
        variance = float((np.diag(self.gram)[:-1] / self.n - centre**2).mean())
        penalty = np.full(len(self.gram), RIDGE * variance * self.n + 1e-9)
        penalty[-1] = 0  # The bias is free.
        solved: np.ndarray = np.linalg.solve(self.gram + np.diag(penalty), self.by_class)
        return solved.astype(np.float32)


def _parts(images: ImageSet, most: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Up to `most` images, evenly chosen, a few thousand at a time, with their labels."""
    chosen = images
    if len(images) > most:
        chosen = images.take(np.linspace(0, len(images) - 1, most).astype(np.int64))
    at = 0
    for part in chosen.parts():
        yield part, chosen.labels[at : at + len(part)]
        at += len(part)


def _features(images: np.ndarray) -> np.ndarray:
    """Shrink images to means over blocks, and flatten: float32 (n, features), -1..1.

    A few pixels at the lower and right edge, which fill no block, are left out.

    Args:
        images: uint8 (n, height, width, channels).
    """
    wide, n_pixels = images, 1
    for axis in (1, 2):
        block = -(-images.shape[axis] // SIDE)
        kept = images.shape[axis] // block * block
        sums = np.zeros((), np.uint32)
        for start in range(block):  # Adding slices is several times faster than reshaping.
            taken = [slice(None)] * images.ndim
            taken[axis] = slice(start, kept, block)
            sums = sums + wide[tuple(taken)].astype(np.uint32)
        wide, n_pixels = sums, n_pixels * block
    return wide.reshape(len(wide), -1).astype(np.float32) / (127.5 * n_pixels) - 1
