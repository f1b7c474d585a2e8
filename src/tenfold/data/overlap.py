"""Find images that are identical, to the last bit."""

from collections.abc import Iterable
from hashlib import blake2b
from itertools import chain

import numpy as np

from tenfold.core.images import ImageSet


def also_in(images: Iterable[np.ndarray], known: Iterable[np.ndarray]) -> np.ndarray:
    """Whether each image is identical to one of `known`: bool (n,).

    Args:
        images: Part by part, uint8 (some, height, width, channels).
        known: Likewise.
    """
    digests = {_digest(image) for part in known for image in part}
    return np.array([_digest(image) in digests for part in images for image in part], dtype=bool)


def originals_of(train: ImageSet, test: ImageSet) -> np.ndarray:
    """For each image, the position of the first one identical to it.

    Returns:
        int64 (n_train + n_test,); positions count on from training into test.
    """

    def at(position: int) -> np.ndarray:
        n_train = len(train)
        return train.images[position] if position < n_train else test.images[position - n_train]

    first_seen: dict[bytes, int] = {}
    originals = np.arange(len(train) + len(test), dtype=np.int64)
    every = (image for part in chain(train.parts(), test.parts()) for image in part)
    for position, image in enumerate(every):
        first = first_seen.setdefault(_digest(image), position)
        if first != position and np.array_equal(at(first), image):
            originals[position] = first
    return originals


def _digest(image: np.ndarray) -> bytes:
    return blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
