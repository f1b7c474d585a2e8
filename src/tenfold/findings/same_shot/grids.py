"""Images as luminance on one small grid, and the matrices that resize and smooth them.

Rows and columns are independent, so each operation is two products of small matrices, one from each
side. NumPy multiplies stacks of them fast.
"""

import numpy as np

from tenfold.core.each import Each, in_turn
from tenfold.core.images import ImageSet

SIDE = 32
"""Height and width in pixels at which images are compared."""

_FAINT = 4.0
"""Contrast in grey levels that counts half: noise and compression make as much."""

_LUMINANCE = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""Source: ITU-R BT.601."""


def luminance(images: np.ndarray) -> np.ndarray:
    """Luminance on the grid: float32 (n, SIDE, SIDE), 0-255.

    Args:
        images: uint8 (n, height, width, channels), 0-255; three channels are RGB.
    """
    n_channels = images.shape[3]
    weights = _LUMINANCE if n_channels == 3 else np.full(n_channels, 1 / n_channels, np.float32)
    return on_grid(images.astype(np.float32) @ weights, SIDE)


def luminances(*sets: ImageSet, each: Each = in_turn) -> np.ndarray:
    """Luminance of all images of all sets, in that order: uint8 (n, SIDE, SIDE), 0-255.

    Args:
        *sets: The images.
        each: Who computes it.
    """
    found = np.empty((sum(map(len, sets)), SIDE, SIDE), dtype=np.uint8)
    at = 0
    for planes in each(_in_8_bits, (part for images in sets for part in images.parts())):
        found[at : at + len(planes)] = planes
        at += len(planes)
    return found


def _in_8_bits(images: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.rint(luminance(images)).astype(np.uint8)
    return found


def on_grid(planes: np.ndarray, side: int) -> np.ndarray:
    """Resize float32 (n, height, width) to (n, side, side); a smaller one is averaged."""
    _, height, width = planes.shape
    if height == width == side:
        return planes
    resized: np.ndarray = _resizing(height, side) @ planes @ _resizing(width, side).T
    return resized


def smooth(planes: np.ndarray, radius_px: float) -> np.ndarray:
    """Smooth float32 (n, side, side) by a Gaussian; borders take the mean of what is inside."""
    matrix = smoothing(planes.shape[1], radius_px)
    smoothed: np.ndarray = matrix @ planes @ matrix.T
    return smoothed


def local_detail(planes: np.ndarray, *, wide_px: float) -> np.ndarray:
    """What differs from the surroundings, with a local contrast near 1 and fading at the borders.

    Args:
        planes: float32 (n, side, side), 0-255.
        wide_px: Radius of the surroundings.

    Returns:
        float32 (n, side, side), with mean 0.
    """
    detail = planes - smooth(planes, wide_px)
    contrast = np.sqrt(np.maximum(smooth(detail * detail, 3), 0))
    detail = detail / (contrast + _FAINT)
    side = detail.shape[1]
    window = np.sqrt(np.hanning(side + 2)[1:-1]).astype(
        np.float32
    )  # A shift moves the borders out.
    faded = detail * np.outer(window, window)
    centred: np.ndarray = faded - faded.mean(axis=(1, 2), keepdims=True)
    return centred


def _resizing(n_before: int, n_after: int) -> np.ndarray:
    """float32 (n_after, n_before): the weights of the old pixels in each new one, a triangle."""
    ratio = n_before / n_after
    centres = (np.arange(n_after) + 0.5) * ratio - 0.5
    reach = max(ratio, 1.0)
    away = np.abs(centres[:, None] - np.arange(n_before)) / reach
    return _rows_of_one(np.maximum(0, 1 - away))


def smoothing(side: int, radius_px: float) -> np.ndarray:
    """The weights of all pixels of a row in each smoothed one: float32 (side, side)."""
    away = np.arange(side)[:, None] - np.arange(side)
    return _rows_of_one(np.exp(-0.5 * (away / radius_px) ** 2))


def _rows_of_one(weights: np.ndarray) -> np.ndarray:
    found: np.ndarray = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return found
