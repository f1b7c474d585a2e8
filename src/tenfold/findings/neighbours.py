"""The images that look most like an image."""

import math

import numpy as np

from tenfold.core.images import ImageSet

SIDE = 8
"""Height and width in pixels of the thumbnails that are compared."""
_ROWS = 256


def thumbnails(images: ImageSet) -> np.ndarray:
    """Small images less their mean, as rows of length 1: float32 (n, d).

    Brightness and contrast do not count; colours do, weakly, as they do for a person.

    Args:
        images: n images.
    """
    small = shrunk(images, SIDE)
    flat = small.reshape(len(small), math.prod(small.shape[1:]))
    return unit(flat - flat.mean(axis=1, keepdims=True))


def shrunk(images: ImageSet, side: int) -> np.ndarray:
    """Images of at most `side` pixels in height and width: float32 (n, height, width, channels).

    A pixel of the small image is the mean of what it covers.

    Args:
        images: n images.
        side: The most pixels.
    """
    height, width, channels = images.shape
    down, right = (_means(size, side) for size in (height, width))
    parts = [
        np.einsum("ij,njkc,lk->nilc", down, part.astype(np.float32), right, optimize=True)
        for part in images.parts()
    ]
    return np.concatenate([np.empty((0, len(down), len(right), channels), np.float32), *parts])


def unit(rows: np.ndarray) -> np.ndarray:
    """The same rows with a length of 1: float32 (n, d); rows that are next to nothing become 0."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    found: np.ndarray = np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-3)
    return found


def nearest(asked: np.ndarray, known: np.ndarray, n: int, itself: np.ndarray) -> np.ndarray:
    """The `n` most similar rows, best first: int64 (m, min(n, n_known - 1)).

    Args:
        asked: float32 (m, d), rows of length 1.
        known: float32 (n_known, d).
        n: How many; fewer if there are not so many.
        itself: int64 (m,), the row of `known` that is the same image and is left out; -1 for none.
    """
    n = min(n, len(known) - 1)
    found = np.empty((len(asked), max(n, 0)), dtype=np.int64)
    for at in range(0, len(asked) if n > 0 else 0, _ROWS):
        likeness = asked[at : at + _ROWS] @ known.T
        same = itself[at : at + _ROWS]
        rows = np.flatnonzero(same >= 0)
        likeness[rows, same[rows]] = -np.inf
        best = np.argpartition(-likeness, n - 1, axis=1)[:, :n]
        order = np.argsort(-np.take_along_axis(likeness, best, axis=1), axis=1, kind="stable")
        found[at : at + _ROWS] = np.take_along_axis(best, order, axis=1)
    return found


def _means(size: int, side: int) -> np.ndarray:
    """float32 (side or less, size): which share of each pixel a thumbnail's pixel takes."""
    side = min(side, size)
    edges = np.linspace(0, size, side + 1)
    pixels = np.arange(size)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    shares: np.ndarray = (np.clip(covered, 0, 1) * side / size).astype(np.float32)
    return shares
