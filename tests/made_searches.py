"""Searches that a test makes up, without a fit."""

from typing import Any

from tenfold.core.recipe import Recipe
from tenfold.core.space import Choice, Range
from tenfold.measure.tuning import Trial, Tuning, luck_of
from tenfold.recipes import find_recipe

HOSTILE = '<script>alert("1")</script>'
SPACE: dict[str, Range | Choice] = {
    "learning_rate": Range(0.001, 0.1, log=True),
    "widths": Choice(([8], [16, 8])),
}


def recipe() -> Recipe:
    """The recipe that is varied."""
    return find_recipe("classic-plain").with_overrides({"epochs": 9})


def made_search(*, again: bool = True) -> Tuning:
    """Five trials: two were stopped, one failed, the third is the best and not the fastest."""
    trials = (
        Trial(
            0, {"learning_rate": 0.01, "widths": [8]}, "finished", 0.80, {1: 0.5, 3: 0.6}, 9, 4.0
        ),
        Trial(1, {"learning_rate": 0.02, "widths": [16, 8]}, "stopped", None, {1: 0.3}, 1, 0.5),
        Trial(
            2, {"learning_rate": 0.03, "widths": [8]}, "finished", 0.90, {1: 0.6, 3: 0.7}, 9, 6.0
        ),
        Trial(3, {"learning_rate": 0.1, "widths": [8]}, "failed", reason=f"It diverged {HOSTILE}."),
        Trial(4, {"learning_rate": 0.04, "widths": [8]}, "stopped", None, {1: 0.6, 3: 0.5}, 3, 2.0),
    )
    luck = luck_of(0.90, 0.80, [0.86, 0.88, 0.84], [0.80, 0.81, 0.79]) if again else None
    return Tuning(trials, trials[2], {"learning_rate": 0.75, "widths": 0.25}, (1, 3), luck, 65.0)


def settings() -> dict[str, Any]:
    """What tune-settings.json holds, as far as the page shows it."""
    return {
        "recipe": {"name": "classic-plain"},
        "data_name": "made & more",
        "space": {
            "learning_rate": {"low": 0.001, "high": 0.1, "log": True, "whole": False},
            "widths": {"choose": [[8], [16, 8]]},
        },
        "seed": 7,
        "at_once": 4,
        "cores_per_trial": 1,
        "environment": {
            "packages": {"tenfold": "1", "keras": "3"},
            "python": "3.11",
            "processor": "x",
            "cores": 2,
        },
    }
