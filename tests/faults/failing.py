"""Fail every file operation of a small run in turn, then resume the run and compare it.

    python -m tests.faults.failing --every 40

A run has about 3,200 operations, most of them writes of checkpoints; all of them take hours.

Each operation fails with ENOSPC, EIO or EROFS, in turn. What must hold: one clear error, a
status that a reader understands, and a resumed run that ends with the bits of an undisturbed one.
"""

import argparse
import os
import sys
import tempfile
from functools import partial
from pathlib import Path

from tests.faults.injection import ERRORS, FileFaults
from tests.faults.sigkills import begin, in_child, quiet, same

from tenfold.core.errors import TenfoldError
from tenfold.experiment.resume import resume
from tenfold.runs.folder import RunFolder

KIND = "classic"


def disturbed(path: Path, at: int, number: int) -> None:
    """Begin a run whose operation `at` fails: a clear error, or nothing that matters."""
    with FileFaults(path, at, number):
        try:
            begin(KIND, path, 0.0)
        except TenfoldError as error:
            if "Cannot write" not in str(error):
                raise
        except OSError as error:  # A picture library's own message is not a clear error.
            raise ValueError(f"operation {at}: {error!r} came through") from error


def taken_up(path: Path) -> None:
    """Continue as a user would: resume the run, or start it if it had not begun."""
    if (path / "request.json").exists():
        state = RunFolder(path).read_status()[0] if (path / "status.json").exists() else "killed"
        if state not in {"failed", "killed", "finished"}:
            raise ValueError(f"the status says {state}")
        resume(path, say=quiet)
    else:
        begin(KIND, path, 0.0)


def count(path: Path) -> None:
    """Write the number of file operations of an undisturbed run beside it."""
    with FileFaults(path) as faults:
        begin(KIND, path, 0.0)
    path.with_suffix(".count").write_text(str(len(faults.seen)))


def main() -> None:
    """Fail, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="fail every n-th operation only")
    every = parser.parse_args().every
    wrong = []
    with tempfile.TemporaryDirectory(prefix="tenfold-failing-") as name:
        place = Path(name)
        if in_child(partial(count, place / "whole")) != 0:
            raise SystemExit("The run to compare with failed.")
        n = int((place / "whole.count").read_text())
        for at in range(0, n, every):
            path, number = place / str(at), ERRORS[at // every % len(ERRORS)]
            steps = (
                partial(disturbed, path, at, number),
                partial(taken_up, path),
                partial(same, place / "whole", path),
            )
            if any(in_child(step) for step in steps):
                wrong.append((at, os.strerror(number)))
            print(f"operation {at} of {n}, wrong: {wrong}", flush=True)
    print(f"{len(range(0, n, every))} of {n} operations failed in turn; wrong: {wrong}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
