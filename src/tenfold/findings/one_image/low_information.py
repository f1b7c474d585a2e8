"""Images with hardly any content, such as the placeholder of a missing picture."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from tenfold.findings.one_image.check import Check, Flag
from tenfold.findings.one_image.seen import Seen, unusual

LEAST_BITS = 1.0
"""Entropy of an image's levels of luminance, of at most 5 bits."""
UNUSUAL = 4.0
"""In robust standard deviations below the middle, since drawings have little entropy anyway."""


class LowInformation(Check):
    """Images nearly all of whose pixels have the same few luminances."""

    thresholds: ClassVar[Mapping[str, float]] = {
        "least_bits": LEAST_BITS,
        "low_information_deviations": UNUSUAL,
    }

    def look(self, seen: Seen, train: Seen) -> list[Flag]:
        """Find images of low entropy, where that is unusual."""
        bits = _bits(seen)
        found = (bits < LEAST_BITS) & (unusual(bits, _bits(train)) < -UNUSUAL)
        words = "hardly any content: most pixels have the same luminance"
        return [Flag("low-information", found, LEAST_BITS - bits, words)]


def _bits(seen: Seen) -> np.ndarray:
    levels = seen.levels
    found: np.ndarray = -(levels * np.log2(np.maximum(levels, 1e-9))).sum(axis=1)
    return found
