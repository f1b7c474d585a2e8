"""What differs between two images of the same shot."""

import numpy as np

from tenfold.findings.same_shot.alignment import Placement
from tenfold.findings.same_shot.grids import SIDE, on_grid, smooth
from tenfold.findings.same_shot.pairs import Pairs

_MOVED_PX, _STRETCHED, _RECOLOURED = 0.75, 0.04, 6.0
"""From here on it is a change: pixels of the grid, a share, and grey levels (root mean square)."""
_SMOOTH_PX = 2.0
"""Colours are compared without fine detail, which never lies quite in the same place."""


def changes(pairs: Pairs, first: np.ndarray, second: np.ndarray) -> list[tuple[str, ...]]:
    """For each pair, which of `mirrored`, `colour`, `place` and `size` are not the same.

    Args:
        pairs: The pairs.
        first: Their first images: uint8 (n, height, width, channels), 0-255.
        second: Their second images, likewise.
    """
    recoloured = _recoloured(pairs, first, second) > _RECOLOURED
    found = {
        "mirrored": pairs.mirrored,
        "colour": recoloured,
        "place": np.abs(pairs.shift).max(axis=1, initial=0) > _MOVED_PX,
        "size": np.abs(pairs.stretch).max(axis=1, initial=0) > _STRETCHED,
    }
    rows = np.stack(list(found.values()), axis=1)
    return [tuple(name for name, is_so in zip(found, row, strict=True) if is_so) for row in rows]


def _recoloured(pairs: Pairs, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """How far the smoothed colours are apart: float32 (n,), root mean square, 0-255."""
    place = Placement(pairs.stretch, pairs.shift)
    n_channels = first.shape[3]
    total = np.zeros(len(pairs), dtype=np.float32)
    for channel in range(n_channels):
        a, b = (on_grid(x[..., channel].astype(np.float32), SIDE) for x in (first, second))
        taken, inside = place.apply(np.where(pairs.mirrored[:, None, None], b[:, :, ::-1], b))
        apart = smooth((a - taken) * inside, _SMOOTH_PX)
        total += (apart**2).sum(axis=(1, 2)) / inside.sum(axis=(1, 2))
    changed: np.ndarray = np.sqrt(total / n_channels)
    return changed
