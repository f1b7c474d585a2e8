"""All test images side by side in one picture, from which the page cuts each image."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from tenfold.core.images import ImageSet

MOST_PIXELS = 12_000_000
"""Of all images together: CIFAR-10's 10,000 test images have 10.2 million."""
SIDES_PX = (64, 48, 32)
"""The largest side of an image on the sheet, as far as all images fit."""
QUALITY = 75
BLOCK_PX = 8
"""JPEG compresses squares of this size; images at multiples of it do not run into each other."""


@dataclass(frozen=True)
class Sheet:
    """A picture of many images, row by row.

    Attributes:
        jpeg: The picture.
        positions: int64 (m,), the images on it, as positions in their set; ascending.
        side_px: Pixels from one image to the next.
        shape: Height and width of each image in pixels.
        n_columns: Images in a row.
    """

    jpeg: bytes
    positions: np.ndarray
    side_px: int
    shape: tuple[int, int]
    n_columns: int

    def facts(self) -> dict[str, Any]:
        """What is needed to cut images out, as plain values."""
        return {
            "positions": self.positions.tolist(),
            "side_px": self.side_px,
            "height_px": self.shape[0],
            "width_px": self.shape[1],
            "n_columns": self.n_columns,
        }


def contact_sheet(images: ImageSet) -> Sheet:
    """Put images on one sheet; large ones are made smaller.

    If there are too many, every second, third, or so, is taken.

    Args:
        images: At least one.
    """
    from PIL import Image

    height, width, channels = images.shape
    n = len(images)
    longest = next((side for side in SIDES_PX if n * side**2 <= MOST_PIXELS), SIDES_PX[-1])
    scale = min(1.0, longest / max(height, width))
    small = max(1, round(height * scale)), max(1, round(width * scale))
    side = -(-max(small) // BLOCK_PX) * BLOCK_PX
    step = max(1, -(-n * side**2 // MOST_PIXELS))
    positions = np.arange(0, n, step)
    n_columns = max(1, round(len(positions) ** 0.5))
    n_rows = -(-len(positions) // n_columns)
    sheet = np.zeros((n_rows, side, n_columns, side, channels), np.uint8)
    for number, position in enumerate(positions):
        image = images.images[int(position)]
        if scale < 1:
            grey = image[:, :, 0] if channels == 1 else image
            resized = Image.fromarray(grey).resize(small[::-1], Image.Resampling.BOX)
            image = np.asarray(resized).reshape(*small, channels)
        row, column = divmod(number, n_columns)
        sheet[row, : small[0], column, : small[1]] = image
    whole = sheet.reshape(n_rows * side, n_columns * side, channels)
    file = io.BytesIO()
    Image.fromarray(whole[:, :, 0] if channels == 1 else whole[:, :, :3]).save(
        file, "JPEG", quality=QUALITY, subsampling=0
    )
    return Sheet(file.getvalue(), positions, side, small, n_columns)
