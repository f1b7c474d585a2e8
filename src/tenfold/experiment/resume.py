"""Take up a run that was cut, and end it as if nothing had happened."""

from dataclasses import replace
from pathlib import Path

from tenfold.core.images import Dataset
from tenfold.core.text import Say
from tenfold.experiment.gather import gather_again, gather_requested, suit
from tenfold.experiment.run import Prepared, judge, learn, prepare, recipe_for
from tenfold.runs import layout
from tenfold.runs.environment import environment
from tenfold.runs.ownership import taken_up
from tenfold.runs.request import Request
from tenfold.runs.run import Run

SAME = ("python", "packages", "processor", "cores", "instruction_sets")
"""What must not change for a run that goes on to end bit for bit as it would have ended."""


def resume(path: str | Path, *, say: Say = print) -> Run:
    """Continue an interrupted, killed or failed run, from its last good checkpoint.

    With the same machine, versions and threads, the run ends with the same weights, history and
    metrics, bit for bit, as one that was never stopped; only seconds differ. A finished run is
    left as it is. A time budget ended with the process that promised it: there is no limit now.

    Args:
        path: The run's folder.
        say: Where to tell the story, line by line.

    Raises:
        TenfoldError: It is not the folder of a run, belongs to another process, was begun by
            another version of Tenfold, or its data has changed.
    """
    done = Run.reopen(path)
    folder = done.folder
    state, reason = folder.read_status()
    if state == "finished":
        say(f"{folder.path} is finished; there is nothing to resume.")
        return done
    say(f"Resuming {folder.path}: {state}{f' ({reason})' if reason else ''}.")
    request = folder.read_request()
    with taken_up(done):
        folder.remove(layout.BUDGET)
        dataset = _gather(done, request, say)
        if done.is_prepared:
            prepared = Prepared(done.splits, done.recipe)
        else:
            recipe = suit(recipe_for(request), dataset, request.overrides, say=say)
            prepared = replace(prepare(done, dataset, recipe, request, say=say), promise=None)
        fitted = done.model if done.is_fitted else None
        model = fitted or learn(done, dataset, prepared, request, say=say)
        if not request.fit_only:
            judge(done, dataset, model, None, say=say)
    return done


def _gather(done: Run, request: Request, say: Say) -> Dataset:
    if not done.folder.has(layout.DATA):
        return gather_requested(request.images, say=say)
    dataset = gather_again(done, say=say)
    before, now = done.folder.read_json(layout.ENVIRONMENT), environment(done.folder.path)
    for name in SAME:
        if before.get(name) != now[name]:
            say(
                f"The run began with another {name}: {before.get(name)}; now it is {now[name]}. "
                "It goes on, but not bit for bit as it would have."
            )
    return dataset
