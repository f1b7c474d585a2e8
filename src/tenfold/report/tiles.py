"""Images side by side on one pair of axes."""

from typing import TYPE_CHECKING

import numpy as np

from tenfold.report.palette import TITLE_PT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TILE_PITCH = 1.06
"""From one tile to the next; a tile is one unit high, whatever its size in pixels."""
CAPTIONED_PITCH = 1.28


def aspect_of(images: np.ndarray) -> float:
    """Width of an image in units of its height."""
    return float(images.shape[2] / images.shape[1])


def draw_tile(axes: "Axes", image: np.ndarray, column: float, top: float) -> None:
    """Draw a uint8 image (height, width, 1 or 3), one unit high, its pixels as sharp squares."""
    width = image.shape[1] / image.shape[0]
    left = column * TILE_PITCH * width
    axes.imshow(
        image,
        cmap="gray",
        vmin=0,
        vmax=255,
        extent=(left, left + width, top + 1, top),
        interpolation="nearest",
    )


def frame_tiles(axes: "Axes", *, columns: float, rows: float, title: str) -> None:
    """Show all tiles, the first at the top left, without ticks or a box."""
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_anchor("W")  # Beside the row names, however narrow the picture is.
    axes.set_title(title, fontsize=TITLE_PT, loc="left")
