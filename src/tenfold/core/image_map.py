"""Images in two dimensions, like ones near each other."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ImageMap:
    """A place in the plane for each of n images.

    Attributes:
        name: Short, as in a file's name: `pixels`, `features-umap`.
        of: What was compared, in words: `their pixels`.
        places: float64 (n, 2).
        axes: What the two directions are.
    """

    name: str
    of: str
    places: np.ndarray
    axes: tuple[str, str]
