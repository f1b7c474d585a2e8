"""The colours and text sizes that every plot shares."""

from typing import TYPE_CHECKING

from tenfold.core.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
BLACK = "#000000"
PALE_BLUE = "#A6CCE2"

SERIES = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK)
"""Colours of lines and bars, in the order they are used; yellow is too pale for a line.

Source: M. Okabe and K. Ito, Color Universal Design, 2008 (safe for colour-blind readers).
"""

GRID = "#D9D9D9"
MUTED = "#595959"
"""Grey of secondary text; its contrast with white is 7:1."""

SEQUENTIAL = "Blues"
"""Matplotlib's name of the map from few to many: one hue, ever darker, also in grey print."""

DPI = 150
TITLE_PT = 11
LABEL_PT = 9
SMALL_PT = 8


def plain_axes(axes: "Axes", *, title: str, x: str = "", y: str = "") -> "Axes":
    """Give `axes` a title on the left, named axes, no box, and a pale grid behind the data."""
    axes.set_title(title, fontsize=TITLE_PT, loc="left")
    axes.set_xlabel(x, fontsize=LABEL_PT)
    axes.set_ylabel(y, fontsize=LABEL_PT)
    axes.tick_params(labelsize=SMALL_PT)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    return axes


def readable(name: str, longest: int = 16) -> str:
    """Shorten a class name to `longest` characters and keep `$` from starting a formula.

    The middle is left out, as long names often differ only at their end.
    """
    if len(name) > longest:
        end = longest // 2
        name = name[: longest - end - 1] + "…" + name[-end:]
    return printable(name).replace("$", r"\$")
