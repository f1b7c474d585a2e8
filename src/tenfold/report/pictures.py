"""Pictures of a dataset: examples, first images, mean images and brightness."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.exploration import Exploration
from tenfold.report.display import Display, save_display
from tenfold.report.palette import (
    BLUE,
    LABEL_PT,
    PALE_BLUE,
    TITLE_PT,
    VERMILION,
    plain_axes,
    readable,
)
from tenfold.runs import layout

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_CLASSES = 20
"""Classes shown in one picture; more would be too small to read."""

_N_COLUMNS = 5
_TILE_PITCH = 1.06  # A tile is one unit high, whatever its size in pixels.
_CAPTIONED_PITCH = 1.28


@dataclass(frozen=True)
class ClassExamples(Display):
    """A row of example images for each class.

    Attributes:
        images: uint8 (n, height, width, channels), 0-255, of all classes.
        labels: int64 (n,), indices into `classes`.
        classes: Class names, in the order of their labels.
    """

    images: np.ndarray
    labels: np.ndarray
    classes: tuple[str, ...]

    @classmethod
    def of(cls, exploration: Exploration) -> "ClassExamples":
        """Take the examples of an exploration."""
        examples = exploration.examples
        return cls(examples.images[:], examples.labels, examples.classes)

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        shown = _shown(self.classes)
        names = 0.09 * max(len(readable(name)) for name in shown)
        return max(5.0, names + 0.6 * self._n_columns), 0.4 + 0.58 * len(shown)

    @property
    def _n_columns(self) -> int:
        return int(np.bincount(self.labels).max())

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`: one row for each class, its name on the left."""
        shown = _shown(self.classes)
        for label in range(len(shown)):
            for column, image in enumerate(self.images[self.labels == label]):
                _tile(axes, image, column, label * _TILE_PITCH)
        _frame(
            axes,
            columns=self._n_columns * _TILE_PITCH * _aspect(self.images),
            rows=len(shown) * _TILE_PITCH,
            title=f"The first {self._n_columns} training images of each class"
            + _capped(self.classes),
        )
        centres = np.arange(len(shown)) * _TILE_PITCH + 0.5
        axes.set_yticks(centres, [readable(name) for name in shown], fontsize=LABEL_PT)
        axes.tick_params(length=0)


@dataclass(frozen=True)
class CaptionedImages(Display):
    """Images in rows of five, each with a caption below it.

    Attributes:
        images: uint8 (n, height, width, channels), 0-255.
        captions: A short text for each image.
        title: What the images are.
    """

    images: np.ndarray
    captions: tuple[str, ...]
    title: str

    @classmethod
    def first(cls, exploration: Exploration) -> "CaptionedImages":
        """Take the first training images, with the names of their classes."""
        first = exploration.first
        captions = tuple(first.classes[label] for label in first.labels)
        return cls(first.images[:], captions, f"The first {len(first)} training images")

    @classmethod
    def means(cls, exploration: Exploration) -> "CaptionedImages":
        """Take the mean image of each class that has images."""
        labels = [label for label, n in enumerate(exploration.train.counts) if n]
        captions = tuple(exploration.classes[label] for label in labels)
        images = np.rint(exploration.mean_images[labels][:MOST_CLASSES]).astype(np.uint8)
        title = "The mean training image of each class" + _capped(captions)
        return cls(images, _shown(captions), title)

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        return 7.0, 0.35 + 1.66 * self._n_rows

    @property
    def _n_rows(self) -> int:
        return -(-len(self.images) // _N_COLUMNS)

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`."""
        aspect = _aspect(self.images)
        for position, (image, caption) in enumerate(zip(self.images, self.captions, strict=True)):
            row, column = divmod(position, _N_COLUMNS)
            _tile(axes, image, column, row * _CAPTIONED_PITCH)
            axes.text(
                (column * _TILE_PITCH + 0.5) * aspect,
                row * _CAPTIONED_PITCH + 1.05,
                readable(caption),
                fontsize=LABEL_PT,
                ha="center",
                va="top",
            )
        _frame(
            axes,
            columns=_N_COLUMNS * _TILE_PITCH * aspect,
            rows=self._n_rows * _CAPTIONED_PITCH - 0.08,
            title=self.title,
        )


@dataclass(frozen=True)
class AsSeen(Display):
    """Training images, and below each of them what the network sees in its place.

    Attributes:
        images: uint8 (n, height, width, channels), 0-255.
        seen: uint8 (n_epochs, n, height, width, channels): the same images, epoch by epoch.
    """

    images: np.ndarray
    seen: np.ndarray

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        return max(5.0, 0.9 + 0.8 * len(self.images) * _aspect(self.images)), 0.4 + 0.8 * (
            1 + len(self.seen)
        )

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`: a row for the images, and one for each epoch."""
        rows = (self.images, *self.seen)
        for row, images in enumerate(rows):
            for column, image in enumerate(images):
                _tile(axes, image, column, row * _TILE_PITCH)
        _frame(
            axes,
            columns=len(self.images) * _TILE_PITCH * _aspect(self.images),
            rows=len(rows) * _TILE_PITCH,
            title="Training images as they enter the network",
        )
        names = ["image", *(f"epoch {epoch}" for epoch in range(1, len(rows)))]
        axes.set_yticks(np.arange(len(rows)) * _TILE_PITCH + 0.5, names, fontsize=LABEL_PT)
        axes.tick_params(length=0)


@dataclass(frozen=True)
class Brightness(Display):
    """How bright the images of each class are.

    Attributes:
        means: float64 (n_classes,), 0-255; NaN for a class without images.
        percentiles: float64 (n_classes, 5), 0-255: the 5th, 25th, 50th, 75th and 95th.
        classes: Class names, in the order of the rows.
    """

    means: np.ndarray
    percentiles: np.ndarray
    classes: tuple[str, ...]

    @classmethod
    def of(cls, exploration: Exploration) -> "Brightness":
        """Take the brightness of an exploration."""
        return cls(
            exploration.brightness_means, exploration.brightness_percentiles, exploration.classes
        )

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        return 7.0, 1.3 + 0.3 * len(_shown(self.classes))

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`: a box for each class, the first at the top."""
        shown = _shown(self.classes)
        filled = [row for row in range(len(shown)) if not np.isnan(self.means[row])]
        names = ("whislo", "q1", "med", "q3", "whishi")
        boxes = [
            {**dict(zip(names, self.percentiles[row], strict=True)), "mean": self.means[row]}
            for row in filled
        ]
        axes.bxp(
            boxes,
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
        title = "Brightness of the training images of each class" + _capped(self.classes)
        plain_axes(
            axes,
            title=title,
            x="Mean of all values of an image (0 black, 255 white)\n"
            "Box: middle half; line: median; dot: mean; whiskers: 5th to 95th percentile",
        )
        axes.grid(visible=False, axis="y")
        axes.set_yticks(range(len(shown)), [readable(name) for name in shown], fontsize=LABEL_PT)
        axes.set_ylim(len(shown) - 0.4, -0.6)


def save_pictures(exploration: Exploration, folder: Path) -> tuple[Path, ...]:
    """Write the four pictures as PNG into `folder`, and return their paths.

    Raises:
        TenfoldError: A file cannot be written.
    """
    return (
        save_display(ClassExamples.of(exploration), folder / layout.EXAMPLES.basename),
        save_display(CaptionedImages.first(exploration), folder / layout.FIRST_IMAGES.basename),
        save_display(CaptionedImages.means(exploration), folder / layout.MEAN_IMAGES.basename),
        save_display(Brightness.of(exploration), folder / layout.BRIGHTNESS.basename),
    )


def _shown(classes: tuple[str, ...]) -> tuple[str, ...]:
    return classes[:MOST_CLASSES]


def _capped(classes: tuple[str, ...]) -> str:
    n = len(classes)
    return f" (first {MOST_CLASSES} of {n} classes)" if n > MOST_CLASSES else ""


def _aspect(images: np.ndarray) -> float:
    """Width of an image in units of its height."""
    return float(images.shape[2] / images.shape[1])


def _tile(axes: "Axes", image: np.ndarray, column: int, top: float) -> None:
    """Draw a uint8 image (height, width, 1 or 3), one unit high, its pixels as sharp squares."""
    width = image.shape[1] / image.shape[0]
    left = column * _TILE_PITCH * width
    axes.imshow(
        image,
        cmap="gray",
        vmin=0,
        vmax=255,
        extent=(left, left + width, top + 1, top),
        interpolation="nearest",
    )


def _frame(axes: "Axes", *, columns: float, rows: float, title: str) -> None:
    """Show all tiles, the first at the top left, without ticks or a box."""
    axes.set_xlim(0, columns)
    axes.set_ylim(rows, 0)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)
    axes.set_anchor("W")  # Beside the row names, however narrow the picture is.
    axes.set_title(title, fontsize=TITLE_PT, loc="left")
