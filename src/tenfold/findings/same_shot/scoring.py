"""How much of two aligned images is the same, weighed by texture."""

import numpy as np

from tenfold.findings.same_shot.grids import smooth, smoothing

_WINDOW_PX = 2.0
"""Radius of the surroundings in which contrast and covariance are taken."""
_FAINT = 6.0
"""Contrast in grey levels that counts half: noise and compression make nearly as much."""
_LINE_PX = 8.0
"""What stays the same so far along rows or columns is a line."""
_UNKNOWN_PX = 80.0
"""Pixels without any likeness that are added to each pair: a flat scene has little to show."""


def score(first: np.ndarray, taken: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The share of the texture of both that is the same: float32 (n,), 1 at most.

    In the surroundings of each pixel, the images are compared whatever gain and offset separates
    them there. A pixel counts by its contrast, so that a clear sky says nothing. Nor do lines along
    rows and columns.

    Args:
        first: float32 (n, side, side), 0-255.
        taken: The second image, taken to the place of the first: likewise.
        inside: 1 where that has pixels, 0 elsewhere: likewise.
    """
    a, b = (_without_lines(smooth(images, 0.7)) for images in (first, taken))
    weight = smooth(inside, _WINDOW_PX) + 1e-6

    def local_mean(values: np.ndarray) -> np.ndarray:
        mean: np.ndarray = smooth(values * inside, _WINDOW_PX) / weight
        return mean

    mean_a, mean_b = local_mean(a), local_mean(b)
    spread_a = np.maximum(local_mean(a * a) - mean_a * mean_a, 0)
    spread_b = np.maximum(local_mean(b * b) - mean_b * mean_b, 0)
    common = local_mean(a * b) - mean_a * mean_b
    # The fainter image of the two counts as much as the other: both get the same contrast.
    whole_a, whole_b = ((s * inside).sum(axis=(1, 2)) + 1e-6 for s in (spread_a, spread_b))
    ratio = np.sqrt(whole_a / whole_b)[:, None, None]
    spread_a, spread_b = spread_a / np.sqrt(ratio), spread_b * np.sqrt(ratio)
    faint = _FAINT**2
    same = common / np.sqrt((spread_a + faint) * (spread_b + faint))
    most = np.maximum(spread_a, spread_b)
    texture = (inside * most / (most + faint)).sum(axis=(1, 2))
    found: np.ndarray = (inside * same).sum(axis=(1, 2)) / (texture + _UNKNOWN_PX)
    return found


def _without_lines(planes: np.ndarray) -> np.ndarray:
    """Without what stays the same along rows or columns: a horizon is in a thousand images."""
    side = planes.shape[1]
    matrix = np.eye(side, dtype=np.float32) - smoothing(side, _LINE_PX)
    found: np.ndarray = matrix @ planes @ matrix.T
    return found
