"""Compare the model of `cluster_costs.py` with measurements, and ask it about many machines.

    python benchmarks/cluster_scaling.py

prints both as tables. `cluster_measure.py` has written the measurements to cluster_measured.json.
"""

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cluster_costs import Batch, Cluster, Fits, Together

MEASURED = Path(__file__).with_name("cluster_measured.json")


@dataclass(frozen=True)
class Check:
    """A command that was foretold and measured.

    Attributes:
        what: The command, in words.
        foretold_s: Seconds by the model.
        measured_s: Seconds as measured.
    """

    what: str
    foretold_s: float
    measured_s: float

    @property
    def off(self) -> float:
        """How far the model is off: 0.1 is ten per cent too long."""
        return self.foretold_s / self.measured_s - 1


def checks(measured: dict[str, Any]) -> list[Check]:
    """Every command that was measured and did not calibrate the model."""
    found = []
    if part := measured.get("fits"):
        costs = Fits.of(part)
        for run in part["runs"]:
            here = Cluster(run["workers"], cores=1)
            foretold = costs.wall_s(
                run["n_fits"], here, n_images=run["n_images"], epochs=part["epochs"]
            )
            what = f"{run['n_fits']} fits of {run['n_images']:,} images, {_workers(run)}"
            found.append(Check(what, foretold, run["s"]))
    if part := measured.get("batch"):
        batch = Batch.of(part)
        for run in part["runs"]:
            if run["workers"] == 1 and run["n_images"] in Batch.calibrating(part):
                continue
            here = Cluster(run["workers"], cores=1)
            foretold = batch.wall_s(run["n_images"], here, part_rows=part["part_rows"])
            found.append(Check(f"{run['n_images']:,} images, {_workers(run)}", foretold, run["s"]))
    if part := measured.get("together"):
        shared, one = Together.of(part), _epochs(part, 1, 5_000)
        evaluated = one - _steps(part, 5_000) * shared.one_step_s(part["batch"], 1, Cluster(1))
        for run in part["runs"]:
            if run["epochs"] == 1 or (run["workers"], run["n_images"]) == (1, 5_000):
                continue
            step = shared.one_step_s(part["batch"], run["workers"], Cluster(1))
            begun = _first(part, run["workers"]) - evaluated - _steps(part, 5_000) * step
            each = evaluated + _steps(part, run["n_images"]) * step
            what = f"{run['epochs']} epochs of {run['n_images']:,} images together, {_workers(run)}"
            found.append(Check(what, begun + run["epochs"] * each, run["s"]))
    return found


def _steps(part: dict[str, Any], n_images: int) -> int:
    return -(-n_images // int(part["batch"]))


def _first(part: dict[str, Any], workers: int) -> float:
    """Seconds of the fit of one epoch."""
    return next(
        float(run["s"]) for run in part["runs"] if (run["workers"], run["epochs"]) == (workers, 1)
    )


def _epochs(part: dict[str, Any], workers: int, n_images: int) -> float:
    """Seconds of one more epoch."""
    longer = next(
        run
        for run in part["runs"]
        if (run["workers"], run["n_images"]) == (workers, n_images) and run["epochs"] > 1
    )
    return (float(longer["s"]) - _first(part, workers)) / (longer["epochs"] - 1)


def _workers(run: dict[str, Any]) -> str:
    return f"{run['workers']} worker{'s' * (run['workers'] > 1)}"


MACHINES = (1, 10, 100, 1_000)


def foretold(measured: dict[str, Any]) -> list[str]:
    """What the model says about more machines: lines of Markdown."""
    lines = []
    if part := measured.get("fits"):
        costs, n_fits = Fits.of(part), 10_000
        about: dict[str, Any] = {"n_images": 45_000, "epochs": 100, "data_bytes": 50_000 * 3072}
        lines += [
            "| machines | 10,000 fits | of that, the driver | cores busy | with losses |",
            "|---|---|---|---|---|",
        ]
        for machines in MACHINES:
            here = Cluster(machines)
            wall = costs.wall_s(n_fits, here, **about)
            lossy = costs.wall_s(n_fits, replace(here, losses_per_hour=0.02), **about)
            busy = n_fits * costs.one_s(45_000, 100) / (wall * here.n_workers)
            driver = n_fits * costs.result_s
            lines.append(
                f"| {machines:,} | {_time(wall)} | {_time(driver)} | {busy:.0%} | {_time(lossy)} |"
            )
        slow = costs.wall_s(n_fits, Cluster(1_000), **about, each_time=True)
        lines += ["", f"fits.json after every fit, 1,000 machines: {_time(slow)}"]
    if part := measured.get("batch"):
        batch, n_images = Batch.of(part), 10**9
        lines += [
            "",
            "| machines | 10^9 images | of that, listing files | images/s |",
            "|---|---|---|---|",
        ]
        for machines in MACHINES:
            wall = batch.wall_s(n_images, Cluster(machines), image_bytes=2_000)
            listing = n_images * batch.list_s
            lines.append(
                f"| {machines:,} | {_time(wall)} | {_time(listing)} | {n_images / wall:,.0f} |"
            )
    if part := measured.get("together"):
        lines += ["", "| workers of one core | batches of 500 | of 4,000 |", "|---|---|---|"]
        shared = Together.of(part)
        for workers in (2, 4, 8, 16, 100, 1_000):
            far = Cluster(workers, cores=1)
            gains = (shared.gain(batch, workers, far) for batch in (500, 4_000))
            lines.append(f"| {workers:,} | {' | '.join(f'{gain:.2f} times' for gain in gains)} |")
    return lines


def _time(seconds: float) -> str:
    """Seconds as people say them.

    >>> _time(90), _time(7200), _time(200_000)
    ('90 s', '120 min', '56 h')
    """
    if seconds < 600:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 36_000 else f"{seconds / 3600:.0f} h"


def costs(measured: dict[str, Any]) -> list[str]:
    """What was measured, as lines of Markdown."""
    lines = ["| measured | |", "|---|---|"]
    if part := measured.get("fits"):
        fits = Fits.of(part)
        lines += [
            f"| joining Ray, and a worker's start | {fits.begin_s:.1f} s |",
            f"| a worker's start of TensorFlow, and its first tracing | {fits.worker_s:.1f} s |",
            f"| a fit of `classic`, whatever its size | {fits.fit_s:.2f} s |",
            f"| each image of each epoch | {1e6 * fits.image_s:.0f} us |",
            f"| handing out one piece of work | {1e3 * fits.hand_out_s:.1f} ms |",
            f"| writing 10,000 predictions of a fit | {fits.result_s:.2f} s |",
            f"| writing fits.json, for each fit in it | {1e3 * fits.entry_s:.2f} ms |",
            f"| copying from one node's store to another's | {fits.copy_bytes_s / 1e9:.2f} GB/s |",
        ]
    if part := measured.get("batch"):
        batch = Batch.of(part)
        lines += [
            f"| a prediction's command, without images | {batch.begin_s:.1f} s |",
            f"| reading, predicting and writing an image | {1e3 * batch.image_s:.2f} ms |",
            f"| listing a file | {1e6 * batch.list_s:.0f} us |",
        ]
    if part := measured.get("together"):
        shared = Together.of(part)
        muon, largest = sum(shared.matrices_s), max(shared.matrices_s)
        lines += [
            f"| a step of `standard` without images and Muon | {1e3 * shared.step_s:.0f} ms |",
            f"| each image of the batch | {1e3 * shared.image_s:.2f} ms |",
            f"| Muon, {len(shared.matrices_s)} matrices | {1e3 * muon:.0f} ms |",
            f"| the largest of them | {1e3 * largest:.1f} ms |",
            f"| two processes that swap, without bytes | {1e3 * shared.swap_s:.2f} ms |",
            f"| and their bytes | {shared.local_bytes_s / 1e9:.2f} GB/s |",
        ]
    return lines


def tables(measured: dict[str, Any]) -> list[str]:
    """The checks and what the model foretells, as lines of Markdown."""
    lines = ["| | foretold | measured | off |", "|---|---|---|---|"]
    lines += [
        f"| {each.what} | {each.foretold_s:.1f} s | {each.measured_s:.1f} s | {each.off:+.0%} |"
        for each in checks(measured)
    ]
    return [*costs(measured), "", *lines, "", *foretold(measured)]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measured", type=Path, default=MEASURED)
    print("\n".join(tables(json.loads(parser.parse_args().measured.read_text("utf-8")))))


if __name__ == "__main__":
    main()
