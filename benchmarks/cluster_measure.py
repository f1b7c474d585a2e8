"""Measure on this machine what `cluster_costs.py` needs, and what it is compared with.

    python benchmarks/cluster_measure.py fits
    python benchmarks/cluster_measure.py batch RUN FOLDER
    python benchmarks/cluster_measure.py together

Ray's nodes are local, in processes of their own, each bound to one core as a machine with one core
would be; and so is what is measured without Ray. `fits` and `together` need
CIFAR-10, `batch` a run and a folder of images for it. Each adds its part to
benchmarks/cluster_measured.json. Seconds are those of the clock: nothing else must run meanwhile.
"""

import argparse
import itertools
import json
import multiprocessing
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from cluster_scaling import MEASURED
from measuring import in_fresh_process, machine
from tenfold.cluster.spread import spread, threads_variables

sys.path.append(str(Path(__file__).parent / "chaos"))
TENFOLD = (sys.executable, "-m", "tenfold")
EPOCHS = 6
N_FITS = 4
SIZES = (5_000, 20_000)
"""Training images of the fits: the first size calibrates, with the small one; both are foretold."""
SMALL = 1_000
N_PIECES = 200
N_TIMES = 3
"""The same fits, and predictions of the same images."""


def quiet(_: str) -> None:
    """Say nothing."""


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """Yield a list that in the end has the seconds of the block."""
    found: list[float] = []
    began_at = time.perf_counter()
    yield found
    found.append(time.perf_counter() - began_at)


def timed(command: Sequence[str]) -> float:
    """Seconds of a command."""
    with stopwatch() as ended:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return ended[0]


def fits() -> dict[str, Any]:
    """Fits alone, and others spread over one and two workers."""
    from nodes import local_nodes, one_core

    os.environ.update(threads_variables(1))
    found: dict[str, Any] = {"sizes": [SMALL, SIZES[0]], "epochs": EPOCHS, "runs": []}
    with one_core():
        found["alone"] = in_fresh_process(_fits_alone, (SMALL, SIZES[0]))
        found["driver"] = in_fresh_process(_results)
    print(found, flush=True)
    images, folder = _study_images()
    seeds = itertools.count(100)  # Each fit has checkpoints of its own.
    for n_nodes, sizes in ((1, SIZES[:1]), (2, SIZES[::-1])):
        with local_nodes(n_nodes, store_bytes=400 << 20, own_cores=True) as address:
            found |= _overheads(address, n_nodes, images)
            for n_images in sizes:
                seconds = []
                for _ in range(N_TIMES):
                    tasks = [_fit_of(images, n_images, next(seeds)) for _ in range(N_FITS)]
                    with stopwatch() as ended:
                        list(spread(_fit, images, tasks, address=address, cores_each=1, say=quiet))
                    seconds += ended
                run = {"workers": n_nodes, "n_images": n_images, "n_fits": N_FITS}
                found["runs"].append({**run, "s": statistics.median(seconds), "each_s": seconds})
                print(found["runs"][-1], flush=True)
            print(found, flush=True)
    folder.cleanup()
    return found


def _overheads(address: str, n_nodes: int, shared: Any = None) -> dict[str, float]:
    """What Ray itself takes: to join it and share, to hand out work, to copy to another node."""
    if n_nodes > 1:
        return {"copy_bytes_s": _copied(address)}
    joined = statistics.median(_spread_nothing(shared, 1, address) for _ in range(N_TIMES))
    again = _spread_nothing(None, 1, address)
    handed = _spread_nothing(None, 1 + N_PIECES, address)
    return {"begin_s": joined, "hand_out_s": max(handed - again, 0.0) / N_PIECES}


def _spread_nothing(shared: Any, n_pieces: int, address: str) -> float:
    """Seconds to spread pieces without work over workers that have `shared`."""
    with stopwatch() as ended:
        list(spread(_nothing, shared, range(n_pieces), address=address, cores_each=1, say=quiet))
    return ended[0]


def _nothing(shared: Any, task: int) -> int:  # noqa: ARG001 - Ray sends it.
    return task


def _fit(shared: Any, task: Any) -> Any:
    from tenfold.experiment.study import _fit_once

    return _fit_once(shared, task, say=quiet)


def _study_images() -> tuple[Any, "tempfile.TemporaryDirectory[str]"]:
    """What all fits of a study share, and the folder of their checkpoints."""
    from tenfold.data.cifar10 import gather_cifar10
    from tenfold.experiment.spreading import Place
    from tenfold.experiment.study import _Images

    folder = tempfile.TemporaryDirectory()
    (Path(folder.name) / "mark").touch()
    (Path(folder.name) / "checkpoints").mkdir()
    return _Images(gather_cifar10().train, Place.of(Path(folder.name), "mark")), folder


def _fit_of(images: Any, n_images: int, seed: int) -> Any:
    """A fit of a study, with the last 5,000 images for validation."""
    from tenfold.core.splits import Splits
    from tenfold.experiment.study import _Fit
    from tenfold.recipes import find_recipe

    n = len(images.train)
    recipe = find_recipe("classic").with_overrides({"epochs": EPOCHS})
    return _Fit(recipe, seed, Splits(np.arange(n_images), np.arange(n - 5_000, n)))


def _fits_alone(sizes: tuple[int, ...]) -> dict[str, float]:
    """In a fresh process: seconds to start TensorFlow, and of a fit of each size."""
    images, folder = _study_images()
    found = {}
    with stopwatch() as started:
        import tenfold.learn.recipe  # noqa: F401
    found["start_s"] = started[0]
    for seed, n_images in enumerate((*sizes[:1], *sizes)):  # The first takes longer.
        with stopwatch() as fitted:
            _fit(images, _fit_of(images, n_images, seed))
        print(f"{n_images:,} images alone: {fitted[0]:.2f} s", flush=True)
        found.setdefault("first_fit_s", fitted[0])
        found[f"fit_{n_images}_s"] = fitted[0]
    folder.cleanup()
    return found


def _results() -> dict[str, float]:
    """What the driver needs to keep a fit: its predictions, and fits.json with all entries."""
    from tenfold.core.history import Epoch
    from tenfold.core.predictions import Predictions
    from tenfold.experiment.study_folder import FITS
    from tenfold.measure.study import StudyFit
    from tenfold.runs.folder import Folder
    from tenfold.runs.tables import write_predictions

    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(10), 10_000).astype(np.float32)
    names = tuple(map(str, range(10_000)))
    classes = tuple(f"class {number}" for number in range(10))
    predictions = Predictions(random.integers(0, 10, 10_000), probabilities, classes, names)
    epoch = Epoch(1, 2.123456789, 0.123456789, 2.123456789, 0.123456789, 0.001, 1.23456)
    fit = StudyFit("classic", 1, 0.5, 0.5, (epoch,) * 30, None, 1.5, 12345)
    found = {}
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(Path(path))
        with stopwatch() as written:
            write_predictions(predictions, folder / "predictions.csv")
        found["predictions_s"] = written[0]
        for n_fits in (10, 410):
            entries = [fit] * n_fits
            with stopwatch() as written:
                folder.write_json(FITS, {"fits": [each.to_dict() for each in entries]})
            found[f"entries_{n_fits}_s"] = written[0]
    return found


def _copied(address: str) -> float:
    """Bytes per second of the clock from the store of one node to a worker on the other."""
    from tenfold.cluster.connect import connected

    with connected(address):
        import ray

        here = ray.get_runtime_context().get_node_id()

        def received(array: np.ndarray) -> tuple[str, int]:
            return ray.get_runtime_context().get_node_id(), len(array)

        remote = ray.remote(received).options(num_cpus=1, scheduling_strategy="SPREAD")
        ray.get([remote.remote(np.zeros(1)) for _ in range(8)])
        rates = []
        for _ in range(3):
            big = np.random.default_rng(0).integers(0, 255, 60 << 20, dtype=np.uint8)
            reference = ray.put(big)
            began_at = time.perf_counter()
            node, n_bytes = ray.get(remote.remote(reference))
            if node != here:
                rates.append(n_bytes / (time.perf_counter() - began_at))
        return max(rates, default=0.0)


def batch(run: str, source: str) -> dict[str, Any]:
    """Predictions of folders of several sizes by one and two workers."""
    from nodes import local_nodes

    sizes, part_rows = (2_000, 12_000, 40_000), 500
    found: dict[str, Any] = {"part_rows": part_rows, "runs": []}
    found["list_s"] = in_fresh_process(_listed, source)
    files = sorted(path for path in Path(source).rglob("*") if path.is_file())
    with tempfile.TemporaryDirectory() as folder:
        lists = {}
        for size in sizes:
            lists[size] = Path(folder) / f"{size}.txt"
            lists[size].write_text("\n".join(str(path.absolute()) for path in files[:size]) + "\n")
        for n_nodes in (1, 2):
            with local_nodes(n_nodes, own_cores=True) as address:
                if n_nodes == 1:
                    found |= _overheads(address, n_nodes)
                for size in sizes:
                    out = Path(folder) / f"out-{n_nodes}-{size}"
                    command = [
                        *TENFOLD, "predict", run, str(lists[size]), "--cluster", address,
                        "--part-rows", str(part_rows), "--out", str(out),
                    ]  # fmt: skip
                    seconds = []
                    for _ in range(N_TIMES):
                        seconds.append(timed(command))
                        shutil.rmtree(out)
                    row = {"workers": n_nodes, "n_images": size, "s": statistics.median(seconds)}
                    found["runs"].append({**row, "each_s": seconds})
                    print(found["runs"][-1], flush=True)
    return found


TIMES = 8
BATCHES = (250, 500)
MORE_EPOCHS = 10
"""What is divided by the number of its steps."""
MANY = 21
"""Epochs of the fits that workers share: many, as the seconds of their start differ."""
TOGETHER = (("batch_size", 500), ("precision", "bfloat16"))
"""Settings of the fits that workers share."""


def together() -> dict[str, Any]:
    """Steps of `standard` alone, what travels, and whole fits by one and two workers."""
    from nodes import local_nodes, one_core

    os.environ.update(threads_variables(1))
    with one_core():
        found = in_fresh_process(_steps_alone)
    found |= _between_processes()
    found |= {"batch": 500, "runs": []}
    for n_workers in (1, 2):
        with local_nodes(n_workers, store_bytes=400 << 20, own_cores=True) as address:
            for n_images, epochs in ((20_000, 1), (20_000, MANY), (45_000, MANY)):
                seconds = _shared_fit(address, n_workers, n_images, epochs)
                run = {"workers": n_workers, "n_images": n_images, "epochs": epochs, "s": seconds}
                found["runs"].append(run)
                print(run, flush=True)
    return found


def _steps_alone() -> dict[str, Any]:
    """In a fresh process: seconds of a step for each batch size, and of Muon for each matrix."""
    import tensorflow as tf

    from tenfold.data.cifar10 import gather_cifar10
    from tenfold.learn.define import define
    from tenfold.learn.muon import orthogonalise
    from tenfold.learn.recipe import fit_recipe
    from tenfold.recipes import find_recipe

    n_images, images = 10_000, gather_cifar10().train
    train, none = images.take(np.arange(n_images)), images.take(np.arange(0))
    recipe = find_recipe("standard").with_overrides(dict(TOGETHER))
    steps = {}
    for batch_size in BATCHES:
        took = []
        for epochs in (1, 1 + MORE_EPOCHS):
            changed = recipe.with_overrides({"epochs": epochs, "batch_size": batch_size})
            with stopwatch() as fitted:
                fit_recipe(changed, train, none, seed=0, say=quiet)
            took.append(fitted[0])
        steps[str(batch_size)] = (took[1] - took[0]) / (MORE_EPOCHS * n_images / batch_size)
    model = define(recipe.network, train.shape, 10, seed=0)
    matrices, n_small, iterations = [], 0, 5
    direct = tf.function(lambda x: orthogonalise(x, iterations, tf.constant(1.0)))
    for kernel in model.trainable_variables:
        if len(kernel.shape) < 3 or not kernel.path.endswith("kernel"):
            n_small += int(np.prod(kernel.shape))
            continue
        values = tf.cast(tf.random.normal(kernel.shape), tf.bfloat16)
        direct(values).numpy()
        seconds = []
        for _ in range(5):
            with stopwatch() as turned:
                direct(values).numpy()
            seconds.append(turned[0])
        n_matrices, rows, columns = kernel.shape
        matrices.append(
            {"n": n_matrices, "weights": rows * columns, "s": min(seconds) / n_matrices}
        )
    return {"step_s": steps, "matrices": matrices, "n_small": n_small}


def _between_processes() -> dict[str, float]:
    """What it takes two processes to send each other something at the same time."""
    sizes, best = (1, 20 << 20), {}
    here, there = socket.socketpair()
    child = multiprocessing.get_context("spawn").Process(target=_echo, args=(there, sizes))
    child.start()
    for n_bytes in sizes:
        times = []
        for _ in range(TIMES):
            with stopwatch() as swapped:
                _exchange(here, n_bytes)
            times.append(swapped[0])
        best[n_bytes] = min(times)
    child.join()
    return {"swap_s": best[sizes[0]], "local_bytes_s": sizes[1] / best[sizes[1]]}


def _echo(end: socket.socket, sizes: tuple[int, ...]) -> None:
    for n_bytes in sizes:
        for _ in range(TIMES):
            _exchange(end, n_bytes)


def _exchange(end: socket.socket, n_bytes: int) -> None:
    """Send and receive so many bytes at the same time."""
    out, into = memoryview(bytearray(n_bytes)), memoryview(bytearray(n_bytes))
    sender = threading.Thread(target=end.sendall, args=(out,))
    sender.start()
    received = 0
    while received < n_bytes:
        received += end.recv_into(into[received:])
    sender.join()


def _shared_fit(address: str, n_workers: int, n_images: int, epochs: int) -> float:
    from nodes import one_core

    settings = {**dict(TOGETHER), "epochs": epochs}
    shared = ["--workers", str(n_workers), "--cluster", address] if n_workers > 1 else []
    with tempfile.TemporaryDirectory() as folder:
        command = [
            *TENFOLD, "train", "standard", "--data", "cifar10", "--train-size", str(n_images),
            *(word for key, value in settings.items() for word in ("--set", f"{key}={value}")),
            *shared, "--out", str(Path(folder) / "fit"),
        ]  # fmt: skip
        with nullcontext() if n_workers > 1 else one_core():
            return timed(command)


def _listed(source: str) -> float:
    """Seconds to list one file of a folder."""
    from tenfold.data.wanted import find_wanted

    with stopwatch() as listed:
        n_files = len(list(find_wanted([source])))
    return listed[0] / n_files


def main() -> None:
    """Measure one part, and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("fits", "batch", "together"))
    parser.add_argument("about", nargs="*")
    parser.add_argument("--out", type=Path, default=MEASURED)
    asked = parser.parse_args()
    # Else Ray gives its workers what other work leaves over.
    os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112
    parts: dict[str, Callable[..., dict[str, Any]]] = {
        "fits": fits,
        "batch": batch,
        "together": together,
    }
    found = parts[asked.part](*asked.about)
    content = json.loads(asked.out.read_text("utf-8")) if asked.out.exists() else {}
    content[asked.part] = {**found, "machine": machine()}
    asked.out.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
