"""Studies that a test makes up, without a fit."""

from typing import Any

import numpy as np

from tenfold.core.history import Epoch
from tenfold.measure.study import Study, StudyFit, compare

N = 50
"""Validation images of each seed."""
HOSTILE = '<script>alert("1")</script>'
RIGHT = {"classic": (30, 32, 31), HOSTILE: (40, 41, 43), "quick": (31, 30, 33)}
"""Images that each recipe classifies correctly, seed by seed."""


def made_study() -> Study:
    """Three recipes with three seeds: the second is better, the third one can't tell."""
    return compare([
        StudyFit(
            recipe=recipe,
            seed=seed,
            validation_accuracy=n / N,
            train_accuracy=n / N + 0.1,
            epochs=(Epoch(1, 1.5, 0.5, 1.4, n / N, 0.001, 2.0),),
            right=np.arange(N) < n,
            fit_s=10.0 + seed,
            n_parameters=1_234,
        )
        for recipe, numbers in RIGHT.items()
        for seed, n in enumerate(numbers)
    ])  # fmt: skip


def settings() -> dict[str, Any]:
    """What study-settings.json holds, as far as the page shows it."""
    return {
        "recipes": [
            {"name": name, "summary": name, "epochs": 10 + i, "network": {"dropout": 0.1 * i}}
            for i, name in enumerate(RIGHT)
        ],
        "data": {
            "name": "made & more",
            "n_classes": 4,
            "shape": [8, 8, 1],
            "n_train": 200,
            "location": "<b>nowhere</b>",
        },
        "environment": {
            "packages": {"tenfold": "1", "keras": "3"},
            "python": "3.11",
            "processor": "x",
            "cores": 2,
        },
    }
