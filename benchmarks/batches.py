"""Batch prediction by one single-threaded worker and by two: images a second, and memory.

    TENFOLD_CIFAR10=ARCHIVE python benchmarks/batches.py RUN [--images 122880] [--own-cores]

RUN is a run on CIFAR-10, or its ONNX export. Makes PNG files of 32 x 32 pixels in a temporary
folder (TMPDIR names the disk) and predicts them on Ray nodes of one core, in processes of their
own: on one and on two in turn. With `--own-cores` each node is bound to one core, as a machine with
one core would be; else one worker has the other core's help. The rate is that of the rows between
the first part and the last, without the start. The processor time of a worker for 1,000 of these
rows hardly depends on other work on the machine. Memory is the most that a worker, or the driver,
holds beside the pages of files (RssAnon). One more prediction, of the same files twice, shows
whether it grows. Writes CSV rows, prints medians. Linux only.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parent / "chaos"))  # Where what starts nodes is.

from nodes import local_nodes

from made_images import make_folder
from measuring import append_row, machine

PART_ROWS = 4_096
ASKED_RATIO = 1.7


class Watch:
    """The memory and the processor time of workers and driver.

    Attributes:
        peaks_mb: The most RssAnon of a process, by what it does, in megabytes (10^6 bytes).
        used: How many parts there were, and how many seconds all workers had computed by then.
    """

    def __init__(self, parts: Path) -> None:
        self.peaks_mb = {"worker": 0.0, "driver": 0.0}
        self.used: list[tuple[int, float]] = []
        self._parts, self._seconds = parts, dict[int, float]()

    def look(self, driver: int) -> None:
        """Look at the driver, and at the workers among the descendants of this process."""
        for process in psutil.Process().children(recursive=True):
            try:
                is_worker = "ray::MapWorker" in " ".join(process.cmdline())
                if is_worker or process.pid == driver:
                    kind = "worker" if is_worker else "driver"
                    held = anonymous_mb(process.pid)
                    self.peaks_mb[kind] = max(self.peaks_mb[kind], held)
                if is_worker:
                    times = process.cpu_times()
                    self._seconds[process.pid] = times.user + times.system
            except (psutil.Error, OSError):
                continue
        n_parts = len(list(self._parts.glob("part-*.parquet")))
        self.used.append((n_parts, sum(self._seconds.values())))

    def seconds_for_1000(self) -> float:
        """Processor time for 1,000 rows, from the first part on."""
        (n_first, first), *_ = (each for each in self.used if each[0])
        n_last, last = self.used[-1]
        return (last - first) / max(n_last - n_first, 1) / PART_ROWS * 1_000


def anonymous_mb(pid: int) -> float:
    """RssAnon of a process, in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0


def predict(run: Path, images: Path, n_workers: int, *, own_cores: bool) -> dict[str, float]:
    """Predict once on so many nodes; what was measured."""
    with (
        tempfile.TemporaryDirectory() as work,
        local_nodes(n_workers, own_cores=own_cores) as address,
    ):
        out, is_over, began_at = Path(work) / "out", threading.Event(), time.perf_counter()
        seen = Watch(out / "parts")
        driver = subprocess.Popen(
            [
                *(sys.executable, "-m", "tenfold", "predict", str(run), str(images)),
                *("--cluster", address, "--part-rows", str(PART_ROWS), "--out", str(out)),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

        def watch() -> None:
            while not is_over.wait(0.2):
                seen.look(driver.pid)

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        _, errors = driver.communicate()
        wall_s = time.perf_counter() - began_at
        is_over.set()
        thread.join()
        if driver.returncode:
            raise SystemExit(errors.decode())
        ends = sorted(each.stat().st_mtime for each in (out / "parts").iterdir())
    rate = (len(ends) - n_workers) * PART_ROWS / (ends[-1] - ends[n_workers - 1])
    return {
        "images/s": rate,
        "wall, s": wall_s,
        "processor ms for 1,000 images": 1e3 * seen.seconds_for_1000(),
        "RssAnon of a worker at most, MB": seen.peaks_mb["worker"],
        "RssAnon of the driver at most, MB": seen.peaks_mb["driver"],
    }


def main() -> None:
    """Make the images, and predict them by turns."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="a run on CIFAR-10, or its ONNX export")
    parser.add_argument("--images", type=int, default=30 * PART_ROWS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--own-cores", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("batches.csv"))
    asked = parser.parse_args()
    found: dict[tuple[int, int, str], list[float]] = {}

    def measure(images: Path, n_images: int, n_workers: int, repeat: int) -> None:
        measured = predict(asked.run, images, n_workers, own_cores=asked.own_cores)
        for what, value in measured.items():
            found.setdefault((n_images, n_workers, what), []).append(value)
            facts = {"images": n_images, "workers": n_workers, "what": what, "repeat": repeat}
            append_row(asked.out, {**facts, "value": value, **machine()})
            print(f"{n_images:,} images, {n_workers} workers, {what:<36}{value:10,.1f}", flush=True)

    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "images"
        for _ in make_folder(folder, asked.images, ".png"):
            pass
        for repeat in range(asked.repeats):
            for n_workers in (1, 2):
                measure(folder, asked.images, n_workers, repeat)
        twice = Path(work) / "twice.csv"
        names = sorted(str(each) for each in folder.rglob("*.png"))
        twice.write_text("\n".join(["file", *names, *names]) + "\n")
        measure(twice, 2 * asked.images, 2, 0)
    for (n_images, n_workers, what), values in found.items():
        middle = statistics.median(values)
        print(
            f"{n_images:,} images, {n_workers} workers, {what}: {middle:,.1f} (n {len(values)}, "
            f"{min(values):,.1f} to {max(values):,.1f})"
        )
    one, two = (found[(asked.images, n, "images/s")] for n in (1, 2))
    ratios = [b / a for a, b in zip(one, two, strict=True)]
    print(
        f"two workers to one: {statistics.median(ratios):.2f} (n {len(ratios)}, {min(ratios):.2f} "
        f"to {max(ratios):.2f}; asked for: {ASKED_RATIO} or more), load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    main()
