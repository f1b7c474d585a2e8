"""Images that are too dark or too bright to show what they hold."""

from collections.abc import Mapping
from typing import ClassVar

from tenfold.findings.one_image.check import Check, Flag
from tenfold.findings.one_image.seen import N_LEVELS, Seen

DARK_BELOW, BRIGHT_FROM = 48, 208
"""Luminances, 0-255; whole levels of eight."""
SHARE = 0.99
"""The share of the pixels that must be so. White ink on black, as in MNIST, covers 4 % or more."""


class Exposure(Check):
    """Images of which nearly all pixels are nearly black, or nearly white."""

    thresholds: ClassVar[Mapping[str, float]] = {
        "dark_below": DARK_BELOW,
        "bright_from": BRIGHT_FROM,
        "exposure_share": SHARE,
    }

    def look(self, seen: Seen, train: Seen) -> list[Flag]:  # noqa: ARG002
        """Find images by the shares of their levels of luminance."""
        width = 256 // N_LEVELS
        dark = seen.levels[:, : DARK_BELOW // width].sum(axis=1)
        bright = seen.levels[:, BRIGHT_FROM // width :].sum(axis=1)
        return [
            Flag("dark", dark >= SHARE, dark, "nearly all pixels are nearly black"),
            Flag("bright", bright >= SHARE, bright, "nearly all pixels are nearly white"),
        ]
