"""Actual against predicted class, image by image."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.predictions import Predictions
from tenfold.core.rows import Rows
from tenfold.core.text import percent
from tenfold.report.display import Display
from tenfold.report.palette import (
    BLUE,
    LABEL_PT,
    MUTED,
    TITLE_PT,
    VERMILION,
    readable,
)
from tenfold.report.text import text_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

IN_A_ROW = 5


@dataclass(frozen=True)
class PredictionStrip(Display):
    """Images, each with its actual class above and its predicted class below.

    Attributes:
        images: uint8 (n, height, width, channels), 0-255, with 1 channel (grey) or 3 (RGB).
        predictions: Those of the same n images, in the same order.

    Raises:
        ValueError: There are more images than predictions, or fewer.
    """

    images: np.ndarray
    predictions: Predictions

    def __post_init__(self) -> None:
        if len(self.images) != len(self.predictions):
            raise ValueError(
                f"Expected an image for each of {len(self.predictions)} predictions; "
                f"received {len(self.images)}."
            )

    @classmethod
    def first(
        cls, images: np.ndarray | Rows, predictions: Predictions, n: int = 10
    ) -> "PredictionStrip":
        """Take the first `n` images, or all if there are fewer."""
        return cls(images[:n], _first(predictions, n))

    @property
    def size_in(self) -> tuple[float, float]:
        """Width and height in inches."""
        return 7.5, 0.55 + 1.85 * self._n_rows

    @property
    def _n_rows(self) -> int:
        return max(1, -(-len(self.images) // IN_A_ROW))

    def draw(self, axes: "Axes") -> None:
        """Draw the images in rows of five on `axes`.

        A right prediction has a tick and a thin solid frame, a wrong one a cross and a thick
        dashed frame, so that no one needs colour to tell them apart.
        """
        n_right = int((self.predictions.truth == self.predictions.predicted).sum())
        title = f"The first {len(self.images)} images: {n_right} right"
        axes.set_title(title, fontsize=TITLE_PT, loc="left")
        axes.set_xlabel(
            "Above: actual class. Below: predicted class and its probability; "
            "✓ right, ✗ wrong (dashed frame).",
            fontsize=LABEL_PT,
            color=MUTED,
        )
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
        width, height = 1 / IN_A_ROW, 1 / self._n_rows
        for i in range(len(self.images)):
            row, column = divmod(i, IN_A_ROW)
            left, bottom = column * width, 1 - (row + 1) * height
            box = (left + 0.08 * width, bottom + 0.2 * height, 0.84 * width, 0.68 * height)
            self._plot_one(i, axes.inset_axes(box))

    def _plot_one(self, i: int, axes: "Axes") -> None:
        classes, actual = self.predictions.classes, int(self.predictions.truth[i])
        predicted = int(self.predictions.predicted[i])
        right = actual == predicted
        color, line_pt, mark = (BLUE, 1.5, "✓") if right else (VERMILION, 3.0, "✗")
        axes.imshow(self.images[i], cmap="gray", vmin=0, vmax=255)  # RGB ignores the map.
        axes.set_xticks([])
        axes.set_yticks([])
        style = "-" if right else (0, (3, 2))
        axes.spines[:].set(color=color, linewidth=line_pt, linestyle=style)
        axes.set_title(readable(classes[actual], longest=14), fontsize=LABEL_PT, pad=4)
        confidence = percent(float(self.predictions.confidence[i]), decimals=0)
        words = f"{mark} {readable(classes[predicted], longest=14)}\n{confidence}"
        axes.set_xlabel(words, fontsize=LABEL_PT, labelpad=4)


def predictions_table(predictions: Predictions, n: int = 10) -> str:
    """Write the first `n` predictions as text: name, both classes, confidence, right or wrong."""
    some = _first(predictions, n)
    rows = [
        [
            name,
            some.classes[actual],
            some.classes[predicted],
            percent(float(confidence), decimals=1),
            "right" if actual == predicted else "WRONG",
        ]
        for name, actual, predicted, confidence in zip(
            some.names, some.truth, some.predicted, some.confidence, strict=True
        )
    ]
    return text_table(["image", "actual", "predicted", "confidence", "result"], rows)


def _first(predictions: Predictions, n: int) -> Predictions:
    return Predictions(
        truth=predictions.truth[:n],
        probabilities=predictions.probabilities[:n],
        classes=predictions.classes,
        names=predictions.names[:n],
    )
