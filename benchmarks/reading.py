"""Read a folder of image files for the first and for the second time.

    python benchmarks/reading.py FOLDER [--repeats 5] [--out reading.csv]

Each reading runs in a new process. The seconds are those of `gather`: finding the files, reading
and decoding them or taking them from the cache, and building the sets. The cache is a new one in a
temporary folder. The files come from the system's page cache, as on a machine that has just
unpacked them: they are read once before each first reading. Writes CSV rows, prints medians.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

from measuring import append_row, in_fresh_process, machine


def seconds_to_gather(folder: str, cache: str) -> tuple[float, int]:
    """Seconds to gather the folder, and the number of images."""
    os.environ["TENFOLD_CACHE"] = cache
    from tenfold.experiment.gather import gather

    began = time.perf_counter()
    dataset = gather(folder, say=lambda _: None)
    return time.perf_counter() - began, len(dataset.train) + len(dataset.test)


def warm(folder: Path) -> None:
    """Have the system hold the files in memory."""
    for path in folder.rglob("*"):
        if path.is_file():
            path.read_bytes()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Read a folder of image files, twice.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path("reading.csv"))
    given = parser.parse_args()
    found: dict[str, list[float]] = {"first": [], "second": []}
    for repeat in range(given.repeats):
        warm(given.folder)
        with tempfile.TemporaryDirectory() as cache:
            for which, seconds in found.items():
                took, n = in_fresh_process(seconds_to_gather, str(given.folder), cache)
                seconds.append(took)
                row = {"repeat": repeat, "reading": which, "n_images": n, "seconds": took}
                append_row(given.out, {**row, **machine()})
    for which, seconds in found.items():
        low, middle, high = min(seconds), statistics.median(seconds), max(seconds)
        print(f"{which:<6}  {middle:6.2f} s (n = {len(seconds)}, {low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
