"""Mistakes, each with a map of the pixels that mattered for it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.predictions import Predictions
from tenfold.core.text import percent
from tenfold.report.display import Display
from tenfold.report.palette import LABEL_PT, MUTED, TITLE_PT, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_N_COLUMNS = 2
_MAP = "PuOr"
"""Matplotlib's name of a map with two hues that colour-blind readers can tell apart."""


@dataclass(frozen=True)
class OcclusionMaps(Display):
    """Misclassified images, and beside each what mattered for its predicted class.

    Attributes:
        images: uint8 (n, height, width, channels), with 1 channel (grey) or 3 (RGB).
        maps: float32 (n, height, width), the drop of the predicted class's probability where the
            image is covered.
        predictions: Those of the same n images, in the same order.
    """

    images: np.ndarray
    maps: np.ndarray
    predictions: Predictions

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        return 8.0, 0.9 + 2.1 * self._n_rows

    @property
    def _n_rows(self) -> int:
        return max(1, -(-len(self.images) // _N_COLUMNS))

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`: two mistakes in a row, each an image and its map."""
        n = len(self.images)
        which = f"The {n} most confident mistakes" if n > 1 else "The only mistake"
        axes.set_title(
            f"{which} on test images: which pixels mattered", fontsize=TITLE_PT, loc="left"
        )
        axes.set_xlabel(
            "Orange: covering this place lowers the probability of the (wrong) predicted class; "
            "purple: it raises it.\nEach map is scaled to its own largest change, which stands "
            "below it.",
            fontsize=LABEL_PT,
            color=MUTED,
            loc="left",
        )
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        width, height = 1 / _N_COLUMNS, 1 / self._n_rows
        for i in range(len(self.images)):
            row, column = divmod(i, _N_COLUMNS)
            left, bottom = column * width, 1 - (row + 1) * height
            for half in range(2):
                box = (
                    left + half * 0.47 * width,
                    bottom + 0.14 * height,
                    0.43 * width,
                    0.7 * height,
                )
                (self._plot_map if half else self._plot_image)(i, axes.inset_axes(box))

    def _plot_image(self, i: int, axes: "Axes") -> None:
        found = self.predictions
        actual = readable(found.classes[int(found.truth[i])], longest=14)
        axes.imshow(self.images[i], cmap="gray", vmin=0, vmax=255)  # RGB ignores the map.
        axes.set_title(f"actual: {actual}", fontsize=LABEL_PT, pad=4)
        _plain(axes)

    def _plot_map(self, i: int, axes: "Axes") -> None:
        found = self.predictions
        predicted = readable(found.classes[int(found.predicted[i])], longest=14)
        confidence = percent(float(found.confidence[i]), decimals=0)
        largest = float(np.abs(self.maps[i]).max())
        axes.imshow(self.maps[i], cmap=f"{_MAP}_r", vmin=-(largest or 1), vmax=largest or 1)
        axes.set_title(f"predicted: {predicted}, {confidence}", fontsize=LABEL_PT, pad=4)
        axes.set_xlabel(
            f"change of up to {100 * largest:.1f} points", fontsize=LABEL_PT, labelpad=3
        )
        _plain(axes)


def _plain(axes: "Axes") -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
