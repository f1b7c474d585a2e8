"""Finished runs whose files a test writes itself, without a fit."""

from dataclasses import asdict
from pathlib import Path

import numpy as np

from tenfold.core.history import FitRecord
from tenfold.core.images import Provenance
from tenfold.core.predictions import Predictions
from tenfold.core.rendering import Rendering
from tenfold.core.splits import Splits
from tenfold.recipes import find_recipe
from tenfold.runs import layout
from tenfold.runs.folder import RunFolder
from tenfold.runs.request import Request
from tenfold.runs.run import Run
from tenfold.runs.tables import write_predictions

N = 100
"""Images of each set."""


def right_for(n_first: int, *, also: range = range(0)) -> np.ndarray:
    """bool (N,): true for the first images, and for those at `also`."""
    right = np.arange(N) < n_first
    right[list(also)] = True
    return right


def made_run(
    path: Path,
    right: np.ndarray,
    *,
    recipe: str = "classic",
    seed: int = 0,
    digests: tuple[str, str] = ("train", "test"),
    classes: tuple[str, ...] = ("cat", "dog"),
    side_px: int | None = None,
    first_name: int = 0,
    wall_s: float = 10.0,
    **overrides: object,
) -> Run:
    """A run that classifies `right` (bool (N,)) of its validation and test images correctly."""
    folder = RunFolder.create(path)
    folder.write_request(Request())
    folder.write_recipe(find_recipe(recipe).with_overrides(overrides), seed=seed)
    folder.write_splits(Splits(np.arange(300), np.arange(300, 400)))
    rendering = Rendering(side_px) if side_px else None
    folder.write_json(
        layout.DATA,
        {
            "name": "made",
            "classes": classes,
            "shape": {"height_px": side_px or 8, "width_px": side_px or 8, "channels": 1},
            "train": {"n": 400},
            "test": {"n": N},
            "digests": dict(zip(("train", "test"), digests, strict=True)),
            "provenance": asdict(Provenance("folder", "made", rendering=rendering)),
        },
    )
    record = FitRecord((), 0, wall_s, 1_234, stopped_early=False)
    folder.write_json(layout.FIT, asdict(record))
    truth = np.arange(N) % len(classes)
    predicted = np.where(right, truth, (truth + 1) % len(classes))
    found = Predictions(
        truth,
        np.eye(len(classes), dtype=np.float32)[predicted],
        classes,
        tuple(f"{i}.png" for i in range(first_name, first_name + N)),
    )
    for file in layout.PREDICTIONS["validation"], layout.PREDICTIONS["test"]:
        write_predictions(found, folder / file)
    accuracy = float(right.mean())
    folder.write_json(
        layout.METRICS,
        {
            "validation": {"accuracy": accuracy - 0.01},
            "test": {"accuracy": accuracy, "accuracy_interval_95": [0.0, 1.0]},
        },
    )
    folder.write_status("finished")
    return Run(folder)
