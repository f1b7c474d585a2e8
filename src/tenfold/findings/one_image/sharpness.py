"""Images far less sharp than the others, or far more: blur and noise."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

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
        above = unusual(_sharpness(seen), _sharpness(train))
        words = "{score:.1f} standard deviations from the usual sharpness"
        return [
            Flag("blurred", above < -UNUSUAL, -above, words),
            Flag("noise", above > UNUSUAL, above, words),
        ]


def _sharpness(seen: Seen) -> np.ndarray:
    """Detail for each unit of contrast, as a logarithm: float (n,)."""
    found: np.ndarray = np.log((seen.detail + 0.1) / (seen.deviation + 0.1))
    return found
