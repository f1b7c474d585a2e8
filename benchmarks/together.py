"""Workers that share a fit against one: seconds and processor time.

    python benchmarks/together.py --workers 1 2 --steps 180

Each worker is a process with one thread on a core of its own, connected with the others as those of
`tenfold train --workers` are; Ray, which only starts them, is left out. The first quarter of the
steps is not counted. `--apart` has each worker fit by itself: how much slower that is with two at
once is what no way of sharing can win back.
"""

import argparse
import itertools
import multiprocessing
import os
import statistics
import time
from typing import Any

import numpy as np

from measuring import gather_images

SEED = 0


def main() -> None:
    """Fit with each number of workers, in turns."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--recipe", default="standard")
    parser.add_argument("--precision", default="float32", choices=["float32", "bfloat16"])
    parser.add_argument("--steps", type=int, default=180)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument(
        "--apart", action="store_true", help="workers that share nothing: a fit each"
    )
    parser.add_argument("--unbound", action="store_true", help="no core of its own for a worker")
    given = parser.parse_args()
    for _ in range(given.repeats):
        for n_workers in given.workers:
            found = _fit(n_workers, given)
            each = max(found, key=lambda worker: worker["step_s"])
            print(
                f"{n_workers} workers: {1000 * each['step_s']:.1f} ms a step, "
                f"{1000 * max(w['busy_s'] for w in found):.1f} ms of processor time a worker",
                flush=True,
            )


def _fit(n_workers: int, given: argparse.Namespace) -> list[dict[str, float]]:
    context = multiprocessing.get_context("spawn")
    addresses, found = context.Manager(), context.Queue()
    shared = addresses.dict()
    workers = [
        context.Process(target=_work, args=(rank, n_workers, given, shared, found))
        for rank in range(n_workers)
    ]
    for worker in workers:
        worker.start()
    answers = [found.get() for _ in workers]
    for worker in workers:
        worker.join()
    return answers


def _work(
    rank: int,
    n_workers: int,
    given: argparse.Namespace,
    shared: Any,
    found: Any,
) -> None:
    if not given.unbound:
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[rank % len(cores)]})
    os.environ["TF_NUM_INTRAOP_THREADS"] = os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    import keras

    from tenfold.cluster.exchange import connected_workers, listener
    from tenfold.learn.compile import compile_model
    from tenfold.learn.define import define
    from tenfold.learn.fit import fit
    from tenfold.learn.team import Team
    from tenfold.recipes import find_recipe

    own = listener("127.0.0.1")
    shared[rank] = own.getsockname()
    while len(shared) < n_workers:
        time.sleep(0.05)
    addresses = [shared[number] for number in range(n_workers)]
    images = gather_images("10%", SEED)
    recipe = find_recipe(given.recipe).for_images(len(images.train))
    n_images = given.steps * recipe.batch_size
    train = images.train.take(np.arange(min(n_images, len(images.train))))
    few = train.take(np.arange(100))
    recipe = recipe.with_overrides({"epochs": max(1, n_images // len(train))})
    team = None
    if n_workers > 1 and not given.apart:
        sockets = connected_workers(rank, addresses, own, b"benchmark-fits-1")
        team = Team(sockets, n_images=len(train), batch_size=recipe.batch_size)
    model = define(recipe.network, train.shape, 10, seed=SEED, precision=given.precision)
    compile_model(model, recipe, n_images=len(train), precision=given.precision, team=team)
    marks: list[tuple[int, float, float]] = []  # Steps, seconds, processor time.

    def mark(batch: int, logs: Any = None) -> None:  # noqa: ARG001 - Keras names it.
        marks.append((batch + 1, time.perf_counter(), time.process_time()))

    clock = keras.callbacks.LambdaCallback(on_train_batch_end=mark)
    fit(model, train, few, recipe, seed=SEED, callbacks=[clock], team=team)
    del marks[: len(marks) // 4]
    steps = [late[0] - early[0] for early, late in itertools.pairwise(marks)]
    per_step = [
        ((late[1] - early[1]) / n, (late[2] - early[2]) / n)
        for early, late, n in zip(marks, marks[1:], steps, strict=False)
        if n > 0
    ]
    found.put(
        {
            "step_s": statistics.median(wall for wall, _ in per_step),
            "busy_s": statistics.median(busy for _, busy in per_step),
        }
    )


if __name__ == "__main__":
    main()
