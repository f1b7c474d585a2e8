"""Images and those most like them, a row for each."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tenfold.report.display import Display
from tenfold.report.palette import LABEL_PT, MUTED, SMALL_PT, readable
from tenfold.report.tiles import CAPTIONED_PITCH, TILE_PITCH, aspect_of, draw_tile, frame_tiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_GAP = 0.5
"""Between an image and its neighbours, in units of the height of an image."""


@dataclass(frozen=True)
class NeighbourRows(Display):
    """Each asked image, and on its right the images most like it, best first.

    Attributes:
        asked: uint8 (n, height, width, channels), 0-255.
        names: What each of them is, such as `test 17, cat`.
        neighbours: uint8 (n, k, height, width, channels), 0-255.
        captions: For each asked image the captions of its neighbours.
        title: Above the rows.
    """

    asked: np.ndarray
    names: tuple[str, ...]
    neighbours: np.ndarray
    captions: tuple[tuple[str, ...], ...]
    title: str

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        k = self.neighbours.shape[1]
        return max(5.0, 1.0 + 1.0 * (1 + k) * aspect_of(self.asked)), 0.5 + 1.35 * len(self.asked)

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`: a row for each asked image."""
        aspect, k = aspect_of(self.asked), self.neighbours.shape[1]
        for row, image in enumerate(self.asked):
            top = row * (CAPTIONED_PITCH + 0.06)
            draw_tile(axes, image, 0, top)
            _caption(axes, aspect / 2, top, self.names[row], colour="black", longest=22)
            for place, neighbour in enumerate(self.neighbours[row]):
                left = aspect * (1 + _GAP + place * TILE_PITCH)
                draw_tile(axes, neighbour, left / (TILE_PITCH * aspect), top)
                words = self.captions[row][place]
                _caption(axes, left + aspect / 2, top, words, colour=MUTED, longest=13)
        frame_tiles(
            axes,
            columns=aspect * (1 + _GAP + k * TILE_PITCH),
            rows=len(self.asked) * (CAPTIONED_PITCH + 0.06) - 0.08,
            title=self.title,
        )


def _caption(axes: "Axes", x: float, top: float, words: str, *, colour: str, longest: int) -> None:
    axes.text(
        x, top + 1.05, readable(words, longest), fontsize=LABEL_PT if longest > 13 else SMALL_PT,
        color=colour, ha="center", va="top",
    )  # fmt: skip
