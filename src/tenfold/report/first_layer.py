"""What the first layer's units look for, as pictures."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tenfold.report.display import Display
from tenfold.report.palette import LABEL_PT, MUTED, TITLE_PT

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_N_COLUMNS = 8
_PITCH = 1.1  # A picture is one unit high, whatever its size in pixels.


@dataclass(frozen=True)
class FirstLayerPictures(Display):
    """The weights of units as pictures, each scaled to its own largest weight.

    Attributes:
        pictures: float32 (n, height, width, channels), with 1 channel (grey) or 3 (RGB).
        boxes: int64 (n, 4): first row, first column, rows and columns of the pixels that each unit
            sees.
        n_units: How many units the layer has.
    """

    pictures: np.ndarray
    boxes: np.ndarray
    n_units: int

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        columns, rows = self._grid
        return max(6.4, 0.3 + 1.0 * columns * self._aspect), 0.9 + 1.0 * rows

    @property
    def _grid(self) -> tuple[int, int]:
        """Columns and rows."""
        n = len(self.pictures)
        return min(_N_COLUMNS, max(1, n)), max(1, -(-n // _N_COLUMNS))

    @property
    def _aspect(self) -> float:
        """Width of a picture in units of its height."""
        return float(self.pictures.shape[2] / self.pictures.shape[1])

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`: rows of eight, each in a frame as large as the image."""
        from matplotlib.patches import Rectangle

        (columns, rows), aspect = self._grid, self._aspect
        for i, (picture, box) in enumerate(zip(self.pictures, self.boxes, strict=True)):
            row, column = divmod(i, _N_COLUMNS)
            left, top = column * _PITCH * aspect, row * _PITCH
            extent = (left, left + aspect, top + 1, top)
            axes.imshow(_visible(picture, box), extent=extent, interpolation="nearest")
            axes.add_patch(
                Rectangle((left, top), aspect, 1, fill=False, edgecolor=MUTED, linewidth=0.5)
            )
        axes.set_xlim(-0.02, columns * _PITCH * aspect)
        axes.set_ylim(rows * _PITCH - 0.08, -0.02)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        axes.set_anchor("W")
        n = len(self.pictures)
        which = f"{n} strongest of the {self.n_units:,}" if n < self.n_units else f"{n}"
        axes.set_title(
            f"The {which} units of the first layer, each scaled to its own largest weight",
            fontsize=TITLE_PT,
            loc="left",
        )
        sees_all = (self.boxes[:, 2:] == self.pictures.shape[1:3]).all()
        axes.set_xlabel(
            "Light: the unit looks for high values there; dark: for low values; medium grey: no "
            "weight." + ("" if sees_all else "\nWhite: pixels that the unit does not see."),
            fontsize=LABEL_PT,
            color=MUTED,
            loc="left",
        )


def _visible(picture: np.ndarray, box: np.ndarray) -> np.ndarray:
    """A unit as uint8 (height, width, 3): 128 for no weight; white outside its box."""
    largest = np.abs(picture).max() or 1.0
    levels = np.rint(128 + 127 * picture / largest).astype(np.uint8)
    top, left, height, width = box
    seen = np.s_[top : top + height, left : left + width]
    shown = np.full((*picture.shape[:2], 3), 255, np.uint8)
    shown[seen] = levels[seen]  # One channel becomes three.
    return shown
