"""Log each look at the test images, in the run's folder and on this machine."""

from contextlib import suppress
from pathlib import Path

from tenfold.core.errors import TenfoldError
from tenfold.core.text import Say
from tenfold.data.cache import cache_folder
from tenfold.runs import layout
from tenfold.runs.looks import Looks, add_look, count_looks, shorten
from tenfold.runs.run import Run

NAME = "test-looks.jsonl"
"""The machine's file, in Tenfold's cache; `tenfold cache --clear` leaves it."""


def look_at_test(run: Run, command: str, *, say: Say) -> None:
    """Log that a command looks at the run's test images; a log that fails stops no run.

    Args:
        run: The run.
        command: The name of the command.
        say: Called with a line if the run's folder cannot be written.
    """
    path = run.folder / layout.TEST_LOOKS
    try:
        add_look(path, command)
    except OSError as error:
        say(f"This look at the test images is not in {path}: {error.strerror or error}.")
    look_on_machine(_checksum(run), command)


def look_on_machine(test: str, command: str) -> None:
    """Log on this machine that a command looks at the test images with a checksum, if it can."""
    with suppress(OSError, TenfoldError):
        path = _machine()
        path.parent.mkdir(parents=True, exist_ok=True)
        add_look(path, command, test)
        shorten(path)


def looks_of(run: Run) -> Looks:
    """How often the run's test images were predicted or scored."""
    in_run, on_machine = 0, None
    with suppress(OSError):
        in_run = count_looks(run.folder / layout.TEST_LOOKS)
    with suppress(OSError, TenfoldError):
        on_machine = count_looks(_machine(), _checksum(run)) or None
    return Looks(in_run, on_machine)


def _machine() -> Path:
    return cache_folder() / NAME


def _checksum(run: Run) -> str:
    """The checksum of the run's test images."""
    return str(run.folder.read_json(layout.DATA)["digests"]["test"])
