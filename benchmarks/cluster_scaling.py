"""Compare the model of `cluster_costs.py` with measurements, and ask it about many machines.

    python benchmarks/cluster_scaling.py

prints both as tables. `cluster_measure.py` has written the measurements to cluster_measured.json.
"""

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cluster_costs import Batch, Cluster, Fits, Together, epoch_s, first_s
from tenfold.recipes import standard

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
        small, large = Batch.calibrating(part)
        for run in part["runs"]:
            if run["n_images"] == small or (run["workers"], run["n_images"]) == (1, large):
                continue
            batch = Batch.of(part, run["workers"])
            here = Cluster(run["workers"], cores=1)
            foretold = batch.wall_s(run["n_images"], here, part_rows=part["part_rows"])
            found.append(Check(f"{run['n_images']:,} images, {_workers(run)}", foretold, run["s"]))
    if part := measured.get("together"):
        few = min(run["n_images"] for run in part["runs"])
        shared, one = Together.of(part), epoch_s(part, 1)
        evaluated = one - _steps(part, few) * shared.one_step_s(part["batch"], 1, Cluster(1))
        for run in part["runs"]:
            if run["epochs"] == 1 or run["n_images"] == few:  # These calibrate.
                continue
            step = shared.one_step_s(part["batch"], run["workers"], Cluster(1))
            begun = first_s(part, run["workers"]) - evaluated - _steps(part, few) * step
            each = evaluated + _steps(part, run["n_images"]) * step
            what = f"{run['epochs']} epochs of {run['n_images']:,} images together, {_workers(run)}"
            found.append(Check(what, begun + run["epochs"] * each, run["s"]))
    return found


def _steps(part: dict[str, Any], n_images: int) -> int:
    return -(-n_images // int(part["batch"]))


def _workers(run: dict[str, Any]) -> str:
    return f"{run['workers']} worker{'s' * (run['workers'] > 1)}"


MACHINES = (1, 10, 100, 1_000)


def foretold(measured: dict[str, Any]) -> list[str]:
    """What the model says about more machines: lines of Markdown."""
    lines = []
    if part := measured.get("fits"):
        n_fits, one_s = 10_000, 2 * standard.MEASURED.fit_s  # It was measured on two cores.
        costs = replace(Fits.of(part), fit_s=one_s, image_s=0.0)
        about: dict[str, Any] = {"n_images": 45_000, "epochs": 20, "data_bytes": 50_000 * 3072}
        lines += [
            "| machines | 10,000 fits | the driver | cores busy | with losses |",
            "|---|---|---|---|---|",
        ]
        for machines in MACHINES:
            here = Cluster(machines)
            wall = costs.wall_s(n_fits, here, **about)
            lossy = costs.wall_s(n_fits, replace(here, losses_per_hour=0.02), **about)
            busy = n_fits * one_s / (wall * here.n_workers)
            driver = n_fits * costs.result_s
            lines.append(
                f"| {machines:,} | {_time(wall)} | {_time(driver)} | {busy:.0%} | {_time(lossy)} |"
            )
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
    lines = ["| | |", "|---|---|"]

    def add(words: str, value: str) -> None:
        lines.append(f"| {words} | {value} |")

    if part := measured.get("fits"):
        fits = Fits.of(part)
        add("joining Ray, sending the images, and a worker's start", f"{fits.begin_s:.1f} s")
        add("TensorFlow's start in a worker, and first tracing", f"{fits.worker_s:.1f} s")
        for size in part["sizes"]:
            words = f"a fit of `classic`, {part['epochs']} epochs of {size:,} images"
            add(words, f"{part['alone'][f'fit_{size}_s']:.1f} s")
        add("handing out a piece of work", f"{1e3 * fits.hand_out_s:.1f} ms")
        add("writing 10,000 predictions of a fit", f"{fits.result_s:.2f} s")
        add("writing fits.json, for each fit in it", f"{1e3 * fits.entry_s:.2f} ms")
        rate = f"{fits.copy_bytes_s / 1e9:.2f} GB/s"
        add("copying from node to node", rate)
    if part := measured.get("batch"):
        batch = Batch.of(part)
        add("a prediction's command, without images", f"{batch.begin_s:.1f} s")
        add("reading, predicting and writing an image", f"{1e3 * batch.image_s:.2f} ms")
        add("listing a file", f"{1e6 * batch.list_s:.0f} us")
    if part := measured.get("together"):
        shared = Together.of(part)
        add("a step of `standard`, the least", f"{1e3 * shared.step_s:.0f} ms")
        add("each image of the batch", f"{1e3 * shared.image_s:.2f} ms")
        add("sharing a step, beside what travels", f"{1e3 * shared.shared_s:.0f} ms")
        muon = f"{1e3 * sum(shared.matrices_s):.0f} ms"
        add(f"Muon, {len(shared.matrices_s)} matrices", muon)
        add("the largest of them", f"{1e3 * max(shared.matrices_s):.1f} ms")
        add("a swap of two processes", f"{1e3 * shared.swap_s:.2f} ms")
        add("its bytes", f"{shared.local_bytes_s / 1e9:.2f} GB/s")
    return lines


def tables(measured: dict[str, Any]) -> list[str]:
    """The checks and what the model foretells, as lines of Markdown."""
    lines = ["| | foretold | measured | off |", "|---|---|---|---|"] if checks(measured) else []
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
