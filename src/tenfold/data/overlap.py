"""Find images that two sets share, to the last bit."""

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np


def also_in(images: Iterable[np.ndarray], known: Iterable[np.ndarray]) -> np.ndarray:
    """Whether each image is identical to one of `known`: bool (n,).

    Args:
        images: Part by part, uint8 (some, height, width, channels).
        known: Likewise.
    """
    digests = {_digest(image) for part in known for image in part}
    return np.array([_digest(image) in digests for part in images for image in part], dtype=bool)


def _digest(image: np.ndarray) -> bytes:
    return blake2b(np.ascontiguousarray(image).data, digest_size=16).digest()
