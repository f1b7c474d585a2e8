"""A number of each image, class by class, as boxes: brightness, strength of colours, sharpness."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.exploration import ByClass, Exploration
from tenfold.report.display import Display, new_figure
from tenfold.report.palette import BLUE, LABEL_PT, PALE_BLUE, VERMILION, plain_axes, readable
from tenfold.report.shown_classes import capped, shown_classes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KEY = "Box: middle half; line: median; dot: mean; whiskers: 5th to 95th percentile"

_SQUARE_PT = 9
_PAD_PT = 16
"""Room between an axis and the names, for a square."""


@dataclass(frozen=True)
class ClassBoxes(Display):
    """How one number of each image is distributed in each class.

    Attributes:
        values: The number.
        classes: Class names, in the order of the rows.
        title: Above the boxes.
        x: Name of the axis, with its ends.
        colours: float (n_classes, 1 or 3), 0-255, of a square beside each name; None for none.
    """

    values: ByClass
    classes: tuple[str, ...]
    title: str
    x: str
    colours: np.ndarray | None = None

    @classmethod
    def brightness(cls, exploration: Exploration) -> "ClassBoxes":
        """Take the brightness of an exploration."""
        return cls(
            exploration.brightness,
            exploration.classes,
            "Brightness of the training images of each class" + capped(exploration.classes),
            f"Mean of all values of an image (0 black, 255 white)\n{KEY}",
        )

    @classmethod
    def sharpness(cls, exploration: Exploration) -> "ClassBoxes":
        """Take the sharpness of an exploration."""
        return cls(
            exploration.sharpness,
            exploration.classes,
            "Sharpness of the training images of each class" + capped(exploration.classes),
            f"Detail for each unit of contrast (low: blurred, high: noise)\n{KEY}",
        )

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        return 7.0, 1.3 + 0.3 * len(shown_classes(self.classes))

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`: a box for each class, the first at the top."""
        names = shown_classes(self.classes)
        means, percentiles = self.values.means, self.values.percentiles
        filled = [row for row in range(len(names)) if not np.isnan(means[row])]
        keys = ("whislo", "q1", "med", "q3", "whishi")
        axes.bxp(
            [
                {**dict(zip(keys, percentiles[row], strict=True)), "mean": means[row]}
                for row in filled
            ],
            positions=filled,
            orientation="horizontal",
            widths=0.6,
            showfliers=False,
            showmeans=True,
            patch_artist=True,
            boxprops={"facecolor": PALE_BLUE, "linewidth": 0},
            medianprops={"color": BLUE, "linewidth": 2},
            whiskerprops={"color": BLUE},
            capprops={"color": BLUE},
            meanprops={"marker": "o", "mfc": VERMILION, "mec": VERMILION, "markersize": 4},
        )
        plain_axes(axes, title=self.title, x=self.x)
        axes.grid(visible=False, axis="y")
        axes.set_yticks(range(len(names)), [readable(name) for name in names], fontsize=LABEL_PT)
        axes.set_ylim(len(names) - 0.4, -0.6)
        if self.colours is not None:
            self._squares(axes, self.colours, filled)

    @staticmethod
    def _squares(axes: "Axes", colours: np.ndarray, filled: list[int]) -> None:
        """Draw a square of each class's colour between its name and the axis."""
        from matplotlib.transforms import ScaledTranslation

        axes.tick_params(axis="y", length=0, pad=_PAD_PT)
        beside = ScaledTranslation(-_PAD_PT / 2 / 72, 0, axes.figure.dpi_scale_trans)
        for row in filled:
            axes.plot(
                0,
                row,
                marker="s",
                markersize=_SQUARE_PT,
                markerfacecolor=tuple(np.broadcast_to(colours[row] / 255, 3)),
                markeredgewidth=0,
                transform=axes.get_yaxis_transform() + beside,
                clip_on=False,
            )


def draw_colour_and_sharpness(exploration: Exploration) -> "Figure":
    """Draw colour and sharpness of each class side by side; sharpness alone for grey images."""
    sharpness = ClassBoxes.sharpness(exploration)
    if exploration.chroma is None:
        figure = new_figure(*sharpness.size_in)
        sharpness.draw(figure.add_subplot())
        return figure
    colour = ClassBoxes(
        exploration.chroma,
        exploration.classes,
        "Colours of the training images of each class" + capped(exploration.classes),
        f"Chroma: how far a pixel's channels are apart (0 grey, 255 pure)\n{KEY}\n"
        "Square: mean colour of the class",
        exploration.colours,
    )
    width, height = colour.size_in
    figure = new_figure(1.8 * width, height + 0.2)
    left, right = figure.subplots(1, 2)
    colour.draw(left)
    sharpness.draw(right)
    return figure
