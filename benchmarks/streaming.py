"""Fit a set that stays on the disk: images per second, memory of its own, and exact resuming.

    TENFOLD_CIFAR10=ARCHIVE python benchmarks/streaming.py [--images 1000000] [--repeats 3]
    TENFOLD_CIFAR10=ARCHIVE python benchmarks/streaming.py --make DIR [--suffix .png]
    TENFOLD_CIFAR10=ARCHIVE python benchmarks/streaming.py --folder DIR

The first makes an array of 32 x 32 images in a temporary folder (TMPDIR names the disk: 3 GB for a
million) and uses that; the second makes a folder of image files, and the third gathers one. Every
measurement runs in a new process.

    rate      the same steps of a recipe, streamed and with a part of the images in memory, in turn
    memory    gather, checksums, explore, clean, split, one epoch, predict: the most RssAnon of each
    resume    a small streamed fit that is killed and resumed, one that is not, and one in memory

RssAnon is the memory of the process without the pages of files, which the system reclaims when it
needs memory. Writes CSV rows, prints medians. Linux only.
"""

import argparse
import hashlib
import multiprocessing
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from made_images import make_array, make_folder, open_array
from measuring import append_row, in_fresh_process, machine
from tenfold.core.images import Dataset, ImageSet
from tenfold.core.recipe import Recipe
from tenfold.core.rows import Rows
from tenfold.recipes import find_recipe

EPOCHS = 4
"""Rounds of steps that are timed in one process; the first, with TensorFlow's tracing, is not."""

N_SMALL = 6_000
"""Images of the fits that are compared bit by bit."""

WHAT = ("resume", "memory", "rate")
ASKED_RATIO, ASKED_MB = 0.8, 3_000


@dataclass(frozen=True)
class Source:
    """Where the images are: an array that this benchmark made, or a folder of image files."""

    path: Path
    is_folder: bool

    def gather(self) -> Dataset:
        """The images; refuses those that are not on the disk."""
        from tenfold.data.folder import gather_folder

        dataset = gather_folder(self.path) if self.is_folder else open_array(self.path)
        if not isinstance(dataset.train.images, Rows):
            raise SystemExit(
                f"The {len(dataset.train):,} training images of {self.path} are in memory. "
                "Expected a folder of more than 1 GB of pixels, whose images stay on the disk."
            )
        return dataset


def part(images: ImageSet, index: np.ndarray, *, streamed: bool) -> ImageSet:
    """Some of the images, on the disk or in memory, however few they are."""
    rows = images.images
    chosen = rows.take(index) if streamed and isinstance(rows, Rows) else rows[index]
    return ImageSet(chosen, images.labels[index], images.classes)


@dataclass
class Memory:
    """The most RssAnon of this process, in megabytes (10^6 bytes), step by step."""

    peaks_mb: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, step: str) -> Iterator[None]:
        """Look every 10 ms while the step runs."""
        is_over = threading.Event()

        def look() -> None:
            while not is_over.wait(0.01):
                self.peaks_mb[step] = max(self.peaks_mb[step], anonymous_mb())

        self.peaks_mb[step] = anonymous_mb()
        watch = threading.Thread(target=look, daemon=True)
        watch.start()
        try:
            yield
        finally:
            is_over.set()
            watch.join()


def anonymous_mb() -> float:
    """RssAnon of this process, in megabytes."""
    for line in Path("/proc/self/status").read_text("utf-8").splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit("Expected RssAnon in /proc/self/status; this benchmark needs Linux.")


def measure_rate(
    source: Source, recipe: Recipe, n_steps: int, n_in_memory: int | None
) -> dict[str, float]:
    """Images per second of some steps, streamed or of `n_in_memory` images in memory."""
    from tenfold.learn.batches import recipe_batches, steps_per_epoch
    from tenfold.learn.compile import compile_model
    from tenfold.learn.define import define
    from tenfold.learn.precision import choose_precision

    train = source.gather().train
    if n_in_memory is not None:
        train = part(train, np.arange(min(n_in_memory, len(train))), streamed=False)
    precision, clock = choose_precision(recipe.network), epoch_clock()
    model = define(recipe.network, train.shape, len(train.classes), seed=0, precision=precision)
    # As many steps at a time for both, whatever the number of their images.
    compile_model(model, recipe, n_images=n_steps * recipe.batch_size, precision=precision)
    model.fit(
        recipe_batches(train, recipe, seed=0),
        steps_per_epoch=n_steps,
        epochs=EPOCHS,
        callbacks=[clock],
        shuffle=False,
        verbose=0,
    )
    images_per_step = len(train) / steps_per_epoch(len(train), recipe.batch_size)
    kind = "streamed" if n_in_memory is None else "in memory"
    rate = n_steps * images_per_step / statistics.median(np.diff(clock.ends_s).tolist())
    return {f"{kind}, images/s": rate}


def epoch_clock() -> Any:
    """A callback of Keras that notes when epochs end."""
    import keras

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.ends_s: list[float] = []

        def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
            self.ends_s.append(time.perf_counter())

    return Clock()


def measure_memory(source: Source, recipe: Recipe) -> dict[str, float]:
    """The most RssAnon of each step of a run with one epoch, but for pictures and tables."""
    from tenfold.data.clean import clean
    from tenfold.data.explore import explore
    from tenfold.data.split import split

    memory = Memory()
    with memory.of("gather"):
        dataset = source.gather()
    with memory.of("checksums"):
        dataset.digests()
    with memory.of("explore"):
        explore(dataset)
    with memory.of("clean"):
        kept = clean(dataset).kept
    with memory.of("split"):
        splits = split(
            dataset.train.labels,
            kept,
            classes=dataset.classes,
            validation=recipe.validation,
            train_size=None,
            seed=0,
        )
        train, validation = map(dataset.train.take, (splits.train, splits.validation))
    with memory.of("fit"):
        from tenfold.learn.recipe import fit_recipe

        recipe = recipe.with_overrides({"epochs": 1})
        model, _ = fit_recipe(recipe, train, validation, seed=0)
    with memory.of("predict"):
        from tenfold.learn.predict import accuracy

        accuracy(model, dataset.test)
    print(f"{len(dataset.train) - len(kept):,} images of {len(dataset.train):,} were removed")
    peaks_mb = {**memory.peaks_mb, "all steps": max(memory.peaks_mb.values())}
    return {f"RssAnon at most, {step}, MB": peak_mb for step, peak_mb in peaks_mb.items()}


def fit_small(source: Source, recipe: Recipe, checkpoints: Path, streamed: bool) -> str:
    """Fit a few images, from the last checkpoint if there is one; a checksum of what comes out."""
    from tenfold.learn.recipe import fit_recipe
    from tenfold.runs.checkpoint import Checkpoints

    images = source.gather().train
    model, record = fit_recipe(
        recipe,
        part(images, np.arange(N_SMALL), streamed=streamed),
        part(images, np.arange(N_SMALL, N_SMALL + N_SMALL // 5), streamed=streamed),
        seed=0,
        checkpoints=Checkpoints(checkpoints, every_s=0),
    )
    found = hashlib.sha256()
    for weights in model.get_weights():
        found.update(weights.tobytes())
    losses = [(epoch.loss, epoch.validation_loss) for epoch in record.epochs]
    return f"{found.hexdigest()} {losses}"


def kill_small(source: Source, recipe: Recipe, checkpoints: Path) -> int:
    """Kill the streamed fit once it has left two checkpoints; the steps that the last one holds."""
    process = multiprocessing.get_context("spawn").Process(
        target=fit_small, args=(source, recipe, checkpoints, True)
    )
    process.start()
    while len(left := sorted(checkpoints.glob("*.ckpt"))) < 2:
        if not process.is_alive():
            raise SystemExit("The fit that was to be killed ended before it left two checkpoints.")
        time.sleep(0.01)
    process.kill()
    process.join()
    if process.exitcode == 0:
        raise SystemExit("The fit ended before it could be killed. Try again.")
    return int(left[-1].stem)


def check_resume(source: Source, recipe: Recipe) -> bool:
    """Whether a resumed streamed fit, an undisturbed one and one in memory are equal."""
    with tempfile.TemporaryDirectory() as folder:
        cut, whole, in_memory = (Path(folder) / name for name in ("cut", "whole", "memory"))
        steps = kill_small(source, recipe, cut)
        found = {
            "resumed": in_fresh_process(fit_small, source, recipe, cut, True),
            "undisturbed": in_fresh_process(fit_small, source, recipe, whole, True),
            "in memory": in_fresh_process(fit_small, source, recipe, in_memory, False),
        }
    is_equal = len(set(found.values())) == 1
    print(f"Killed after step {steps} or later and resumed: {'equal' if is_equal else found}")
    return is_equal


def measure(source: Source, asked: argparse.Namespace) -> None:
    """Measure everything that was asked for; write rows and print the results."""
    recipe, found = find_recipe(asked.recipe), dict[str, list[float]]()

    def note(repeat: int, values: dict[str, float]) -> None:
        for what, value in values.items():
            found.setdefault(what, []).append(value)
            append_row(asked.out, {"what": what, "repeat": repeat, "value": value, **machine()})
            print(f"{what:<40}{value:12,.1f}", flush=True)

    if "resume" in asked.what:
        note(0, {"resumed equals": float(check_resume(source, recipe))})
    if "memory" in asked.what:
        note(0, in_fresh_process(measure_memory, source, recipe))
    if "rate" in asked.what:
        for repeat in range(asked.repeats):
            for n_in_memory in (None, asked.in_memory):
                note(
                    repeat, in_fresh_process(measure_rate, source, recipe, asked.steps, n_in_memory)
                )
        pairs = zip(found["streamed, images/s"], found["in memory, images/s"], strict=True)
        ratios = [streamed / in_memory for streamed, in_memory in pairs]
        print(
            f"streamed to in memory: {statistics.median(ratios):.2f} (n {len(ratios)}, "
            f"{min(ratios):.2f} to {max(ratios):.2f}; asked for: {ASKED_RATIO:.2f} or more)"
        )
    if "memory" in asked.what:
        peak_mb = found["RssAnon at most, all steps, MB"][0]
        print(f"memory of its own: {peak_mb:,.0f} MB (asked for: less than {ASKED_MB:,} MB)")


def main() -> None:
    """Make a folder of images, or measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=1_000_000, help="how many are made")
    parser.add_argument("--make", type=Path, metavar="DIR", help="only make a folder of files")
    parser.add_argument("--suffix", choices=(".jpg", ".png"), default=".jpg", help="of --make")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="gather this folder")
    parser.add_argument("--what", nargs="+", choices=WHAT, default=WHAT)
    parser.add_argument("--recipe", default="quick")
    parser.add_argument("--steps", type=int, default=300, help="that are timed at once")
    parser.add_argument("--in-memory", type=int, default=200_000, help="images to compare with")
    parser.add_argument("--repeats", type=int, default=3, help="of the rate")
    parser.add_argument("--out", type=Path, default=Path("streaming.csv"))
    asked = parser.parse_args()
    if asked.make:
        for n in make_folder(asked.make, asked.images, asked.suffix):
            print(f"{n:,} of {asked.images:,} images", flush=True)
    elif asked.folder:
        measure(Source(asked.folder, is_folder=True), asked)
    else:
        with tempfile.TemporaryDirectory() as folder:
            make_array(Path(folder), asked.images)
            measure(Source(Path(folder), is_folder=False), asked)


if __name__ == "__main__":
    main()
