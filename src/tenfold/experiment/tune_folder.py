"""The folder of a search: its files, and what is finished in it."""

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import RunFolderError
from tenfold.core.recipe import Recipe, recipe_from
from tenfold.core.space import Choice, Range, space_dict, space_from
from tenfold.experiment.trial import RESULT as RESULT_OF_FIT
from tenfold.measure.tuning import Trial
from tenfold.runs.files import expanded
from tenfold.runs.folder import Folder, readable

SETTINGS = "tune-settings.json"
RESULT = "tune.json"
"""The figures, written when every fit has ended."""
BEST = "best.yaml"
"""The winner as a recipe that `tenfold run` takes."""
CLOCK = "clock.json"
"""The seconds that the search has taken so far, for its budget."""
FORMAT = 1
"""The version of the settings; a higher number refuses to continue older searches."""


@dataclass(frozen=True)
class Search:
    """Everything that decides a search.

    Attributes:
        images: Where the images are.
        digests: Their checksums.
        data_name: The name of the data set.
        recipe: The recipe that is varied, adapted to the images, with its number format.
        space: The values of its settings.
        n_trials: How many recipes are tried.
        seed: Of the suggestions, and of every trial's split, weights and order.
        again: Fresh seeds for the winner and the unchanged recipe.
        at_once: The most trials at the same time; each learns from all but so many before it.
        cores_per_trial: Cores of each fit.
        budget_s: Seconds after which no trial begins; None for no limit.
        rungs: Epochs after which a trial may be stopped.
    """

    images: DataRequest
    digests: Mapping[str, str]
    data_name: str
    recipe: Recipe
    space: Mapping[str, Range | Choice]
    n_trials: int
    seed: int
    again: int
    at_once: int
    cores_per_trial: int
    budget_s: float | None
    rungs: tuple[int, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "format": FORMAT,
            **asdict(self),
            "recipe": self.recipe.model_dump(mode="json"),
            "space": space_dict(self.space),
            "rungs": list(self.rungs),
        }

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Search":
        """Rebuild a search from the result of `to_dict`, and of what stands beside it.

        Raises:
            RunFolderError: Another version of Tenfold wrote it.
        """
        if content.get("format") != FORMAT:
            raise RunFolderError(
                "Another version of Tenfold began this search, and this version cannot continue "
                "it; begin a new one."
            )
        return cls(
            **{
                **{name: content[name] for name in cls.__dataclass_fields__},
                "images": DataRequest(**content["images"]),
                "recipe": recipe_from(content["recipe"]),
                "space": space_from(content["space"]),
                "rungs": tuple(content["rungs"]),
            }
        )


def opened(path: str | Path) -> tuple[Folder, Search]:
    """Open the folder of a search that began.

    Raises:
        RunFolderError: No search began there, or its settings are damaged.
    """
    folder = Folder(expanded(path).absolute())
    if not folder.has(SETTINGS):
        raise RunFolderError(
            f"Expected the folder of a search, with a {SETTINGS} in it; received {folder.path}. "
            "`tenfold tune` prints the folder it writes to."
        )
    with readable(folder / SETTINGS):
        return folder, Search.from_dict(folder.read_json(SETTINGS))


def trial_folder(folder: Folder, number: int) -> Path:
    """The folder of one trial."""
    return folder / f"trials/{number:04}"


def again_folder(folder: Folder, name: str, seed: int) -> Path:
    """The folder of one fit of the winner or of the unchanged recipe."""
    return folder / f"again/{name}-seed{seed}"


def result_of(path: Path) -> Trial | None:
    """The result of the fit in a folder; None if it has none yet.

    Raises:
        RunFolderError: The file is damaged.
    """
    if not (path / RESULT_OF_FIT).is_file():
        return None
    with readable(path / RESULT_OF_FIT):
        return Trial.from_dict(Folder(path).read_json(RESULT_OF_FIT))


class Clock:
    """The seconds of a search, over all its processes."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self._earlier = folder.read_json(CLOCK)["spent_s"] if folder.has(CLOCK) else 0.0
        self._began_at = time.monotonic()

    @property
    def spent_s(self) -> float:
        """Seconds so far."""
        return float(self._earlier + time.monotonic() - self._began_at)

    def keep(self) -> None:
        """Write them down."""
        self.folder.write_json(CLOCK, {"spent_s": self.spent_s})
