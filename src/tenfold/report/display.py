"""Displays: objects that hold finished numbers and draw them; and how drawings become files.

Figures are made with Matplotlib's objects, not with pyplot, so there is no global state and no
window. The only exception is `plot()` without axes.
"""

import io
import logging
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenfold.report.palette import DPI
from tenfold.runs.files import written_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class Display(ABC):
    """An object that holds finished numbers, draws them, and knows its size in inches.

    In a notebook, a display shows itself.
    """

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        return 6.4, 4.2

    @abstractmethod
    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`."""

    def plot(self, axes: "Axes | None" = None) -> "Axes":
        """Draw on `axes` and return them; without any, on a new figure, which a notebook shows."""
        if axes is None:
            with _without_advice():
                from matplotlib import pyplot

            figure = pyplot.figure(figsize=self.size_in, dpi=DPI, layout="constrained")
            axes = figure.add_subplot()
        self.draw(axes)
        return axes

    def _repr_png_(self) -> bytes:
        image = io.BytesIO()
        _write_png(draw_display(self), image)
        return image.getvalue()


def new_figure(width_in: float, height_in: float) -> "Figure":
    """Make an empty white figure of that many inches, whose parts do not overlap."""
    with _without_advice():
        from matplotlib.figure import Figure

    return Figure(figsize=(width_in, height_in), dpi=DPI, layout="constrained", facecolor="white")


def draw_display(display: Display) -> "Figure":
    """Draw `display` on a figure of its own."""
    figure = new_figure(*display.size_in)
    display.draw(figure.add_subplot())
    return figure


def save_display(display: Display, path: Path) -> Path:
    """Draw `display` on a figure of its own, write it as PNG to `path`, and return `path`.

    Raises:
        TenfoldError: The file cannot be written.
    """
    return save_figure(draw_display(display), path)


def save_figure(figure: "Figure", path: Path) -> Path:
    """Write `figure` as PNG to `path`, whole or not at all, and return `path`.

    Its folder is made where there is none.

    Raises:
        TenfoldError: The file cannot be written.
    """
    with written_whole(path, in_new_folder=True) as part:
        _write_png(figure, part)
    return path


@contextmanager
def _without_advice() -> Iterator[None]:
    """Import Matplotlib without its warning about font caches if there is no home folder."""
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def _write_png(figure: "Figure", file: Path | io.BytesIO) -> None:
    """Write `figure` as PNG, the same bytes each time."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    with warnings.catch_warnings():
        # A class name in a script that the font lacks is drawn as boxes; a run need not warn of it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        # Without the version of Matplotlib, so that the same figure gives the same bytes. `savefig`
        # would draw everything twice, to the same pixels.
        canvas: Any = FigureCanvasAgg(figure)  # Its method has no types.
        canvas.print_png(file, metadata={"Software": None})
