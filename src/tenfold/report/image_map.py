"""A map of images in two dimensions: dots by class, and beside it the images themselves."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.image_map import ImageMap
from tenfold.report.display import Display, new_figure
from tenfold.report.palette import (
    GRID,
    LABEL_PT,
    SERIES,
    SMALL_PT,
    TITLE_PT,
    plain_axes,
    readable,
)
from tenfold.report.shown_classes import MOST_CLASSES, shown_classes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MARKERS = ("o", "^", "s")
"""A colour has each of them in turn, so that 21 classes differ."""
_LAYERS = 8
"""Dots are drawn in so many layers, each with all classes: no class lies on top of the others."""
_DOT_AREA_PT2 = 9
_CELLS = 22
"""Images side by side at most: each is as large as in the pictures of examples."""
_MARGIN = 0.04
_NAME_SIZE = (0.16, 0.04)
"""Room for a name, as shares of the map's width and height."""


@dataclass(frozen=True)
class DotMap(Display):
    """A dot for each image at its place, in the colour and shape of its class.

    Attributes:
        found: The places.
        labels: int64 (n,), indices into `classes`.
        classes: Class names, in the order of their labels.
        title: Above the map.
    """

    found: ImageMap
    labels: np.ndarray
    classes: tuple[str, ...]
    title: str

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`: classes beyond the twentieth as pale dots."""
        places, named = self.found.places, shown_classes(self.classes)
        others = self.labels >= len(named)
        if others.any():
            _dots(axes, places[others], GRID, "o")
        order = np.random.default_rng(0).permutation(np.flatnonzero(~others))
        for layer in np.array_split(order, _LAYERS):
            for shape, marker in enumerate(_MARKERS):
                group = layer[self.labels[layer] // len(SERIES) == shape]
                colours = [SERIES[label % len(SERIES)] for label in self.labels[group]]
                if len(group):
                    _dots(axes, places[group], colours, marker)
        for label in sorted(set(self.labels[order].tolist())):
            axes.scatter(
                [],
                [],
                s=3 * _DOT_AREA_PT2,
                c=SERIES[label % len(SERIES)],
                marker=_MARKERS[label // len(SERIES)],
                label=readable(self.classes[label]),
            )
        if others.any():
            n = len(self.classes) - MOST_CLASSES
            axes.scatter([], [], s=3 * _DOT_AREA_PT2, c=GRID, label=f"the other {n}")
        _square(axes, self.found, self.title)
        axes.legend(
            loc="upper left",
            bbox_to_anchor=(1.0, 1.0),
            fontsize=SMALL_PT,
            frameon=False,
            handletextpad=0.1,
            borderaxespad=0,
        )
        self._name_groups(axes, len(named))

    def _name_groups(self, axes: "Axes", n_named: int) -> None:
        """Write the name of a class at its middle, unless another name is there."""
        from matplotlib.patheffects import withStroke

        low, high = self.found.places.min(axis=0), self.found.places.max(axis=0)
        taken: list[np.ndarray] = []
        halo = [withStroke(linewidth=3, foreground="white")]
        for label in range(n_named):
            members = self.found.places[self.labels == label]
            if not len(members):
                continue
            middle = np.median(members, axis=0)
            place = (middle - low) / np.maximum(high - low, 1e-6)
            if any((np.abs(place - each) < _NAME_SIZE).all() for each in taken):
                continue
            taken.append(place)
            axes.annotate(
                readable(self.classes[label]), middle, fontsize=LABEL_PT, weight="bold",
                ha="center", va="center", path_effects=halo,
            )  # fmt: skip


@dataclass(frozen=True)
class PictureMap(Display):
    """The images themselves at their places, none on top of another.

    The plane is divided into squares; in each, the image nearest to its centre is shown.

    Attributes:
        found: The places.
        images: uint8 (n, height, width, channels), 0-255.
    """

    found: ImageMap
    images: np.ndarray

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`."""
        _square(axes, self.found, "The same with one image for each square")
        (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
        size = (right - left) / _CELLS, (top - bottom) / _CELLS
        height, width = self.images.shape[1:3]
        gap = max(1, min(height, width) // 16)  # Images do not run into each other.
        sheet = np.zeros((_CELLS, height + gap, _CELLS, width + gap, 4), np.uint8)  # Transparent.
        for column, row, at in in_cells(self.found.places, (left, bottom), size):
            cell = sheet[_CELLS - 1 - row, :height, column, :width]
            cell[..., :3] = self.images[at][..., :3]
            cell[..., 3] = 255
        axes.imshow(
            sheet.reshape(_CELLS * (height + gap), -1, 4),
            extent=(left, right, bottom, top),
            interpolation="auto",
            aspect="auto",
            zorder=2,
        )
        axes.set_xlim(left, right)
        axes.set_ylim(bottom, top)


def in_cells(
    places: np.ndarray, corner: tuple[float, float], size: tuple[float, float]
) -> list[tuple[int, int, int]]:
    """The image nearest to the centre of each cell: column, row, and which image.

    Args:
        places: float64 (n, 2).
        corner: The lowest x and y of the first cell.
        size: Width and height of a cell.
    """
    scaled = (places - corner) / size
    cells = np.floor(scaled).astype(np.int64)
    away = ((scaled - cells - 0.5) ** 2).sum(axis=1)
    nearest: dict[tuple[int, int], int] = {}
    for at in np.argsort(-away, kind="stable").tolist():  # The nearest comes last, and stays.
        column, row = cells[at].tolist()
        nearest[column, row] = at
    return [(column, row, at) for (column, row), at in sorted(nearest.items())]


def draw_map(
    found: ImageMap, images: np.ndarray, labels: np.ndarray, classes: tuple[str, ...], title: str
) -> "Figure":
    """Draw the dots and the images side by side.

    Args:
        found: The places of n images.
        images: uint8 (n, height, width, channels), 0-255.
        labels: int64 (n,), indices into `classes`.
        classes: Class names, in the order of their labels.
        title: Above the dots.
    """
    figure = new_figure(12.4, 5.9)
    left, right = figure.subplots(1, 2)
    DotMap(found, labels, classes, title).draw(left)
    PictureMap(found, images).draw(right)
    return figure


def _dots(axes: "Axes", places: np.ndarray, colours: str | list[str], marker: str) -> None:
    axes.scatter(
        places[:, 0], places[:, 1], s=_DOT_AREA_PT2, c=colours, marker=marker, linewidths=0,
        alpha=0.8,
    )  # fmt: skip


def _square(axes: "Axes", found: ImageMap, title: str) -> None:
    """Name the axes, leave a margin, and give both panels the same square frame."""
    first, second = found.axes
    plain_axes(axes, title=title, x=first[0].upper() + first[1:], y=second[0].upper() + second[1:])
    axes.title.set_fontsize(TITLE_PT)
    low, high = found.places.min(axis=0), found.places.max(axis=0)
    margin = _MARGIN * np.maximum(high - low, 1e-6)
    axes.set_xlim(low[0] - margin[0], high[0] + margin[0])
    axes.set_ylim(low[1] - margin[1], high[1] + margin[1])
    axes.set_box_aspect(1)
