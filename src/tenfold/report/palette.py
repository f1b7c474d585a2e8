"""The colours, text sizes and file format that every plot shares.

Figures are made with Matplotlib's objects, never with pyplot: no global state, no window.
"""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tenfold.core.files import written_whole
from tenfold.report.text import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
PURPLE = "#CC79A7"
SKY = "#56B4E9"
YELLOW = "#F0E442"
BLACK = "#000000"
PALE_BLUE = "#A6CCE2"

SERIES = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, BLACK)
"""Colours of lines and bars, in the order they are used; yellow is too pale for a line.

Source: M. Okabe and K. Ito, Color Universal Design, 2008 (safe for colour-blind readers).
"""

GRID = "#D9D9D9"
MUTED = "#595959"
"""Grey of secondary text; 7:1 against white."""

SEQUENTIAL = "Blues"
"""Matplotlib's name of the map from few to many: one hue, ever darker, also in grey print."""

DPI = 150
TITLE_PT = 11
LABEL_PT = 9
SMALL_PT = 8


def new_figure(width_in: float, height_in: float) -> "Figure":
    """Make an empty white figure of that many inches, whose parts keep out of each other's way."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in), dpi=DPI, layout="constrained", facecolor="white")


def save_figure(figure: "Figure", path: Path) -> Path:
    """Write `figure` as PNG to `path`, whole or not at all, and return `path`.

    Raises:
        TenfoldError: The file cannot be written.
    """
    with written_whole(path) as part, warnings.catch_warnings():
        # A class name in a script that the font lacks shows as boxes; that is no fault of the run.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        # Without the version of Matplotlib, so that the same figure gives the same bytes.
        figure.savefig(part, format="png", metadata={"Software": None})
    return path


class Display(Protocol):
    """Finished numbers that know how to draw themselves, and how large they like to be."""

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""

    def plot(self, axes: "Axes") -> "Axes":
        """Draw on `axes` and return them."""


def draw_display(display: Display) -> "Figure":
    """Draw `display` on a figure of its own."""
    figure = new_figure(*display.size_in)
    display.plot(figure.add_subplot())
    return figure


def save_display(display: Display, path: Path) -> Path:
    """Draw `display` on a figure of its own, write it as PNG to `path`, and return `path`.

    Raises:
        TenfoldError: The file cannot be written.
    """
    return save_figure(draw_display(display), path)


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
