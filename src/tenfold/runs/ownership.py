"""Start or continue a run in its folder, and keep its status up to date."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tenfold.core.errors import TenfoldError
from tenfold.runs import layout
from tenfold.runs.checkpoint import Checkpoints
from tenfold.runs.files import expanded
from tenfold.runs.folder import Folder, RunFolder
from tenfold.runs.request import Request
from tenfold.runs.run import Run


def new_path(out: str | Path | None, name: str) -> Path:
    """Return the user's folder, or a dated folder under `runs/`."""
    dated = Path("runs") / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
    return expanded(dated if out is None else out)


def new_folder(out: str | Path | None, name: str) -> Folder:
    """Make the folder of `new_path` for results other than a run's.

    Raises:
        RunFolderError: The folder holds something, or cannot be made.
    """
    return Folder.create(new_path(out, name))


@contextmanager
def begun(path: Path, request: Request) -> Iterator[Run]:
    """Make the folder of a new run, own it, and keep its status up to date while the block runs.

    Raises:
        RunFolderError: The folder holds something, or belongs to another process.
    """
    folder = RunFolder.create(path)
    with folder.owned():
        RunFolder.create(path)  # Another process may have started and ended in between.
        folder.write_request(request)
        run = Run(folder)
        with _status(run):
            yield run


@contextmanager
def taken_up(run: Run) -> Iterator[None]:
    """Own the folder of an interrupted run, and keep its status up to date while the block runs.

    Raises:
        RunFolderError: The folder belongs to another process.
    """
    with run.folder.owned():
        run.folder.remove_leftovers()
        with _status(run):
            yield


@contextmanager
def _status(run: Run) -> Iterator[None]:
    """Keep status.json up to date, however the steps end."""
    run.folder.write_status("running")
    try:
        yield
    except BaseException as error:
        state = "failed" if isinstance(error, Exception) else "interrupted"
        with suppress(TenfoldError):  # The disk may be what failed.
            run.folder.write_status(state, _reason(error))
        raise
    signal_name = run.record.interrupted_by if run.folder.has(layout.FIT) else None
    if signal_name:
        run.folder.write_status("interrupted", f"{signal_name} during the fit")
    else:
        Checkpoints(run.folder / layout.CHECKPOINTS).clear()
        run.folder.write_status("finished")


def _reason(error: BaseException) -> str:
    """Why a run ended, in words."""
    if isinstance(error, TenfoldError):
        return error.spelt(_in_words)
    return str(error) or type(error).__name__


def _in_words(name: str, value: str | None) -> str:
    """An argument for users of Python and of the command line alike, such as `seed=0`."""
    if value is None or name == "overrides":
        return value or name
    return f"{name}={value}"
