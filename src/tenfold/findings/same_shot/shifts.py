"""How alike two images are, over all small shifts: a first look, at whole pixels."""

import numpy as np

from tenfold.findings.same_shot.grids import local_detail, on_grid, smooth

COARSE = 16
"""Height and width in pixels of the first look at all candidates."""

COARSE_ALIKE, ALIKE = 0.58, 0.6
"""Least likeness, coarse and fine, of a pair that is looked at again. See decision 34."""

_COARSE_REACH, _REACH = 2, 4
"""Largest shift in pixels, of the coarse and of the fine image: both are an eighth of the side."""
_EMPTY_COARSE, _EMPTY = 10.0, 20.0
"""Added to the product of lengths, so that images of little texture are never much alike."""


def coarse_detail(luminances: np.ndarray) -> np.ndarray:
    """Detail of images at 16 x 16 pixels: float16 (n, 16, 16), with the local contrast near 1.

    Args:
        luminances: uint8 (n, side, side), 0-255.
    """
    found = np.empty((len(luminances), COARSE, COARSE), dtype=np.float16)
    for at in range(0, len(luminances), 5_000):
        small = on_grid(luminances[at : at + 5_000].astype(np.float32), COARSE)
        found[at : at + 5_000] = local_detail(smooth(small, 0.5), wide_px=2)
    return found


def coarse_likeness(asked: np.ndarray, detail: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The likeness of each image to each of its candidates, at the best shift: float32 (n, k).

    Args:
        asked: Coarse detail of the images: float16 (n, 16, 16).
        detail: Coarse detail of all images: float16 (m, 16, 16).
        others: Positions of the candidates in `detail`: int64 (n, k).
    """
    reach, n_pixels = _COARSE_REACH, COARSE * COARSE
    asked = asked.astype(np.float32)
    padded = np.pad(asked, ((0, 0), (reach, reach), (reach, reach)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (COARSE, COARSE), axis=(1, 2))
    shifted = windows.reshape(len(asked), -1, n_pixels)
    compared = detail.reshape(-1, n_pixels)[others].astype(np.float32)
    products = (shifted @ compared.transpose(0, 2, 1)).max(axis=1)
    lengths = np.linalg.norm(asked.reshape(-1, n_pixels), axis=1)[:, None]
    lengths = lengths * np.linalg.norm(compared, axis=2)
    best: np.ndarray = products / (lengths + _EMPTY_COARSE)
    return best


def fine_detail(luminances: np.ndarray) -> np.ndarray:
    """Detail of images: float32 (n, side, side), with the local contrast near 1.

    Args:
        luminances: uint8 or float32 (n, side, side), 0-255.
    """
    return local_detail(smooth(luminances.astype(np.float32), 0.7), wide_px=3)


def likeness(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The likeness of pairs at the best shift, float32 (n,), and that shift.

    The shift, float32 (n, 2), is where a point of the first is in the second: down, then right, in
    pixels.

    Args:
        first: Detail of the first images: float32 (n, side, side).
        second: Likewise, of the second ones.
    """
    import scipy.fft

    side = first.shape[1]
    spectrum = scipy.fft.rfft2(first).conj() * scipy.fft.rfft2(second)
    products = scipy.fft.irfft2(spectrum, s=(side, side))
    shifts = np.arange(-_REACH, _REACH + 1)
    near = products[:, shifts[:, None], shifts].reshape(len(first), len(shifts) ** 2)
    best = near.argmax(axis=1)
    lengths = np.linalg.norm(first, axis=(1, 2)) * np.linalg.norm(second, axis=(1, 2))
    alike = near[np.arange(len(first)), best] / (lengths + _EMPTY)
    found = np.stack([shifts[best // len(shifts)], shifts[best % len(shifts)]], axis=1)
    return alike, found.astype(np.float32)
