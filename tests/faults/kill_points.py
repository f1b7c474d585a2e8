"""Kill a process at every file operation of one checkpoint save, and look at what is left.

    python -m tests.faults.kill_points

Prints how many operations there are, and each after which the last good checkpoint was lost.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
from tests.faults.injection import FileFaults

from tenfold.runs.checkpoint import Checkpoint, Checkpoints


def checkpoint(number: int) -> Checkpoint:
    """Arrays that identify their checkpoint."""
    arrays = (np.full((50, 20), number, np.float32), np.array(number), np.empty((0, 3)))
    return Checkpoint({"number": number}, arrays)


def survives(folder: Path, at: int) -> bool:
    """Whether a save that dies at one operation leaves the checkpoint before it, or its own."""
    files = Checkpoints(folder / "checkpoints")
    for number in (1, 2, 3):
        files.save(number, checkpoint(number))
    child = os.fork()
    if not child:
        with FileFaults(folder, at):
            files.save(4, checkpoint(4))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    found = files.latest(print)
    if found is None or not os.WIFSIGNALED(status):
        return False
    whole = all((array == found.state["number"]).all() for array in found.arrays)
    files.save(5, checkpoint(5))  # Later saves still work.
    again = files.latest(print)
    return whole and found.state["number"] in (3, 4) and again is not None


def main() -> None:
    """Count the operations of a save, then die at each."""
    with tempfile.TemporaryDirectory() as place:
        files = Checkpoints(Path(place) / "checkpoints")
        for number in (1, 2, 3):
            files.save(number, checkpoint(number))
        with FileFaults(Path(place)) as faults:
            files.save(4, checkpoint(4))
    lost = []
    for at in range(len(faults.seen)):
        with tempfile.TemporaryDirectory() as place:
            if not survives(Path(place), at):
                lost.append(at)
    print(f"{len(faults.seen)} operations ({' '.join(faults.seen)}), lost at: {lost}")
    sys.exit(bool(lost))


if __name__ == "__main__":
    main()
