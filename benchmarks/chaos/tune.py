"""Kill the driver or a worker of small searches at random moments, and compare what they find.

    python benchmarks/chaos/tune.py --count 15 [--seed 0]
    TENFOLD_CIFAR10=ARCHIVE python benchmarks/chaos/tune.py --measure

Each search runs on a cluster of two local nodes with a core each, whose processes are separate. It
is killed up to four times; a killed driver is started again with `--resume`. At the end, every fit
must have its result, and trials, winner and luck must be those of the same search without a kill.
`--measure` compares two single-threaded workers with one, and one trial with the same fit without
Ray. With `--own-cores` each node is bound to one core, as a machine with one core would be; else
one worker has the other core's help.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from killing import run_through_kills
from nodes import local_nodes

TENFOLD = [sys.executable, "-m", "tenfold"]
SPACE = """
learning_rate: {low: 0.003, high: 0.1, log: true}
widths: {choose: [[64], [128, 64], [32]]}
batch_size: {low: 50, high: 400}
"""
SEARCH = [
    "--data",
    "digits",
    "--trials",
    "8",
    "--set",
    "epochs=9",
    "--again",
    "1",
    "--at-once",
    "3",
]
SEEDS = (0, 1, 2)
"""The searches that are killed in turn."""
MOST_KILLS = 4
N_TRIALS = 12
"""Fits of about half a minute, which two workers share."""
TIMES = {"fit_s", "spent_s"}


def begin(out: Path, space: Path, address: str, seed: int) -> list[str]:
    """The command that begins a search."""
    asked = ["tune", "classic-plain", "--space", str(space), "--seed", str(seed), *SEARCH]
    return [*TENFOLD, *asked, "--cluster", address, "--out", str(out)]


def without_times(content: Any) -> Any:
    """The figures of a search that must be the same."""
    if isinstance(content, dict):
        return {name: without_times(each) for name, each in content.items() if name not in TIMES}
    return [without_times(each) for each in content] if isinstance(content, list) else content


def found_in(out: Path) -> Any:
    """What a search found, and every result of its fits."""
    fits = sorted(out.glob("*/*/result.json"))
    return without_times({
        "tune": json.loads((out / "tune.json").read_text()),
        "best": (out / "best.yaml").read_text(),
        "fits": {str(each.relative_to(out)): json.loads(each.read_text()) for each in fits},
    })  # fmt: skip


def kill_them(count: int, seed: int, place: Path) -> None:
    """Run searches through kills, and compare each with one that was not killed."""
    random = np.random.default_rng(seed)
    space = place / "space.yaml"
    space.write_text(SPACE)
    kills: Counter[str] = Counter()
    wrong = 0
    with local_nodes(2) as address:
        whole, seconds = {}, 0.0
        for each in SEEDS[: min(count, len(SEEDS))]:
            began_at = time.monotonic()
            out = place / f"whole-{each}"
            log = (place / f"whole-{each}.log").open("w")
            subprocess.run(begin(out, space, address, each), check=True, stdout=log, stderr=log)
            seconds, whole[each] = time.monotonic() - began_at, found_in(out)
            print(f"Search {each} without a kill: {seconds:.0f} s", flush=True)
        for number in range(count):
            which, out = SEEDS[number % len(SEEDS)], place / f"killed-{number}"
            survived = run_through_kills(
                begin(out, space, address, which),
                [*TENFOLD, "tune", "--resume", str(out), "--cluster", address],
                random=random,
                most_kills=int(random.integers(1, MOST_KILLS + 1)),
                within_s=seconds / 2,
                log=place / f"killed-{number}.log",
                begun=out / "tune-settings.json",
                nodes=os.getpid(),
            )
            same = found_in(out) == whole[which]
            wrong += not same
            kills.update(survived.kills)
            words = ", ".join(f"{n} x {whom}" for whom, n in survived.kills.items())
            answer = "the same" if same else "DIFFERENT"
            print(f"{number + 1}/{count}: killed {words}: {answer}, {survived.wall_s:.0f} s",
                  flush=True)  # fmt: skip
    print(f"{count} searches, {kills['driver']} drivers and {kills['worker']} workers killed: "
          f"{wrong} ended otherwise.")  # fmt: skip
    sys.exit(bool(wrong))


def measure(place: Path, *, own_cores: bool) -> None:
    """One trial with Ray against one without, and two workers against one."""
    space = place / "space.yaml"
    space.write_text("learning_rate: {low: 0.003, high: 0.03, log: true}\n")
    small = ["classic-plain", "--data", "digits", "--set", "epochs=150", "--set", "batch_size=64"]
    longer = ["quick", "--data", "cifar10", "--train-size", "20000", "--set", "epochs=16"]
    one_thread = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    search = [*TENFOLD, "tune", "--space", str(space), "--again", "0"]
    for n_trials, n_nodes, fits in ((1, 1, small), (N_TRIALS, 1, longer), (N_TRIALS, 2, longer)):
        with local_nodes(n_nodes, own_cores=own_cores) as address:
            out = place / f"{n_trials}-on-{n_nodes}"
            more = ["--trials", str(n_trials), "--at-once", str(n_trials), "--cluster", address]
            seconds = timed([*search, *fits, *more, "--out", str(out)], {})
            found = json.loads((out / "tune.json").read_text())
            in_fits = sum(trial["fit_s"] for trial in found["trials"])
            print(f"{n_trials} trials, workers: {n_nodes}: {seconds:.1f} s as a command, "
                  f"{found['spent_s']:.1f} s from the first trial to the last, {in_fits:.1f} s "
                  "of fitting in all", flush=True)  # fmt: skip
    seconds = timed([*search, *small, "--trials", "1", "--out", str(place / "alone")], {})
    print(f"1 trial, with a Ray of its own: {seconds:.1f} s as a command", flush=True)
    asked = ["study", *small, "--seeds", "1", "--out", str(place / "study")]
    seconds = timed([*TENFOLD, *asked], one_thread)
    print(f"1 fit without Ray (tenfold study): {seconds:.1f} s as a command", flush=True)


def timed(command: list[str], env: dict[str, str]) -> float:
    """Seconds of a command."""
    began_at = time.monotonic()
    done = subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.monotonic() - began_at


def main() -> None:
    """Kill and compare, or measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--own-cores", action="store_true")
    parser.add_argument("--keep", type=Path, help="Keep the folders of the searches here.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tenfold-tune-") as name:
        place = asked.keep or Path(name)
        place.mkdir(exist_ok=True)
        if asked.measure:
            measure(place, own_cores=asked.own_cores)
        else:
            kill_them(asked.count, asked.seed, place)


if __name__ == "__main__":
    main()
