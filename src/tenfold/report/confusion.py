"""The confusion matrix as a heat map."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tenfold.measure.confusion import grouped, most_confused_classes, row_shares
from tenfold.report.display import Display
from tenfold.report.palette import (
    LABEL_PT,
    SEQUENTIAL,
    SMALL_PT,
    plain_axes,
    readable,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_NUMBERED = 20
"""With more classes, cells are too small for numbers."""
MOST_DRAWN = 40
"""With more classes, only the most confused ones are drawn, and all others as one."""

_MOST_CELLS_IN = 14.0
_DARK = 0.7
"""Above this share of the colour map, white text is easier to read than black."""
_CHARACTER_IN = 0.07
"""Mean width of a character at the size of the names."""


@dataclass(frozen=True)
class ConfusionMap(Display):
    """A confusion matrix that draws itself.

    Attributes:
        counts: int64 (n, n): rows are actual classes, columns predicted.
        classes: Their names, in label order.
        shares: Draw each row in percent of its sum in place of counts.
        title: What is drawn.
    """

    counts: np.ndarray
    classes: Sequence[str]
    shares: bool = False
    title: str = "Confusion"

    @classmethod
    def of(
        cls, counts: np.ndarray, classes: Sequence[str], *, shares: bool = False
    ) -> "ConfusionMap":
        """Take a whole matrix; if there are very many classes, only the most confused ones."""
        if len(classes) <= MOST_DRAWN:
            return cls(counts, classes, shares)
        shown = most_confused_classes(counts, MOST_NUMBERED - 1)
        others = f"the other {len(classes) - len(shown):,}"
        return cls(
            grouped(counts, shown),
            (*(classes[label] for label in shown.tolist()), others),
            shares,
            title=f"The {len(shown)} most confused of {len(classes):,} classes",
        )

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches: the cells, and room for the longest name beside them."""
        n = len(self.classes)
        cells = min(_MOST_CELLS_IN, (0.48 if self._numbered else 0.2) * n)
        name = _CHARACTER_IN * max(map(len, self._names))
        bar = 0.0 if self._numbered else 0.9
        return max(4.5, cells + name + 0.7 + bar), cells + 0.7 * name + 1.0

    @property
    def _numbered(self) -> bool:
        return len(self.classes) <= MOST_NUMBERED

    @property
    def _names(self) -> list[str]:
        names = [readable(name, longest=20) for name in self.classes]
        if len(set(names)) == len(names):
            return names
        return [readable(name, longest=40) for name in self.classes]

    def draw(self, axes: "Axes") -> None:
        """Draw the map on `axes`."""
        values = 100 * row_shares(self.counts) if self.shares else self.counts
        full = 100 if self.shares else max(1, int(self.counts.max(initial=0)))
        unit = "% of the actual class's images" if self.shares else "number of images"
        plain_axes(axes, title=f"{self.title}: {unit}", x="Predicted class", y="Actual class")
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        image = axes.imshow(values, cmap=SEQUENTIAL, vmin=0, vmax=full)
        places, names = range(len(self.classes)), self._names
        axes.set_xticks(places, names, rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(places, names)
        axes.tick_params(labelsize=SMALL_PT if self._numbered else SMALL_PT - 2, length=2)
        if self._numbered:
            self._write_numbers(axes, values, full)
        elif (figure := axes.get_figure(root=True)) is not None:
            bar = figure.colorbar(image, ax=axes, shrink=0.6, aspect=30, pad=0.02)
            bar.set_label(unit, fontsize=LABEL_PT)
            bar.ax.tick_params(labelsize=SMALL_PT)

    def _write_numbers(self, axes: "Axes", values: np.ndarray, full: int) -> None:
        size = SMALL_PT if len(self.classes) <= 12 else SMALL_PT - 2
        for (row, column), value in np.ndenumerate(values):
            axes.text(
                column, row, f"{value:,.0f}", ha="center", va="center", fontsize=size,
                color="white" if value > _DARK * full else "black",
                in_layout=False,  # It lies within the map; measuring 400 of them takes a second.
            )  # fmt: skip
