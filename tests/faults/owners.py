"""Let two processes begin, or take up, one run's folder at the same moment, many times.

    python -m tests.faults.owners --times 100

Each says whether it became the owner; owners keep the folder until they are killed. Prints how
often exactly one did.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tenfold.core.errors import TenfoldError
from tenfold.runs.folder import RunFolder
from tenfold.runs.lock import is_locked
from tenfold.runs.ownership import begun
from tenfold.runs.request import Request


def begin(path: Path, tell: Callable[[], object]) -> None:
    """Own a new run until killed."""
    with begun(path, Request()):
        tell()
        signal.pause()


def take_up(path: Path, tell: Callable[[], object]) -> None:
    """Own a run that a dead process has left, until killed."""
    with RunFolder.reopen(path).owned():
        tell()
        signal.pause()


def n_owners(path: Path, action: Callable[[Path, Callable[[], object]], None]) -> int:
    """How many of two processes that begin at once become the owner."""
    reading, writing = os.pipe()
    start, children = time.monotonic() + 0.01, []
    for _ in range(2):
        child = os.fork()
        if not child:
            while time.monotonic() < start:
                pass
            try:
                action(path, lambda: os.write(writing, b"O"))
            except TenfoldError:
                os.write(writing, b"R")
            os._exit(0)
        children.append(child)
    answers = os.read(reading, 1) + os.read(reading, 1)
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)
    return answers.count(b"O")


def main() -> None:
    """Race."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=100)
    times = parser.parse_args().times
    counts = {"begin": 0, "take up": 0}
    for _ in range(times):
        with tempfile.TemporaryDirectory() as place:
            path = Path(place) / "run"
            counts["begin"] += n_owners(path, begin) == 1
            if is_locked(path / "lock") or RunFolder(path).read_status()[0] != "killed":
                raise SystemExit("The lock of a dead process is still held.")
            counts["take up"] += n_owners(path, take_up) == 1
    print(f"exactly one owner: begin {counts['begin']}, take up {counts['take up']}, of {times}")
    sys.exit(set(counts.values()) != {times})


if __name__ == "__main__":
    main()
