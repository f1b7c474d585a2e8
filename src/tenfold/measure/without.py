"""The accuracy on the test images without those that an audit calls leaked or in doubt."""

from dataclasses import dataclass

import numpy as np

from tenfold.core.evaluation import Interval
from tenfold.measure.intervals import wilson_interval

AS_IS = "all test images"
UNLEAKED = "without images like a training image"
UNDOUBTED = "without labels in doubt"
NEITHER = "without both"


@dataclass(frozen=True)
class Without:
    """The accuracy on some of the test images.

    Attributes:
        images: Which of them, in a few words.
        n: How many.
        accuracy: Share of them that are right, in 0..1; None without images.
        accuracy_interval_95: Its 95 % interval.
    """

    images: str
    n: int
    accuracy: float | None
    accuracy_interval_95: Interval | None


def without(
    right: np.ndarray, leaked: np.ndarray | None, doubted: np.ndarray | None
) -> tuple[Without, ...]:
    """Score all test images, and those that remain without some of them.

    Args:
        right: bool (n,), whether each test image is predicted right.
        leaked: bool (n,), whether it shows the same shot as an image that was learnt from; None if
            that is not known.
        doubted: bool (n,), whether its label is in doubt; None if that is not known.
    """
    remaining = {AS_IS: np.ones(len(right), dtype=bool)}
    if leaked is not None:
        remaining[UNLEAKED] = ~leaked
    if doubted is not None:
        remaining[UNDOUBTED] = ~doubted
    if leaked is not None and doubted is not None:
        remaining[NEITHER] = ~(leaked | doubted)
    return tuple(_scored(name, right[chosen]) for name, chosen in remaining.items())


def _scored(images: str, right: np.ndarray) -> Without:
    n, n_right = len(right), int(right.sum())
    if not n:
        return Without(images, 0, None, None)
    return Without(images, n, n_right / n, wilson_interval(n_right, n))
