"""Kill small runs at random moments, resume them, and compare them with uninterrupted runs.

    python -m tests.faults.sigkills --kills 300

Runs are of two kinds: the notebook's dropout, Adam and early stopping; and local layers with
dropout, Muon and early stopping. A run is killed up to four times, from its first file to its
last; then it may end. Prints how many kills there were, where they struck, and every run that
could not be resumed or ended with a different bit.
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

# Imported once, since each run is a fork of this process; `tenfold.learn` would start threads.
import keras  # noqa: F401
import numpy as np
import sklearn.metrics  # noqa: F401

import tenfold.report.pictures  # noqa: F401
from tenfold.experiment.resume import resume
from tenfold.experiment.run import run
from tenfold.experiment.verify import differences

KINDS: dict[str, dict[str, Any]] = {
    "classic": {"epochs": 25, "batch_size": 64, "patience": 3},
    "standard": {
        "epochs": 8,
        "batch_size": 64,
        "patience": 3,
        "dropout": 0.1,
        "local": [{"units": 8, "window": 3}],
        "widths": [16],
    },
}
MOST_KILLS = 4


def quiet(_: str) -> None:
    """Say nothing."""


def begin(kind: str, path: Path, every_s: float) -> None:
    """The whole run."""
    run(
        kind,
        data="digits",
        out=path,
        overrides=dict(KINDS[kind]),
        checkpoint_every_s=every_s,
        say=quiet,
    )


def in_child(action: Callable[[], object], kill_after_s: float | None = None) -> int | None:
    """Do something in a fork; its exit code, or None if it was killed in time."""
    child = os.fork()
    if not child:
        try:
            action()
            os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", flush=True)
            os._exit(1)
    deadline = time.monotonic() + (1e9 if kill_after_s is None else kill_after_s)
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        time.sleep(0.002)


def stage(path: Path) -> str:
    """How far the run had come when it was killed."""
    for name, stage in (
        ("metrics.json", "evaluating"),
        ("fit.json", "predicting"),
        ("checkpoints", "fitting, with checkpoints"),
        ("recipe.yaml", "before the first checkpoint"),
        ("request.json", "before the fit"),
    ):
        if (path / name).exists():
            return stage
    return "before the first file"


def chain(kind: str, path: Path, seconds: float, random: np.random.Generator) -> Counter[str]:
    """Begin a run, kill and resume it some times, then let it end."""
    stages: Counter[str] = Counter()
    every_s = float(random.choice([0.0, 0.0, 30.0]))
    for _ in range(random.integers(1, MOST_KILLS + 1)):
        code = in_child(step(kind, path, every_s), random.uniform(0, seconds))
        if code == 0:
            break
        if code is not None:
            raise SystemExit(f"UNUSABLE: {path}, after {dict(stages)}")
        stages[stage(path)] += 1
    if in_child(step(kind, path, every_s)) != 0:
        raise SystemExit(f"UNUSABLE: {path}, after {dict(stages)}")
    return stages


def step(kind: str, path: Path, every_s: float) -> Callable[[], object]:
    """What a user would do next: resume what was begun, begin what was not."""
    if (path / "request.json").exists():
        return partial(resume, path, say=quiet)
    return partial(begin, kind, path, every_s)


def same(one: Path, other: Path) -> None:
    """End with an error if two runs differ."""
    found = differences(one, other)
    if found:
        raise ValueError(f"{other} differs in {'; '.join(found)}")


def main() -> None:
    """Kill, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    random = np.random.default_rng(asked.seed)
    kills: Counter[str] = Counter()
    n_runs = n_different = 0
    with tempfile.TemporaryDirectory(prefix="tenfold-kills-") as name:
        place, seconds = Path(name), {}
        for kind in KINDS:
            began_at = time.monotonic()
            if in_child(partial(begin, kind, place / kind, 0.0)) != 0:
                raise SystemExit("The run to compare with failed.")
            seconds[kind] = time.monotonic() - began_at
        while kills.total() < asked.kills:
            kind = list(KINDS)[n_runs % len(KINDS)]
            path = place / f"run-{n_runs}"
            kills += chain(kind, path, seconds[kind], random)
            n_different += in_child(partial(same, place / kind, path)) != 0
            n_runs += 1
            print(f"{kills.total()} kills, {n_runs} runs, {n_different} different", flush=True)
    print(
        f"{kills.total()} kills of {n_runs} runs: 0 unusable, {n_different} different; "
        + ", ".join(f"{stage}: {n}" for stage, n in kills.most_common())
    )
    sys.exit(n_different > 0)


if __name__ == "__main__":
    main()
