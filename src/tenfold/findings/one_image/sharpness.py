"""Images far less sharp than the others, or far more: blur and noise."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from tenfold.data.image_statistics import sharpness
from tenfold.findings.one_image.check import Check, Flag
from tenfold.findings.one_image.seen import Seen, unusual

UNUSUAL = 4.5
"""In robust standard deviations of the logarithm of sharpness, from the middle.

Of CIFAR-10's images 0.02 % are further below, and none further above.
"""


class Sharpness(Check):
    """Images with far less or far more detail than the others of the same data."""

    thresholds: ClassVar[Mapping[str, float]] = {"sharpness_deviations": UNUSUAL}

    def look(self, seen: Seen, train: Seen) -> list[Flag]:
        """Find images of unusually little or much detail for their contrast."""
        above = unusual(_logarithm(seen), _logarithm(train))
        words = "{score:.1f} standard deviations from the usual sharpness"
        return [
            Flag("blurred", above < -UNUSUAL, -above, words),
            Flag("noise", above > UNUSUAL, above, words),
        ]


def _logarithm(seen: Seen) -> np.ndarray:
    """The logarithm of the sharpness: float (n,)."""
    found: np.ndarray = np.log(sharpness(seen.detail, seen.deviation))
    return found
