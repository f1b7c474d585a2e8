"""Image files of a size or shape unlike the others."""

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from tenfold.core.originals import Originals
from tenfold.findings.one_image.check import Check, Flag
from tenfold.findings.one_image.seen import Seen, unusual

SIZE, ASPECT = 4.0, 2.0
"""The least factor between an image's shorter side, or its width by its height, and the usual."""
UNUSUAL = 5.0
"""In robust standard deviations, where sizes differ anyway."""
TINY = 0.5
"""The share of the side that images are brought to, below which most pixels are made up."""

_DIFFERS = "a {} that differs from the usual one by a factor of {{score:.1f}}"


class OddFiles(Check):
    """Files with far fewer or more pixels than usual, or far longer or taller than usual."""

    thresholds: ClassVar[Mapping[str, float]] = {
        "odd_size_factor": SIZE,
        "odd_aspect_factor": ASPECT,
        "odd_file_deviations": UNUSUAL,
        "tiny_share": TINY,
    }

    def look(self, seen: Seen, train: Seen) -> list[Flag]:
        """Find files by their width and height in pixels; nothing if they are not known."""
        if seen.originals is None or train.originals is None:
            return []
        sides, usual = _sides(seen.originals), _sides(train.originals)
        tiny = np.exp(sides) < TINY * seen.side_px
        size = np.abs(sides - np.median(usual))
        odd = (size > np.log(SIZE)) & _far(sides, usual)
        shapes, shape = _aspects(seen.originals), _aspects(train.originals)
        aspect = np.abs(shapes - np.median(shape))
        return [
            Flag("tiny", tiny, -sides, "far fewer pixels than the network sees"),
            Flag(
                "odd-size",
                odd & ~tiny,
                np.exp(size),
                _DIFFERS.format("size"),
            ),
            Flag(
                "odd-aspect",
                (aspect > np.log(ASPECT)) & _far(shapes, shape),
                np.exp(aspect),
                _DIFFERS.format("shape"),
            ),
        ]


def _sides(files: Originals) -> np.ndarray:
    """Logarithm of the shorter side in pixels."""
    found: np.ndarray = np.log(np.maximum(np.minimum(files.width, files.height), 1))
    return found


def _aspects(files: Originals) -> np.ndarray:
    """Logarithm of width by height."""
    found: np.ndarray = np.log(np.maximum(files.width, 1) / np.maximum(files.height, 1))
    return found


def _far(values: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Whether values are far from the usual ones; all that differ are, where those are equal."""
    deviations = unusual(values, usual)
    if not len(usual) or np.ptp(np.quantile(usual, (0.25, 0.75))) < 1e-9:
        return np.ones(len(values), dtype=bool)
    found: np.ndarray = np.abs(deviations) > UNUSUAL
    return found
