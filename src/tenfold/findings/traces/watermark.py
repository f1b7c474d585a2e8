"""A trace in pixels: the same mark at the same place in the outer part of a class's images."""

from typing import ClassVar

import numpy as np

from tenfold.core.images import ImageSet
from tenfold.data.image_statistics import luminances
from tenfold.findings.traces.trace import Trace

STEADY = 5.0
"""The least mean of a pixel's Laplacian in a class, in its standard deviations there.

A mark of a quarter's opacity has 7; the digits of scikit-learn, which are aligned, have up to 3.6.
"""
LEAST_PIXELS = 3
LEAST_IMAGES = 20
"""A class needs as many: among a few, anything is steady."""


class Watermark(Trace):
    """How much of each class's mark an image carries."""

    name: ClassVar[str] = "watermark"
    words: ClassVar[str] = "A mark that is at the same place in many images"

    def features(self, images: ImageSet) -> np.ndarray | None:
        """A column for each class that has a mark: its likeness to the mark, per pixel.

        Only the outer part counts: in the middle, objects themselves may be aligned, as digits are.
        The marks are found in half of the images, so that a class is not named by chance in the
        rest.
        """
        if min(images.shape[:2]) < 3:
            return None
        outer = _outer(*images.shape[:2])
        parts = (_laplacians(luminances(part))[:, outer] for part in images.parts())
        sharp = np.concatenate(list(parts))
        half = np.random.default_rng(0).random(len(images)) < 0.5
        columns = []
        for label in range(len(images.classes)):
            of_class = sharp[half & (images.labels == label)]
            if len(of_class) < LEAST_IMAGES:
                continue
            mean = of_class.mean(axis=0, dtype=np.float32)
            steady = np.abs(mean) > STEADY * (of_class.std(axis=0, dtype=np.float32) + 1)
            if steady.sum() >= LEAST_PIXELS:
                columns.append(np.abs(sharp[:, steady] - mean[steady]).mean(axis=1))
        return np.stack(columns, axis=1).astype(np.float32) if columns else None


def _outer(height: int, width: int) -> np.ndarray:
    """Bool (pixels,): whether a pixel of `_laplacians` is outside the middle half of both sides."""
    rows, columns = np.arange(1, height - 1), np.arange(1, width - 1)
    middle = np.outer(
        (rows >= height // 4) & (rows < height - height // 4),
        (columns >= width // 4) & (columns < width - width // 4),
    )
    return ~middle.ravel()


def _laplacians(grey: np.ndarray) -> np.ndarray:
    """int16 (n, pixels) of images uint8 (n, height, width), without the outermost pixels."""
    g = grey.astype(np.int16)
    around = g[:, :-2, 1:-1] + g[:, 2:, 1:-1] + g[:, 1:-1, :-2] + g[:, 1:-1, 2:]
    return (4 * g[:, 1:-1, 1:-1] - around).reshape(len(g), -1)
