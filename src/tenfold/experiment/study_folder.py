"""The folder of a study: its files, and what is finished in it."""

import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tenfold.core.errors import RunFolderError, TenfoldError, argument
from tenfold.core.predictions import Predictions
from tenfold.data.class_names import listed
from tenfold.measure.study import StudyFit
from tenfold.runs.checkpoint import Checkpoints
from tenfold.runs.files import expanded
from tenfold.runs.folder import Folder, readable
from tenfold.runs.tables import read_predictions, write_predictions

SETTINGS = "study-settings.json"
FITS = "fits.json"
RESULT = "study.json"
"""The figures, written when every fit has ended."""
CURVES = "plots/learning-curves.png"
PREDICTIONS = "predictions"
"""The folder of the predictions of validation images, a file for each fit."""
STATES = "checkpoints"
"""The folder of the states of fits that have not ended."""

SELDOM = 10
"""How many times as long as writing fits.json takes must pass before it is written again."""

_NAMES = {
    "recipes": "recipes or settings",
    "first_seed": "a first seed",
    "n_seeds": "a number of seeds",
    "digests": "images",
    "corrections": "images to leave out or labels to replace",
}
"""What a study that is continued must have in common with its beginning."""


def predictions_of(recipe: str, seed: int) -> str:
    """The file, below the study's folder, of the predictions of one fit."""
    return f"{PREDICTIONS}/{recipe}-seed{seed}.csv"


def state_of(recipe: str, seed: int) -> str:
    """The folder, below the study's folder, of the states of one fit."""
    return f"{STATES}/{recipe}-seed{seed}"


def check_resumed(resume: str | Path, out: str | Path | None) -> None:
    """Check the folder of a study to continue, before any image is gathered.

    Raises:
        TenfoldError: There is `out` too, or no study began in the folder.
    """
    if out is not None:
        raise TenfoldError(
            f"{argument('resume')} continues a study in its own folder; leave {argument('out')} "
            "out."
        )
    path = expanded(resume)
    if not (path / SETTINGS).is_file():
        raise RunFolderError(
            f"Expected the folder of a study, with a {SETTINGS} in it; received {path}. To begin a "
            f"new study there, use {argument('out')} in place of {argument('resume')}."
        )


def check_same_study(folder: Folder, asked: dict[str, Any]) -> None:
    """Check that a study is continued with what it began with.

    Args:
        folder: Its folder.
        asked: The values now, by their names in study-settings.json.

    Raises:
        TenfoldError: Something differs, or another version of Tenfold began the study.
    """
    before = folder.read_json(SETTINGS)
    if "precisions" not in before:
        raise RunFolderError(
            f"Another version of Tenfold began the study in {folder.path}, and this version cannot "
            f"continue it; begin a new one with {argument('out')}."
        )
    if differs := [words for name, words in _NAMES.items() if before.get(name) != asked[name]]:
        raise TenfoldError(
            f"The study in {folder.path} began with {listed(differs)} other than these; repeat the "
            f"request that {SETTINGS} holds, or begin a new study with {argument('out')} in place "
            f"of {argument('resume')}."
        )


class Finished:
    """The fits of a study that have ended, as fits.json has them.

    The file is written again after a fit; in a study of thousands not after each, so that writing
    takes a tenth of the time at most. A study that is killed repeats the fits that it lacks.

    Args:
        folder: The study's folder.
        recipes: The names of the recipes, in their order.
    """

    def __init__(self, folder: Folder, recipes: Sequence[str]) -> None:
        self._folder, self._turn = folder, {name: number for number, name in enumerate(recipes)}
        self.fits = finished_fits(folder)
        self._new: list[StudyFit] = []
        self._written_at, self._took_s = -math.inf, 0.0

    def add(self, fit: StudyFit, predictions: Predictions) -> None:
        """Keep one more fit, and its predictions of the validation images."""
        write_predictions(predictions, self._folder / predictions_of(fit.recipe, fit.seed))
        self.fits.append(fit)
        self.fits.sort(key=lambda each: (each.seed, self._turn[each.recipe]))
        self._new.append(fit)
        if time.monotonic() - self._written_at >= SELDOM * self._took_s:
            self.write()

    def write(self) -> None:
        """Write fits.json, if a fit has been added; the states of these fits are then deleted."""
        if not self._new:
            return
        began_at = time.monotonic()
        self._folder.write_json(FITS, {"fits": [each.to_dict() for each in self.fits]})
        for fit in self._new:
            Checkpoints(self._folder / state_of(fit.recipe, fit.seed)).clear()
        self._new = []
        self._written_at = time.monotonic()
        self._took_s = self._written_at - began_at


def finished_fits(folder: Folder) -> list[StudyFit]:
    """The fits that have ended, in the order of fits.json.

    Raises:
        RunFolderError: A file is missing or damaged.
    """
    if not folder.has(FITS):
        return []
    with readable(folder / FITS):
        found = []
        for content in folder.read_json(FITS)["fits"]:
            file = predictions_of(content["recipe"], content["seed"])
            predictions = read_predictions(folder / file)
            right = predictions.predicted == predictions.truth
            found.append(StudyFit.from_dict(content, right))
    return found
