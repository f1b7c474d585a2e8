"""Facts about image files as they were before they were brought to one shape."""

from dataclasses import dataclass, fields, replace

import numpy as np


@dataclass(frozen=True)
class Originals:
    """A row for each of n files.

    Attributes:
        width: int32 (n,), in pixels, as it is stored.
        height: int32 (n,), in pixels.
        quality: uint8 (n,), of a JPEG file, 1-100, as its tables say; 0 for all others.
        mode: Texts (n,): how Pillow names numbers and channels, such as "L" or "RGB".
        format: Texts (n,), such as "JPEG".
    """

    width: np.ndarray
    height: np.ndarray
    quality: np.ndarray
    mode: np.ndarray
    format: np.ndarray

    def take(self, index: np.ndarray) -> "Originals":
        """The rows at `index`, in that order."""
        return replace(
            self, **{each.name: getattr(self, each.name)[index] for each in fields(self)}
        )
