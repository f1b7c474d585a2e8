"""Resume an interrupted run, with the result of an uninterrupted run."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from tenfold.core.images import Data, Dataset
from tenfold.core.networks import Build
from tenfold.core.text import Say
from tenfold.experiment.calibrating import Fitted
from tenfold.experiment.correcting import (
    as_corrected_before,
    corrected,
    record_corrections,
)
from tenfold.experiment.folds import check_folds, cross_validate
from tenfold.experiment.gather import adapt, gather_again, gather_first
from tenfold.experiment.run import Start, build_and_fit, prepare, recipe_for, score, with_own
from tenfold.experiment.workers import check_cluster
from tenfold.runs import layout
from tenfold.runs.environment import environment
from tenfold.runs.folder import Folder
from tenfold.runs.ownership import taken_up
from tenfold.runs.run import Run

SAME = ("python", "packages", "processor", "cores", "instruction_sets")
"""Facts that must not change if a resumed run is to end with the same bits."""


def resume(
    path: str | Path,
    *,
    data: Data | None = None,
    network: Build | None = None,
    cluster: str | None = None,
    say: Say = print,
) -> Run:
    """Continue an interrupted, killed or failed run, from its last good checkpoint.

    With the same machine, versions and threads, the run ends with the same weights, history and
    metrics, to the bit, as one that was never stopped; only seconds differ. A finished run is not
    changed. A resumed run has no time limit: a time budget ends with its process.

    Args:
        path: The run's folder.
        data: Where its images are now, if they have moved, or the arrays or the dataset that it was
            given. They must be the same.
        network: The function that builds the run's network, if it began with one.
        cluster: Address of the Ray cluster that has the workers now, of a shared fit or of folds;
            None for where they began.
        say: Called with each line of output.

    Raises:
        TenfoldError: The folder does not hold a run, is in use by another process, or comes from
            another version of Tenfold; or the run's data is missing or has changed.
    """
    run = Run.reopen(path, network=network)
    folder = run.folder
    state, reason = folder.read_status()
    if state == "finished":
        say(f"{folder.path} is finished; there is nothing to resume.")
        return run
    say(f"Resuming {folder.path}: {state}{f' ({reason})' if reason else ''}.")
    request = folder.read_request()
    if cluster is not None:
        request = replace(request, cluster=cluster)
    check_cluster(request)
    if not folder.has(layout.FOLDS):
        check_folds(request)
    with taken_up(run):
        folder.remove(layout.BUDGET)
        dataset = _gather(run, data, say)
        if run.is_prepared:
            start = Start(run.splits, with_own(run.recipe, request, network))
        else:
            recipe = adapt(recipe_for(request, network), dataset, request.overrides, say=say)
            start = replace(prepare(run, dataset, recipe, request, say=say), promise=None)
        cross_validate(run, dataset, start.recipe, request, say=say)
        if run.is_fitted:
            fitted = Fitted(run.model)
        else:
            fitted = build_and_fit(run, dataset, start, request, say=say)
        if not request.fit_only:
            score(run, dataset, fitted, request, command="resume", say=say)
    return run


def _gather(run: Run, data: Data | None, say: Say) -> Dataset:
    if not run.folder.has(layout.DATA):
        dataset, request = gather_first(run, data, say=say), run.folder.read_request()
        if run.folder.has(layout.CORRECTIONS):
            return as_corrected_before(run.folder, dataset)
        dataset = corrected(dataset, request.exclude, request.relabel, say=say)
        record_corrections(run.folder, dataset)
        return dataset
    dataset = gather_again(run, data, say=say)
    say_what_changed(run.folder.read_json(layout.ENVIRONMENT), run.folder, say)
    return dataset


def say_what_changed(before: dict[str, Any], folder: Folder, say: Say) -> None:
    """Report what has changed on this machine since a run or a study began.

    Args:
        before: Its environment then.
        folder: Its folder.
        say: Called with a line for each change.
    """
    now = environment(folder.path)
    for name in SAME:
        if before.get(name) != now[name]:
            say(
                f"It began with a different setting: {name} was {before.get(name)} and is "
                f"{now[name]} now. It continues, but its result will not be the same to the bit."
            )
