"""The test images and their predictions, packed for the page's explorer."""

import base64
from typing import Any

import numpy as np

from tenfold.core.predictions import Predictions

MOST_PROBABILITIES = 10
"""So many of an image's probabilities are shown, the highest first."""
SCALE = 65_535
"""Probabilities are packed as 16-bit integers, to 0.002 points."""


def packed(predictions: Predictions, sheet: dict[str, Any]) -> dict[str, Any]:
    """Pack what the explorer shows of each image on the sheet, for JSON.

    Arrays are little-endian unsigned 16-bit integers in base64, image by image.

    Args:
        predictions: Of all test images.
        sheet: The facts of their sheet.
    """
    positions = np.array(sheet["positions"], np.int64)
    rows = predictions.probabilities[positions]
    n_shown = min(MOST_PROBABILITIES, rows.shape[1])
    best = np.argsort(-rows, axis=1, kind="stable")[:, :n_shown]
    shares = np.take_along_axis(rows, best, axis=1)
    return {
        "classes": predictions.classes,
        "names": [predictions.names[position] for position in positions],
        "n_images": len(predictions),
        "sheet": {name: value for name, value in sheet.items() if name != "positions"},
        "n_shown": n_shown,
        "actual": _base64(predictions.truth[positions]),
        "best": _base64(best),
        "probabilities": _base64(np.rint(shares.astype(np.float64) * SCALE)),
    }


def _base64(numbers: np.ndarray) -> str:
    return base64.b64encode(numbers.astype("<u2").tobytes()).decode("ascii")
