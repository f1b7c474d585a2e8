"""A trace in pixels: a frame of one colour around images, or a bar at one side."""

from typing import ClassVar

import numpy as np

from tenfold.core.images import ImageSet
from tenfold.data.image_statistics import luminances
from tenfold.findings.traces.trace import Trace

FLAT = 16
"""The luminances of a side's outermost lines may differ by this much, of 255."""
STEP = 0.7
"""A frame ends at once: this share of the next line differs. A plain background ends bit by bit."""
LEAST_SIDE_PX = 16
"""In smaller images a background is taken for a frame."""


class Frame(Trace):
    """Width and luminance of a frame, side by side."""

    name: ClassVar[str] = "frame"
    words: ClassVar[str] = "A frame around the images, or a bar at one side,"

    def features(self, images: ImageSet) -> np.ndarray | None:
        """Of each side: how many lines are the frame's, and how bright it is."""
        if min(images.shape[:2]) < LEAST_SIDE_PX:
            return None
        parts = [_sides(luminances(part)) for part in images.parts()]
        found = np.concatenate(parts) if parts else np.zeros((0, 8), np.float32)
        return found if found[:, ::2].any() else None


def _sides(grey: np.ndarray) -> np.ndarray:
    """float32 (n, 8): width in pixels and luminance of the frame at each of four sides."""
    turned = np.swapaxes(grey, 1, 2)
    sides = (grey, grey[:, ::-1], turned, turned[:, ::-1])
    return np.concatenate([_frame(side.astype(np.int16)) for side in sides], axis=1)


def _frame(lines: np.ndarray) -> np.ndarray:
    """float32 (n, 2): of the frame at the beginning, its width and luminance; -1 without one.

    Args:
        lines: int16 (n, lines, pixels), from the outside in.
    """
    colour = lines[:, :1, :1]
    differing = (np.abs(lines - colour) > FLAT).mean(axis=2)
    inside = differing > 0
    width = np.where(inside.any(axis=1), inside.argmax(axis=1), 0)
    after = differing[np.arange(len(lines)), width]
    width = np.where(after >= STEP, width, 0)
    return np.stack([width, np.where(width > 0, colour[:, 0, 0], -1)], axis=1).astype(np.float32)
