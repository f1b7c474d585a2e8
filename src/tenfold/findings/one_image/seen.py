"""What the checks of single images look at: a few statistics of each image."""

from dataclasses import dataclass

import numpy as np

from tenfold.core.each import Each, in_turn
from tenfold.core.images import ImageSet
from tenfold.core.originals import Originals
from tenfold.data.image_statistics import contrast, detail, luminances

N_LEVELS = 32
"""Luminances are counted in levels of eight values each."""
_CELLS = 4
_LEAST_FOR_USUAL = 50
"""Below this many images, none of them can be called unusual."""


@dataclass(frozen=True)
class Seen:
    """Statistics of n images.

    Attributes:
        side_px: The shorter side of the images, in pixels.
        deviation: float32 (n,), standard deviation of the luminances, 0-127.5.
        levels: float32 (n, 32), the share of the pixels at each level of luminance, dark to light.
        detail: float32 (n,), mean absolute Laplacian of the luminances, 0-1,020.
        colours: float32 (n, values), mean of each channel in each of 4 x 4 cells, 0-255.
        originals: Facts about their files; None if they are not known.
    """

    side_px: int
    deviation: np.ndarray
    levels: np.ndarray
    detail: np.ndarray
    colours: np.ndarray
    originals: Originals | None

    def __len__(self) -> int:
        return len(self.detail)


def seen_in(images: ImageSet, each: Each = in_turn) -> Seen:
    """Look at each image once, a few megabytes at a time.

    Args:
        images: The images.
        each: Who does it.
    """
    columns = list(each(_statistics, images.parts()))
    deviation, levels, detail, colours = map(np.concatenate, zip(*columns, strict=True))
    return Seen(min(images.shape[:2]), deviation, levels, detail, colours, images.originals)


def unusual(values: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """By how many robust standard deviations values differ from the middle of `usual`.

    A robust standard deviation is 1.4826 times the median distance from the median, which a few
    odd values do not move. Few values, or values that are mostly equal, give zeros.

    Args:
        values: float (n,).
        usual: float (m,), the values of the training images.
    """
    middle = np.median(usual) if len(usual) >= _LEAST_FOR_USUAL else 0.0
    spread = 1.4826 * np.median(np.abs(usual - middle)) if len(usual) >= _LEAST_FOR_USUAL else 0.0
    if spread < 1e-9:
        return np.zeros(len(values))
    found: np.ndarray = (values - middle) / spread
    return found


def _statistics(images: np.ndarray) -> tuple[np.ndarray, ...]:
    """Of some images: deviation, levels, detail, colours."""
    n = len(images)
    grey = luminances(images)
    at = np.arange(n, dtype=np.int32)[:, None] * N_LEVELS
    flat = grey.reshape(n, -1)
    counts = np.bincount((at + (flat >> 3)).ravel(), minlength=n * N_LEVELS)
    levels = (counts.reshape(n, N_LEVELS) / flat.shape[1]).astype(np.float32)
    return contrast(grey), levels, detail(grey), _cell_means(images)


def _cell_means(images: np.ndarray) -> np.ndarray:
    """Mean of each channel in up to 4 x 4 cells, 0-255: float32 (n, values)."""
    sums, n_pixels = images, 1
    for axis in (1, 2):
        size = max(1, images.shape[axis] // _CELLS)
        kept = images.shape[axis] // size * size
        total = np.zeros((), np.uint32)
        for start in range(size):  # Adding slices is several times faster than reshaping.
            taken = [slice(None)] * 4
            taken[axis] = slice(start, kept, size)
            total = total + sums[tuple(taken)]
        sums, n_pixels = total, n_pixels * size
    return sums.reshape(len(images), -1).astype(np.float32) / np.float32(n_pixels)
