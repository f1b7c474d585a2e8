"""Take up a run that was cut, and end it as if nothing had happened."""

from pathlib import Path

from tenfold.core.environment import environment
from tenfold.experiment import carry_out, recipe_for
from tenfold.gathering import Say, gather, gather_again, suit
from tenfold.ownership import taken_up
from tenfold.results import Run

SAME = ("python", "packages", "processor", "cores", "instruction_sets")
"""What must not change for a run that goes on to end bit for bit as it would have ended."""


def resume(path: str | Path, *, say: Say = print) -> Run:
    """Continue an interrupted, killed or failed run, from its last good checkpoint.

    With the same machine, versions and threads, the run ends with the same weights, history and
    metrics, bit for bit, as one that was never stopped; only seconds differ. A finished run is
    left as it is.

    Args:
        path: The run's folder.
        say: Where to tell the story, line by line.

    Raises:
        TenfoldError: It is no run's folder, belongs to another process, or its data has changed.
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
        if (folder / "data.json").exists():
            dataset = gather_again(done, say=say)
            _tell_changes(done, say)
        else:
            dataset = gather(
                request.data, archive=request.archive, side_px=request.side_px, say=say
            )
        recipe = suit(recipe_for(request), dataset, request.overrides, say=say)
        carry_out(done, dataset, recipe, request, say=say)
    return done


def _tell_changes(done: Run, say: Say) -> None:
    """Say what is no longer as it was when the run began."""
    before, now = done.folder.read_json("environment.json"), environment(done.folder.path)
    for name in SAME:
        if before.get(name) != now[name]:
            say(
                f"The run began with another {name}: {before.get(name)}; now it is {now[name]}. "
                "It goes on, but not bit for bit as it would have."
            )
