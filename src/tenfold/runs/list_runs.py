"""List all runs below a folder, with their figures."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from tenfold.core.errors import RunFolderError, TenfoldError, argument, nearest
from tenfold.runs import layout
from tenfold.runs.files import expanded
from tenfold.runs.folder import RunFolder, readable

RUNS = "runs"
"""The folder below which runs are put by default."""

Column = Literal[
    "folder", "recipe", "data", "state", "test", "validation", "seconds", "parameters", "date"
]
"""The columns that a list of runs can be sorted by."""

_SIGNS = (
    layout.REQUEST, layout.STATUS, layout.DATA, layout.RECIPE, layout.FIT, layout.METRICS
)  # fmt: skip
"""A folder with two of these files is a run's; other folders may have one by chance."""


@dataclass(frozen=True)
class ListedRun:
    """One run of a list; None stands for a figure that the run does not have.

    Attributes:
        folder: The run's folder, below the folder that was listed.
        state: `finished`, `running`, `interrupted`, `failed`, `killed`; or `damaged`.
        reason: Why it is in that state; empty if there is nothing to say.
        recipe: The name of its recipe.
        seed: Its seed.
        data: The name of its data.
        test: Accuracy on the test images, in 0..1.
        test_low: Lower end of the 95 % interval of `test`.
        test_high: Upper end of that interval.
        validation: Accuracy on the validation images; without any, on those of the folds.
        seconds: Seconds of the fit.
        parameters: Trainable numbers in the network.
        date: When the run began, in local time: `2026-11-25 22:40:00`.
    """

    folder: str
    state: str
    reason: str
    recipe: str | None = None
    seed: int | None = None
    data: str | None = None
    test: float | None = None
    test_low: float | None = None
    test_high: float | None = None
    validation: float | None = None
    seconds: float | None = None
    parameters: int | None = None
    date: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return asdict(self)


_DESCENDING = ("test", "validation", "date")
"""Columns whose highest values come first: the best and the newest."""


def list_runs(folder: str | Path = RUNS, *, sort: Column = "date") -> list[ListedRun]:
    """List all runs in a folder and below it. Other folders are not listed.

    Figures are read from finished files; nothing is evaluated.

    Args:
        folder: Where to look. Symbolic links are not followed.
        sort: The column that decides the order: best accuracies and newest runs first, fewest
            seconds and parameters first. Runs without that figure come last.

    Raises:
        TenfoldError: There is no such folder, or no such column.
    """
    if sort not in get_args(Column):
        near = nearest(sort, get_args(Column))
        raise TenfoldError(
            f"Expected {argument('sort')} to be one of {', '.join(get_args(Column))}; received "
            f"{sort}.{near}"
        )
    root = expanded(folder)
    if not root.is_dir():
        raise RunFolderError(
            f"Expected a folder with runs in it; there is no folder {root}. `tenfold run` puts "
            f"runs under {RUNS}/ in the working folder; name the folder that yours are in."
        )
    found = [_listed(path, root) for path in _run_folders(root)]
    having = [run for run in found if getattr(run, sort) is not None]
    lacking = [run for run in found if getattr(run, sort) is None]
    having.sort(key=lambda run: getattr(run, sort), reverse=sort in _DESCENDING)
    return having + lacking


def _run_folders(root: Path) -> Iterator[Path]:
    for path, folders, files in os.walk(root):
        if len({file.name for file in _SIGNS} & set(files)) > 1:
            folders.clear()  # There are no runs in a run.
            yield Path(path)
        else:
            folders.sort()


def _listed(path: Path, root: Path) -> ListedRun:
    """Read a run's figures; of a damaged run, those that can be read."""
    run = ListedRun(path.relative_to(root).as_posix(), "", "", date=_date(path))
    parts: tuple[Callable[[RunFolder], dict[str, Any]], ...] = (
        _recipe,
        _data,
        _fit,
        _accuracies,
        _state,
    )
    damage = []
    for part in parts:
        try:
            with readable(path):
                run = replace(run, **part(RunFolder(path)))
        except TenfoldError as error:
            damage.append(str(error))
    return replace(run, state="damaged", reason=" ".join(damage)) if damage else run


def _recipe(folder: RunFolder) -> dict[str, Any]:
    if not folder.has(layout.RECIPE):
        return {}
    recipe, seed = folder.read_recipe()
    return {"recipe": recipe.name, "seed": seed}


def _data(folder: RunFolder) -> dict[str, Any]:
    if not folder.has(layout.DATA):
        return {}
    return {"data": str(folder.read_json(layout.DATA)["name"])}


def _fit(folder: RunFolder) -> dict[str, Any]:
    if not folder.has(layout.FIT):
        return {}
    fit = folder.read_json(layout.FIT)
    return {"seconds": float(fit["wall_s"]), "parameters": int(fit["n_parameters"])}


def _accuracies(folder: RunFolder) -> dict[str, Any]:
    if not folder.has(layout.METRICS):
        return {}
    metrics = folder.read_json(layout.METRICS)
    test, validation = metrics["test"], metrics.get("validation") or metrics.get("folds")
    low, high = map(float, test["accuracy_interval_95"])
    return {
        "test": float(test["accuracy"]),
        "test_low": low,
        "test_high": high,
        "validation": validation and float(validation["accuracy"]),
    }


def _state(folder: RunFolder) -> dict[str, Any]:
    if not folder.has(layout.REQUEST) and folder.has(layout.RECIPE):
        RunFolder.open(folder.path)
    else:
        RunFolder.reopen(folder.path)
    state, reason = folder.read_status()
    return {"state": state, "reason": reason}


def _date(path: Path) -> str | None:
    """When the first file of a run was written."""
    for file in (layout.REQUEST, layout.RECIPE):
        with suppress(OSError):
            began = (path / file.name).stat().st_mtime
            return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(began))
    return None
