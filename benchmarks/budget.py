"""Whether `tenfold run --budget` keeps its promise: many runs, each in a new process.

    TENFOLD_CIFAR10=ARCHIVE python benchmarks/budget.py --budgets 40s 60s 90s --trials 20

The budgets take turns. The promise counts from the end of gathering; the time of the whole process
is reported too. Writes one CSV row for each run, and prints how many runs kept their promise.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import append_row, machine


def trial(budget: str, seed: int) -> dict[str, object]:
    """One run, and its own report."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place) / "run"
        command = [sys.executable, "-m", "tenfold", "run", "--budget", budget, "--seed", str(seed)]
        began_at = time.perf_counter()
        subprocess.run([*command, "--out", str(out)], stdout=subprocess.DEVNULL, check=True)
        wall_s = time.perf_counter() - began_at
        metrics = json.loads((out / "metrics.json").read_text("utf-8"))
        recipe = (out / "recipe.yaml").read_text("utf-8").partition("\n")[0].removeprefix("name: ")
    return {
        "budget": budget,
        "seed": seed,
        **metrics["budget"],
        "whole_process_s": wall_s,
        "recipe": recipe,
        "epochs": metrics["fit"]["epochs"],
        "out_of_time": metrics["fit"]["out_of_time"],
        "test_accuracy": metrics["test"]["accuracy"],
        **machine(),
    }


def main() -> None:
    """Run, count and report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--budgets", nargs="+", default=["40s", "60s", "90s"])
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--out", type=Path, default=Path("budget.csv"))
    asked = parser.parse_args()
    kept = 0
    for number in range(asked.trials):
        row = trial(asked.budgets[number % len(asked.budgets)], number)
        append_row(asked.out, row)
        kept += bool(row["kept"])
        print(
            f"{row['budget']}: took {row['took_s']:.1f} s, {row['recipe']}, "
            f"{row['epochs']} epochs, test {row['test_accuracy']:.2%}; kept {kept} of {number + 1}",
            flush=True,
        )


if __name__ == "__main__":
    main()
