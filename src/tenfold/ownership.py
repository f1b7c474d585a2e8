"""A run and its folder: begin it, take it up again, and always say how it stands."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tenfold.core.errors import TenfoldError
from tenfold.core.request import Request
from tenfold.core.run_folder import RunFolder
from tenfold.results import Run


def new_path(out: str | Path | None, name: str) -> Path:
    """The folder that the user asked for, or a dated one under `runs/`."""
    dated = Path("runs") / f"{time.strftime('%Y%m%d-%H%M%S')}-{name}"
    return dated if out is None else Path(out)


def new_folder(out: str | Path | None, name: str) -> RunFolder:
    """Make the folder of `new_path`.

    Raises:
        TenfoldError: It holds something, or cannot be made.
    """
    return RunFolder.create(new_path(out, name))


@contextmanager
def begun(path: Path, request: Request) -> Iterator[Run]:
    """Make the folder of a new run, own it, and keep its status true, while the block runs.

    Raises:
        TenfoldError: The folder holds something, or belongs to another process.
    """
    folder = RunFolder.create(path)
    with folder.owned():
        RunFolder.create(path)  # Another process may have begun and ended just before.
        folder.write_request(request)
        done = Run(folder)
        with _status(done):
            yield done


@contextmanager
def taken_up(done: Run) -> Iterator[None]:
    """Own the folder of a run that was cut, and keep its status true, while the block runs.

    Raises:
        TenfoldError: It belongs to another process.
    """
    with done.folder.owned():
        done.folder.remove_leftovers()
        with _status(done):
            yield


@contextmanager
def _status(done: Run) -> Iterator[None]:
    """Keep status.json true, however the steps end."""
    done.folder.write_status("running")
    try:
        yield
    except BaseException as error:
        state = "failed" if isinstance(error, Exception) else "interrupted"
        with suppress(TenfoldError):  # The disk may be what failed.
            done.folder.write_status(state, str(error) or type(error).__name__)
        raise
    signal_name = done.record.interrupted_by
    if signal_name:
        done.folder.write_status("interrupted", f"{signal_name} during the fit")
    else:
        done.folder.write_status("finished")
