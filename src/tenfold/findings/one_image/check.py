"""The base class of a check of single images."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from tenfold.findings.one_image.seen import Seen


@dataclass(frozen=True)
class Flag:
    """Images of one set that a check found.

    Attributes:
        finding: What was found, such as `blank`.
        found: bool (n,), the images.
        score: float (n,), how far each is beyond what is usual.
        words: What to say about an image; `{score}` stands for its score.
    """

    finding: str
    found: np.ndarray
    score: np.ndarray
    words: str


class Check(ABC):
    """Something to find in one image at a time. `tenfold.findings.one_image.checks` lists them all.

    Attributes:
        thresholds: The numbers that decide, by name.
    """

    thresholds: ClassVar[Mapping[str, float]]

    @abstractmethod
    def look(self, seen: Seen, train: Seen) -> list[Flag]:
        """Find images.

        Args:
            seen: The images of one set.
            train: The training images, which say what is usual.
        """
