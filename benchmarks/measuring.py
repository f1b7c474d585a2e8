"""Code that the benchmarks share: images, machine, new processes, and CSV rows."""

import csv
import multiprocessing
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tenfold.core.images import ImageSet
from tenfold.runs.environment import environment

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Images:
    """CIFAR-10 as `tenfold run` divides it."""

    train: ImageSet
    validation: ImageSet
    test: ImageSet


def gather_images(validation: str, seed: int, *, fit_all: bool = False) -> Images:
    """Gather, clean and split CIFAR-10 as `tenfold run` does.

    Args:
        validation: A recipe's rule, such as `10%`.
        seed: Decides the draw.
        fit_all: Whether the validation images are among those to fit, too.
    """
    import numpy as np

    from tenfold.data.cifar10 import gather_cifar10
    from tenfold.data.clean import clean
    from tenfold.data.split import split

    dataset = gather_cifar10()
    splits = split(
        dataset.train.labels,
        clean(dataset).kept,
        classes=dataset.classes,
        validation=validation,
        train_size=None,
        seed=seed,
    )
    take, fitted = dataset.train.take, splits.train
    if fit_all:
        fitted = np.sort(np.concatenate([fitted, splits.validation]))
    return Images(take(fitted), take(splits.validation), dataset.test)


def product_rates() -> dict[str, float]:
    """Measure large matrix products on all cores: GFLOP/s for each number format."""
    from tenfold.learn.precision import product_rate

    return {dtype: product_rate(dtype, side=2048) for dtype in ("bfloat16", "float32")}


def machine() -> dict[str, Any]:
    """The machine and versions that a row was measured with."""
    facts = environment(Path.cwd())
    packages = facts["packages"]
    return {
        "processor": facts["processor"],
        "cores": facts["cores"],
        "python": facts["python"],
        "keras": packages["keras"],
        "tensorflow": packages.get("tensorflow-cpu") or packages.get("tensorflow"),
    }


def peak_memory_mb() -> float:
    """The most memory that this process has held so far: megabytes (10^6 bytes)."""
    return memory_mb(resource.getrusage(resource.RUSAGE_SELF))


def memory_mb(usage: resource.struct_rusage) -> float:
    """Peak memory in megabytes; Linux counts it in KiB, macOS in bytes."""
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def in_fresh_process(function: Callable[..., Answer], *arguments: object) -> Answer:
    """Call a function in a new Python process: it starts cold, and has its own peak memory."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawn) as pool:
        return pool.submit(function, *arguments).result()


def append_row(path: Path, row: dict[str, Any]) -> None:
    """Add a row to a CSV file at once, with a header if the file is new."""
    is_new = not path.exists()
    if not is_new and path.read_text("utf-8").partition("\n")[0].split(",") != list(row):
        raise SystemExit(f"{path} has other columns. Move it away, or name another with --out.")
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row)
        if is_new:
            writer.writeheader()
        writer.writerow({name: _rounded(value) for name, value in row.items()})


def _rounded(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value


def read_rows(path: Path) -> list[dict[str, str]]:
    """Read the rows that `append_row` wrote; none if there is no file."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
