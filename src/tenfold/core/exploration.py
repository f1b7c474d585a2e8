"""What a dataset holds, as numbers and small pictures."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tenfold.core.appearance import Appearance
from tenfold.core.images import ImageSet, Shape


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
        brightness_means: float64 (n_classes,), 0-255; NaN for an empty class.
        brightness_percentiles: float64 (n_classes, 5), 0-255: the 5th, 25th, 50th, 75th and
            95th percentile of the class's brightness; NaN for an empty class.
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
    brightness_means: np.ndarray
    brightness_percentiles: np.ndarray
    example_positions: np.ndarray
    examples: ImageSet
    first: ImageSet

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
            "brightness_0_to_255": {
                name: self._brightness_to_dict(label) for label, name in enumerate(self.classes)
            },
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

    def _brightness_to_dict(self, label: int) -> dict[str, float] | None:
        if not self.train.counts[label]:
            return None
        percentiles = self.brightness_percentiles[label].tolist()
        names = ("p5", "p25", "p50", "p75", "p95")
        return {
            "mean": float(self.brightness_means[label]),
            **dict(zip(names, percentiles, strict=True)),
        }
