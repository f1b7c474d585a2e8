"""The time that a run takes outside `fit`: imports, cached data, everything else; and its memory.

    TENFOLD_CIFAR10=ARCHIVE python benchmarks/startup.py [--recipe quick] [--repeats 5]

Each measurement is a new process, on files that are in the system's memory. A first run, which is
not counted, fills Tenfold's cache. Options that this script does not know go to `tenfold run`, such
as `--set epochs=1`. Writes one CSV row for each measurement, prints medians. Linux and macOS only,
since it asks the system for the memory of each process.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import append_row, machine, memory_mb

IMPORTS = ("tenfold", "tenfold.cli", "tenfold.learn", "keras", "sklearn.metrics", "matplotlib")
LOADING = "from tenfold.data.cifar10 import gather_cifar10"
READING = "import numpy as np; from tenfold.data.cifar10 import gather_cifar10"
"""Cached images are memory-mapped: loading touches few of them, reading touches all."""


def timed(statement: str, before: str = "") -> float:
    """Seconds that a statement takes in a new Python, after `before`."""
    code = (
        f"import time; {before}\nbegan_at = time.perf_counter()\n{statement}\n"
        "print(time.perf_counter() - began_at)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def run_tenfold(recipe: str, more: list[str]) -> dict[str, float]:
    """One `tenfold run`: its seconds, those outside `fit`, and its peak memory in megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        command = [sys.executable, "-m", "tenfold", "run", recipe, "--out", str(out), *more]
        began_at = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - began_at
        process.returncode = os.waitstatus_to_exitcode(status)  # It is waited for already.
        if process.returncode:
            raise SystemExit(f"`tenfold run {recipe}` ended with {process.returncode}.")
        fit_s = json.loads((out / "fit.json").read_text("utf-8"))["wall_s"]
    name = f"run {recipe}"
    return {
        f"{name}: all, s": wall_s,
        f"{name}: fit, s": fit_s,
        f"{name}: outside fit, s": wall_s - fit_s,
        f"{name}: peak memory, MB": memory_mb(usage),
    }


def measure(recipe: str, more: list[str]) -> dict[str, float]:
    """Measure everything once."""
    return {
        **{f"import {name}, s": timed(f"import {name}") for name in IMPORTS},
        "load cached data, s": timed("gather_cifar10()", LOADING),
        "load and read cached data, s": timed(
            "data = gather_cifar10(); np.array(data.train.images); np.array(data.test.images)",
            READING,
        ),
        **run_tenfold(recipe, more),
    }


def main() -> None:
    """Measure again and again; write rows and print medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--recipe", default="quick")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("startup.csv"))
    asked, more = parser.parse_known_args()
    timed("gather_cifar10()", LOADING)  # Fills the cache.
    found: dict[str, list[float]] = {}
    for number in range(asked.repeats):
        for what, value in measure(asked.recipe, more).items():
            found.setdefault(what, []).append(value)
            append_row(asked.out, {"what": what, "repeat": number, "value": value, **machine()})
    for what, values in found.items():
        print(
            f"{what:<36}{statistics.median(values):9.2f}  "
            f"(n {len(values)}, {min(values):.2f} to {max(values):.2f})"
        )


if __name__ == "__main__":
    main()
