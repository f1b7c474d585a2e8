"""What a dataset holds, as numbers and small pictures."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tenfold.core.appearance import Appearance
from tenfold.core.images import ImageSet, Shape

PERCENTILES = (5, 25, 50, 75, 95)


@dataclass(frozen=True)
class SetSummary:
    """Facts of the training or the test images.

    Attributes:
        n: Number of images.
        dtype: Type of a pixel value, such as `uint8`.
        lowest: Smallest pixel value, in 0..255; None without images.
        highest: Largest pixel value, in 0..255; None without images.
        counts: Images of each class, in label order.
    """

    n: int
    dtype: str
    lowest: int | None
    highest: int | None
    counts: tuple[int, ...]


@dataclass(frozen=True)
class ByClass:
    """How a number of each image is distributed in each class; NaN for a class without images.

    Attributes:
        means: float64 (n_classes,).
        percentiles: float64 (n_classes, 5): the 5th, 25th, 50th, 75th and 95th percentile.
    """

    means: np.ndarray
    percentiles: np.ndarray

    def to_dict(self, classes: tuple[str, ...]) -> dict[str, dict[str, float] | None]:
        """The values of each class by name; None for a class without images."""
        names = ("mean", *(f"p{each}" for each in PERCENTILES))
        rows = np.column_stack([self.means, self.percentiles]).tolist()
        return {
            name: None if np.isnan(row[0]) else dict(zip(names, row, strict=True))
            for name, row in zip(classes, rows, strict=True)
        }


@dataclass(frozen=True)
class Exploration:
    """Everything that exploring finds out about a dataset.

    Brightness is the mean of all values of one image, so 0 is black and 255 is white.
    Everything but `test` is computed on the training images alone.

    Attributes:
        name: The dataset's name.
        classes: Class names, in the order of their labels.
        shape: Height and width in pixels, then channels.
        train: Facts of the training images.
        test: Facts of the test images.
        batch_counts: For each training batch, its images of each class; empty if not in batches.
        channel_means: Mean of each channel, in 0..255.
        channel_deviations: Standard deviation of each channel's values, in 0..255.
        mean_images: float32 (n_classes, height, width, channels), 0-255; NaN for an empty class.
        appearance: How the training images look as a whole.
        brightness: Of each class, 0-255.
        chroma: How strong the colours of each class are, 0-255: how far the channels of a pixel are
            apart, in the mean over an image. None for grey images.
        sharpness: Of each class, above 0: mean absolute Laplacian of an image's luminances, divided
            by their standard deviation. Low for blurred images, high for noise.
        example_positions: int64 (m,), the first ten training images of each class, class by class.
        examples: The images at `example_positions`.
        first: The first ten training images.
    """

    name: str
    classes: tuple[str, ...]
    shape: Shape
    train: SetSummary
    test: SetSummary
    batch_counts: tuple[tuple[int, ...], ...]
    channel_means: tuple[float, ...]
    channel_deviations: tuple[float, ...]
    mean_images: np.ndarray
    appearance: Appearance
    brightness: ByClass
    chroma: ByClass | None
    sharpness: ByClass
    example_positions: np.ndarray
    examples: ImageSet
    first: ImageSet

    @property
    def colours(self) -> np.ndarray:
        """The mean of each channel over all images of a class: float32 (n_classes, channels)."""
        means: np.ndarray = self.mean_images.mean(axis=(1, 2))
        return means

    def to_dict(self) -> dict[str, Any]:
        """Everything but the pictures, as values that JSON can hold."""
        height, width, channels = self.shape
        return {
            "name": self.name,
            "classes": list(self.classes),
            "shape": {"height_px": height, "width_px": width, "channels": channels},
            "train": self._set_to_dict(self.train),
            "test": self._set_to_dict(self.test),
            "train_batches": [
                {"n": sum(counts), "per_class": self._by_class(counts)}
                for counts in self.batch_counts
            ],
            "channels_0_to_255": {
                "mean": list(self.channel_means),
                "deviation": list(self.channel_deviations),
            },
            "appearance": asdict(self.appearance),
            "brightness_0_to_255": self.brightness.to_dict(self.classes),
            "colour_0_to_255": {
                name: None if np.isnan(colour[0]) else colour
                for name, colour in zip(self.classes, self.colours.tolist(), strict=True)
            },
            "chroma_0_to_255": self.chroma and self.chroma.to_dict(self.classes),
            "sharpness": self.sharpness.to_dict(self.classes),
            "examples": {
                name: self.example_positions[self.examples.labels == label].tolist()
                for label, name in enumerate(self.classes)
            },
        }

    def _set_to_dict(self, summary: SetSummary) -> dict[str, Any]:
        return {
            "n": summary.n,
            "dtype": summary.dtype,
            "lowest": summary.lowest,
            "highest": summary.highest,
            "per_class": self._by_class(summary.counts),
        }

    def _by_class(self, counts: tuple[int, ...]) -> dict[str, int]:
        return dict(zip(self.classes, counts, strict=True))
