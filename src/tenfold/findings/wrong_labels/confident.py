"""Confident learning: which labels the predictions contradict, and how noisy a class may be.

Source: Northcutt, Jiang and Chuang, "Confident learning", arXiv:1911.00068.
"""

from dataclasses import dataclass

import numpy as np

from tenfold.measure.intervals import wilson_interval


@dataclass(frozen=True)
class Judged:
    """What predictions say about given labels.

    Attributes:
        doubt: float64 (n,), in 0..1: one minus the probability of the given label, as a share of
            what is usual for images labelled so. 0 if it is usual or more, or nothing is usual.
        other: int64 (n,): the most probable of the other classes.
        seems: int64 (n,): the class that the network is confident of; -1 where it is of none.
    """

    doubt: np.ndarray
    other: np.ndarray
    seems: np.ndarray


def usual_confidence(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The mean probability of a class among the images labelled so: float64 (n_classes,).

    An image seems to be of a class if its probability is at least that. Infinite for a class
    without images, which no image can seem to be.

    Args:
        probabilities: float32 (n, n_classes), of images that the network has not seen.
        labels: int64 (n,), the given labels.
    """
    given = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    n_classes = probabilities.shape[1]
    counts = np.bincount(labels, minlength=n_classes)
    sums = np.bincount(labels, weights=given, minlength=n_classes)
    means: np.ndarray = np.divide(sums, counts, out=np.full(n_classes, np.inf), where=counts > 0)
    return means


def judge(probabilities: np.ndarray, labels: np.ndarray, usual: np.ndarray) -> Judged:
    """Compare given labels with predictions.

    Args:
        probabilities: float32 (n, n_classes), of images that the network has not seen.
        labels: int64 (n,), the given labels.
        usual: float64 (n_classes,), from `usual_confidence`; infinite for a class that is not to
            be suggested.
    """
    rows = np.arange(len(labels))
    exact = probabilities.astype(np.float64)
    confident = np.where(exact >= usual, exact, 0.0)
    seems = np.where(confident.any(axis=1), confident.argmax(axis=1), -1)
    others = np.where(np.isfinite(usual), exact, -1.0)
    others[rows, labels] = -1.0
    known = np.isfinite(usual)[labels]
    shares = np.divide(exact[rows, labels], usual[labels], out=np.ones(len(labels)), where=known)
    doubt = np.clip(1 - shares, 0.0, 1.0)
    return Judged(doubt=doubt, other=others.argmax(axis=1), seems=seems)


@dataclass(frozen=True)
class Noise:
    """How many labels of a class may be wrong.

    Attributes:
        n: Images labelled so.
        n_sure: Those whose label is next to impossible for the network.
        n_confident: Those of which the network is confident that they are of some class.
        n_contradicted: Those of the latter for which that is another class.
        low: Lower end of the 95 % interval of `n_sure / n`.
        high: Upper end of the 95 % interval of `n_contradicted / n_confident`. The network's own
            errors are in it, so it is too high rather than too low.
    """

    n: int
    n_sure: int
    n_confident: int
    n_contradicted: int
    low: float
    high: float


def noise_of(judged: Judged, labels: np.ndarray, label: int, *, sure: float) -> Noise:
    """How noisy the labels of one class are.

    Args:
        judged: What the predictions say about `labels`.
        labels: int64 (n,), the given labels.
        label: The class.
        sure: Least doubt at which a label counts as next to impossible.
    """
    here = labels == label
    n, n_sure = int(here.sum()), int((here & (judged.doubt >= sure)).sum())
    confident = here & (judged.seems >= 0)
    n_confident = int(confident.sum())
    n_contradicted = int((confident & (judged.seems != label)).sum())
    low = wilson_interval(n_sure, n)[0] if n else 0.0
    high = wilson_interval(n_contradicted, n_confident)[1] if n_confident else 1.0
    return Noise(n, n_sure, n_confident, n_contradicted, low, high=max(low, high))
