"""What each worker of a shared fit does."""

import os
import secrets
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.cluster.exchange import TOKEN_BYTES, Sockets, connected_workers, listener
from tenfold.core.history import FitRecord
from tenfold.core.images import ImageSet
from tenfold.core.recipe import Recipe
from tenfold.runs.checkpoint import Checkpoint, Checkpoints, decoded, encoded

MEET_EVERY_S = 0.05
"""Seconds between two looks at where the other workers listen."""


@dataclass(frozen=True)
class Job:
    """What every worker needs.

    Attributes:
        train: Images that weights are fitted to.
        validation: Images that decide when to stop.
        recipe: How to fit.
        seed: Decides the order of images, augmentation and dropout.
        weights: The initial weights.
        checkpoints: Where worker 0 saves the state of the fit.
        tensorboard: Where worker 0 writes TensorBoard's logs; None for nowhere.
    """

    train: ImageSet
    validation: ImageSet
    recipe: Recipe
    seed: int
    weights: tuple[np.ndarray, ...]
    checkpoints: Checkpoints
    tensorboard: Path | None = None


def work(config: dict[str, Any]) -> tuple[FitRecord, list[np.ndarray]] | None:
    """Fit as one of the workers; worker 0 returns the record of the fit and the weights to keep.

    After an error that would come again, `link` gets the error and all workers return None: Ray
    Train would replace a worker that raises it. A worker that has lost another raises.
    """
    import ray
    import ray.train
    from ray.train.collective import broadcast_from_rank_zero

    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[name] = str(config["cores"])
    link, context = config["link"], ray.train.get_context()
    rank, n_workers = context.get_world_rank(), context.get_world_size()
    token = broadcast_from_rank_zero(secrets.token_bytes(TOKEN_BYTES) if rank == 0 else b"")
    with listener(ray.util.get_node_ip_address()) as own:
        met: dict[int, tuple[str, int]] = {}
        while len(met) < n_workers:
            met = ray.get(link.meet.remote(token, rank, own.getsockname()[:2]))
            time.sleep(MEET_EVERY_S)
        sockets = connected_workers(rank, [met[n] for n in range(n_workers)], own, token)
    if rank == 0:
        ray.get(link.tell.remote("started"))
    try:
        return _share(ray.get(config["job"]), sockets, link)
    except Exception as error:
        if not sockets.lost:
            error.add_note(traceback.format_exc())
            ray.get(link.tell.remote("failed", error))
        elif not ray.get(link.has_failed.remote()):
            ray.get(link.tell.remote("lost"))  # Before another worker can say that it has started.
            raise
        return None
    finally:
        sockets.close()


def _share(job: Job, sockets: Sockets, link: Any) -> tuple[FitRecord, list[np.ndarray]] | None:  # noqa: ANN401
    import ray

    from tenfold.learn.callbacks.interrupt import StopWhenAsked
    from tenfold.learn.compile import compile_model
    from tenfold.learn.define import define
    from tenfold.learn.fit import fit
    from tenfold.learn.team import Team

    recipe, train, first = job.recipe, job.train, sockets.rank == 0
    precision = recipe.network.precision
    team = Team(sockets, n_images=len(train), batch_size=recipe.batch_size)
    model = define(
        recipe.network, train.shape, len(train.classes), seed=job.seed, precision=precision
    )
    model.set_weights(job.weights)
    compile_model(
        model, recipe, n_images=len(train), labels=train.labels, precision=precision, team=team
    )
    record = fit(
        model,
        train,
        job.validation,
        recipe,
        seed=job.seed,
        listen=(lambda epoch: link.tell.remote("epoch", epoch)) if first else lambda _: None,
        callbacks=[StopWhenAsked(lambda: ray.get(link.must_stop.remote()))] if first else [],
        tensorboard=job.tensorboard if first else None,
        checkpoints=job.checkpoints if first else None,
        checkpoint=_latest(job.checkpoints, sockets, link),
        team=team,
    )
    return (record, model.get_weights()) if first else None


def _latest(checkpoints: Checkpoints, sockets: Sockets, link: Any) -> Checkpoint | None:  # noqa: ANN401
    """The checkpoint that all workers continue from: worker 0 reads it and sends it to the others.

    No worker starts from a checkpoint that is newer than that of another.
    """
    import ray

    others = [number for number in range(sockets.n_workers) if number != sockets.rank]
    nothing: list[list[np.ndarray]] = [[] for _ in range(sockets.n_workers)]
    content, n_bytes = np.zeros(0, np.uint8), np.zeros(1, np.int64)
    if sockets.rank == 0:

        def say(line: str) -> None:
            ray.get(link.tell.remote("said", line))

        found = checkpoints.latest(say)
        if found is not None:
            say(f"Continuing after step {found.state['steps_done']:,}.")
            content = np.frombuffer(b"".join(encoded(found)), np.uint8)
        n_bytes[0] = content.size
        for array in (n_bytes, content):
            sockets.swap([[array] if n in others else [] for n in range(len(nothing))], nothing)
        return found
    sockets.swap(nothing, [[n_bytes], *nothing[1:]])
    content = np.empty(int(n_bytes[0]), np.uint8)
    sockets.swap(nothing, [[content], *nothing[1:]])
    return decoded(content.tobytes()) if content.size else None
