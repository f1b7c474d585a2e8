"""Pictures of a dataset: examples, first images, mean images, and numbers class by class."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.exploration import Exploration
from tenfold.report.by_class import ClassBoxes, draw_colour_and_sharpness
from tenfold.report.display import Display, save_display, save_figure
from tenfold.report.palette import (
    LABEL_PT,
    readable,
)
from tenfold.report.shown_classes import capped, shown_classes
from tenfold.report.tiles import (
    CAPTIONED_PITCH,
    TILE_PITCH,
    aspect_of,
    draw_tile,
    frame_tiles,
)
from tenfold.runs import layout

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_N_COLUMNS = 5


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
        shown = shown_classes(self.classes)
        names = 0.09 * max(len(readable(name)) for name in shown)
        return max(5.0, names + 0.6 * self._n_columns), 0.4 + 0.58 * len(shown)

    @property
    def _n_columns(self) -> int:
        return int(np.bincount(self.labels).max())

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`: one row for each class, its name on the left."""
        shown = shown_classes(self.classes)
        for label in range(len(shown)):
            for column, image in enumerate(self.images[self.labels == label]):
                draw_tile(axes, image, column, label * TILE_PITCH)
        frame_tiles(
            axes,
            columns=self._n_columns * TILE_PITCH * aspect_of(self.images),
            rows=len(shown) * TILE_PITCH,
            title=f"The first {self._n_columns} training images of each class"
            + capped(self.classes),
        )
        centres = np.arange(len(shown)) * TILE_PITCH + 0.5
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
        shown = shown_classes(captions)
        images = np.rint(exploration.mean_images[labels[: len(shown)]]).astype(np.uint8)
        title = "The mean training image of each class" + capped(captions)
        return cls(images, shown, title)

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        return 7.0, 0.35 + 1.66 * self._n_rows

    @property
    def _n_rows(self) -> int:
        return -(-len(self.images) // _N_COLUMNS)

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`."""
        aspect = aspect_of(self.images)
        for position, (image, caption) in enumerate(zip(self.images, self.captions, strict=True)):
            row, column = divmod(position, _N_COLUMNS)
            draw_tile(axes, image, column, row * CAPTIONED_PITCH)
            axes.text(
                (column * TILE_PITCH + 0.5) * aspect,
                row * CAPTIONED_PITCH + 1.05,
                readable(caption),
                fontsize=LABEL_PT,
                ha="center",
                va="top",
            )
        frame_tiles(
            axes,
            columns=_N_COLUMNS * TILE_PITCH * aspect,
            rows=self._n_rows * CAPTIONED_PITCH - 0.08,
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
        return max(5.0, 0.9 + 0.8 * len(self.images) * aspect_of(self.images)), 0.4 + 0.8 * (
            1 + len(self.seen)
        )

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`: a row for the images, and one for each epoch."""
        rows = (self.images, *self.seen)
        for row, images in enumerate(rows):
            for column, image in enumerate(images):
                draw_tile(axes, image, column, row * TILE_PITCH)
        frame_tiles(
            axes,
            columns=len(self.images) * TILE_PITCH * aspect_of(self.images),
            rows=len(rows) * TILE_PITCH,
            title="Training images as they enter the network",
        )
        names = ["image", *(f"epoch {epoch}" for epoch in range(1, len(rows)))]
        axes.set_yticks(np.arange(len(rows)) * TILE_PITCH + 0.5, names, fontsize=LABEL_PT)
        axes.tick_params(length=0)


def save_pictures(exploration: Exploration, folder: Path) -> tuple[Path, ...]:
    """Write the five pictures as PNG into `folder`, and return their paths.

    Raises:
        TenfoldError: A file cannot be written.
    """
    return (
        save_display(ClassExamples.of(exploration), folder / layout.EXAMPLES.basename),
        save_display(CaptionedImages.first(exploration), folder / layout.FIRST_IMAGES.basename),
        save_display(CaptionedImages.means(exploration), folder / layout.MEAN_IMAGES.basename),
        save_display(ClassBoxes.brightness(exploration), folder / layout.BRIGHTNESS.basename),
        save_figure(
            draw_colour_and_sharpness(exploration), folder / layout.COLOUR_AND_SHARPNESS.basename
        ),
    )
