"""The base class of a trace that may give the class of an image away."""

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from tenfold.core.images import ImageSet


class Trace(ABC):
    """Something about an image that should have nothing to do with its class.

    Attributes:
        name: In `audit.json`.
        words: At the beginning of a sentence.
    """

    name: ClassVar[str]
    words: ClassVar[str]

    @abstractmethod
    def features(self, images: ImageSet) -> np.ndarray | None:
        """Numbers for each image, float (n, m); None if there is nothing to measure.

        Args:
            images: At most 20,000 training images, in memory.
        """
