"""Pictures of each class: surest right, surest wrong and least sure right answers."""

import base64
import io
from typing import Any

import numpy as np

from tenfold.core.predictions import Predictions
from tenfold.core.text import percent
from tenfold.measure.confusion import most_confused_classes
from tenfold.runs import layout
from tenfold.runs.run import Run

N_IMAGES = 5
MOST_CLASSES = 20
"""Of more classes, the most confused ones are shown."""
QUALITY = 85


def galleries(run: Run) -> dict[str, Any]:
    """A few test images of each class, cut out of the run's sheet; nothing without a sheet."""
    if not run.folder.has(layout.SHEET):
        return {"galleries": [], "galleries_of": ""}
    from PIL import Image

    facts = run.folder.read_json(layout.SHEET_FACTS)
    with Image.open(run.folder / layout.SHEET) as file:
        sheet = np.asarray(file)
    predictions, places = run.predictions, np.array(facts["positions"], np.int64)
    n_classes = len(run.classes)
    labels = np.arange(n_classes)
    if n_classes > MOST_CLASSES:
        labels = most_confused_classes(run.evaluation.confusion, MOST_CLASSES)
    rows = []
    for label in labels.tolist():
        groups = []
        for title, chosen in chosen_images(predictions, places, label).items():
            pictures = [_picture(sheet, facts, predictions, places, at) for at in chosen.tolist()]
            groups.append({"title": title, "pictures": pictures})
        rows.append({"name": run.classes[label], "groups": groups})
    some = f"The {len(labels)} most confused of {n_classes:,} classes. "
    return {"galleries": rows, "galleries_of": some if len(labels) < n_classes else ""}


def chosen_images(
    predictions: Predictions, places: np.ndarray, label: int, n: int = N_IMAGES
) -> dict[str, np.ndarray]:
    """Choose images of a class: up to `n` of each kind, as positions in `places`.

    No image is chosen twice.

    Args:
        predictions: Of all test images.
        places: int64 (m,), the images to choose from, as positions in `predictions`.
        label: The actual class.
        n: The most of each kind.
    """
    confidence = predictions.confidence[places]
    right = predictions.predicted[places] == label
    own = predictions.truth[places] == label
    surest, wrong = (
        found[np.argsort(-confidence[found], kind="stable")]
        for found in (np.flatnonzero(own & right), np.flatnonzero(own & ~right))
    )
    return {
        "surest, right": surest[:n],
        "surest, wrong": wrong[:n],
        "least sure, right": surest[n:][::-1][:n],
    }


def _picture(
    sheet: np.ndarray,
    facts: dict[str, Any],
    predictions: Predictions,
    places: np.ndarray,
    at: int,
) -> dict[str, str]:
    """One image of the sheet as a JPEG within the page, with what was predicted."""
    from PIL import Image

    row, column = divmod(at, facts["n_columns"])
    top, left = row * facts["side_px"], column * facts["side_px"]
    cut = sheet[top : top + facts["height_px"], left : left + facts["width_px"]]
    file = io.BytesIO()
    Image.fromarray(cut).save(file, "JPEG", quality=QUALITY, subsampling=0)
    place = int(places[at])
    sure = percent(float(predictions.confidence[place]), 0).replace(" ", "\N{NO-BREAK SPACE}")
    name = predictions.classes[int(predictions.predicted[place])]
    wrong = predictions.predicted[place] != predictions.truth[place]
    return {
        "source": "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii"),
        "words": f"as {name}, {sure}" if wrong else sure,
        "name": predictions.names[place],
    }
