"""Images that show nothing: all pixels are alike, up to the rounding of JPEG."""

from collections.abc import Mapping
from typing import ClassVar

from tenfold.findings.one_image.check import Check, Flag
from tenfold.findings.one_image.seen import Seen

FLATTEST = 2.0
"""The least standard deviation of luminances, 0-127.5, of an image that shows something.

The flattest image of CIFAR-10 has 6.5; a flat image that was saved as JPEG has less than 1.
"""


class Blank(Check):
    """Images without content."""

    thresholds: ClassVar[Mapping[str, float]] = {"blank_deviation": FLATTEST}

    def look(self, seen: Seen, train: Seen) -> list[Flag]:  # noqa: ARG002
        """Find images whose luminances hardly differ."""
        found = seen.deviation < FLATTEST
        return [Flag("blank", found, FLATTEST - seen.deviation, "all pixels are alike")]
