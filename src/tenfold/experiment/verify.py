"""Prove that runs can be repeated and resumed, on the machine at hand."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.errors import TenfoldError
from tenfold.core.text import Say, duration
from tenfold.runs import layout
from tenfold.runs.layout import RunFile, Same
from tenfold.runs.run import Run

RUN = (
    "run", "standard", "--data", "digits", "--checkpoint-every", "0", "--set", "epochs=8",
    "--set", "batch_size=70", "--set", "dropout=0.1", "--set", "patience=3",
)  # fmt: skip
"""A small run with everything that a fit must remember: Muon, Adam, dropout, early stopping."""

MOST_S = 300.0
"""Seconds after which a process is stopped."""


@dataclass(frozen=True)
class Proof:
    """The result of `verify`.

    Attributes:
        rerun: What differs between a run and the same run again; empty if nothing does.
        resumed: What differs between that run and one that was killed and resumed.
        killed_after: Checkpoints that the killed run had left, by the steps in their names.
        wall_s: Seconds for the whole check.
    """

    rerun: tuple[str, ...]
    resumed: tuple[str, ...]
    killed_after: tuple[int, ...]
    wall_s: float

    @property
    def holds(self) -> bool:
        """Whether nothing differs."""
        return not (self.rerun or self.resumed)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "holds": self.holds}


def verify(*, say: Say = print) -> Proof:
    """Run, run again, kill a third run in the middle of its fit and resume it; compare all.

    Weights, history, predictions and metrics are compared bit by bit; seconds are not.

    Args:
        say: Called with each line of output.

    Raises:
        TenfoldError: One of the runs fails, or none could be killed in time.
    """
    began_at = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="tenfold-verify-") as place:
        first, again, cut = (Path(place) / name for name in ("run", "rerun", "killed"))
        for path in (first, again):
            say(f"Running {' '.join(RUN)}")
            _finish(path.parent, *RUN, "--out", str(path))
        say("Running it a third time, and killing it in the middle of its fit")
        killed_after = _kill_when_fitting(cut)
        say(f"Killed after step {killed_after[0]}; resuming")
        _finish(cut.parent, "resume", str(cut))
        rerun, resumed = differences(first, again), differences(first, cut)
    proof = Proof(tuple(rerun), tuple(resumed), killed_after, time.perf_counter() - began_at)
    _tell(proof, say)
    return proof


def _finish(place: Path, *arguments: str) -> None:
    with _tenfold(place, *arguments) as process:
        try:
            _, errors = process.communicate(timeout=MOST_S)
        except subprocess.TimeoutExpired as error:
            raise TenfoldError(
                f"`tenfold {' '.join(arguments)}` took longer than {MOST_S:.0f} s. Try again when "
                "the machine is less busy."
            ) from error
    if process.returncode:
        raise TenfoldError(
            f"`tenfold {' '.join(arguments)}` ended with exit code {process.returncode}: "
            f"{errors.decode(errors='replace').strip()}"
        )


def _kill_when_fitting(path: Path) -> tuple[int, ...]:
    """Start the run, kill it after two checkpoints, and return their steps, newest first."""
    with _tenfold(path.parent, *RUN, "--out", str(path)) as process:
        deadline = time.perf_counter() + MOST_S
        while len(_steps(path)) < 2:
            if process.poll() is not None or time.perf_counter() > deadline:
                raise TenfoldError("The run that was to be killed left no checkpoint in time.")
            time.sleep(0.01)
        process.kill()
        process.communicate()
        if process.returncode == 0:
            raise TenfoldError("The run ended before it could be killed. Try again.")
    return _steps(path)


def _steps(path: Path) -> tuple[int, ...]:
    names = (path / layout.CHECKPOINTS.name).glob("[0-9]*.ckpt")
    return tuple(sorted((int(name.stem) for name in names), reverse=True))


def differences(one: Path, other: Path) -> list[str]:
    """What differs between two finished runs, bit by bit; seconds are left out.

    A file that only one of the runs has counts as different.

    Raises:
        TenfoldError: One of the folders does not hold a run.
    """
    runs = [Run.open(one), Run.open(other)]
    return [file.name for file in layout.FILES if not _same(file, *runs)]


def _same(file: RunFile, one: Run, other: Run) -> bool:
    """Whether a file agrees between two runs, in all that must be the same."""
    if file.same is Same.NOTHING:
        return True
    if not one.folder.has(file) or not other.folder.has(file):
        return bool(file.only) and one.folder.has(file) == other.folder.has(file)
    if file.same is Same.BYTES:
        return (one.folder / file).read_bytes() == (other.folder / file).read_bytes()
    if file.same is Same.VALUES:
        first, second = (_comparable(run.folder.read_json(file)) for run in (one, other))
        return bool(first == second)
    weights, others = one.model.get_weights(), other.model.get_weights()
    return len(weights) == len(others) and all(map(_same_bits, weights, others))


def _same_bits(one: np.ndarray, other: np.ndarray) -> bool:
    return one.shape == other.shape and one.tobytes() == other.tobytes()


_DIFFERENT = {"wall_s", "test_looks", "command"}
"""What differs in two runs of the same request: seconds, earlier looks at the test images, and the
command of the next step, which names the folder of the images."""


def _comparable(content: Any) -> Any:  # noqa: ANN401
    if isinstance(content, dict):
        return {k: _comparable(value) for k, value in content.items() if k not in _DIFFERENT}
    return [_comparable(value) for value in content] if isinstance(content, list) else content


@contextmanager
def _tenfold(place: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of the command line, which never outlives the block.

    Its cache is in `place`: nobody sees these figures, so they are not logged on this machine.
    """
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "tenfold", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "TENFOLD_CACHE": str(place / "cache")},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _tell(proof: Proof, say: Say) -> None:
    for name, found in (("The rerun", proof.rerun), ("The resumed run", proof.resumed)):
        say(f"{name} differs: {'; '.join(found)}" if found else f"{name} equals the run: all bits.")
    say(f"{'Proved' if proof.holds else 'NOT proved'} in {duration(proof.wall_s)}.")
