"""A fit that several workers share, on Ray."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tenfold.core.errors import TenfoldError, argument, setting
from tenfold.core.history import Epoch, FitRecord
from tenfold.core.images import ImageSet
from tenfold.core.networks import ClassicNetwork, OwnNetwork
from tenfold.core.recipe import Recipe
from tenfold.core.text import Say
from tenfold.runs.checkpoint import Checkpoints
from tenfold.runs.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras


def check_workers(request: Request, recipe: Recipe) -> None:
    """Refuse what several workers cannot do, before anything begins.

    Raises:
        TenfoldError: The network has a part that needs whole batches, Ray is not installed, or a
            cluster is given for one worker.
    """
    check_cluster(request)
    if request.workers == 1:
        return
    from tenfold.cluster.connect import check_ray

    check_ray()
    network, alone = recipe.network, f"or leave {argument('workers')} out"
    if isinstance(network, OwnNetwork):
        raise TenfoldError(
            "A network of your own may have layers that need whole batches, so only one process "
            f"can fit it. Leave {argument('workers')} out."
        )
    if isinstance(network, ClassicNetwork) and network.input_dropout:
        raise TenfoldError(
            "Keras draws the masks of its dropout for a whole batch, so several workers cannot fit "
            f"this network. Fit it without ({setting('input_dropout', '0')}), {alone}."
        )
    if getattr(network, "normalise", False):
        raise TenfoldError(
            "Batch normalisation needs whole batches, so several workers cannot fit this network. "
            f"Fit it without ({setting('normalise', 'false')}), {alone}."
        )


def check_cluster(request: Request) -> None:
    """Refuse a cluster for a fit that is not shared.

    Raises:
        TenfoldError: There is a cluster, and one worker.
    """
    if request.workers < 1:
        raise TenfoldError(
            f"Expected {argument('workers')} to be 1 or more; received {request.workers}."
        )
    if request.cluster is not None and request.workers == 1 and request.folds is None:
        raise TenfoldError(
            f"{argument('cluster')} is for a fit that several workers share. Give the number of "
            f"{argument('workers')} too, or leave {argument('cluster')} out."
        )


def fit_together(
    model: "keras.Model",
    train: ImageSet,
    validation: ImageSet,
    recipe: Recipe,
    *,
    seed: int,
    listen: "Callable[[Epoch], None]",
    tensorboard: Path | None = None,
    deadline: float | None = None,  # noqa: ARG001 - a fit on workers has no time limit.
    checkpoints: Checkpoints,
    say: Say = print,
    n_workers: int,
    cluster: str | None = None,
) -> "tuple[keras.Model, FitRecord]":
    """Fit a network on several workers; the same as `tenfold.learn.recipe.fit_to_predict`.

    Args:
        model: The network, with its initial weights.
        train: Images that weights are fitted to.
        validation: Images that decide when to stop.
        recipe: How to fit it.
        seed: Decides the order of images, augmentation and dropout.
        listen: Called with each finished epoch.
        tensorboard: Folder for TensorBoard's logs; None for none.
        deadline: Not used.
        checkpoints: Where worker 0 saves the state of the fit. On several machines, all of them
            need to reach the folder.
        say: Called with a line when a fit continues, and when a worker is lost.
        n_workers: Number of workers.
        cluster: Address of the Ray cluster; None for this machine.

    Raises:
        TenfoldError: There are too few images or cores for so many workers, or an error of the fit.
    """
    from tenfold.cluster.train import fit_on_workers
    from tenfold.cluster.worker import Job
    from tenfold.learn.callbacks.interrupt import StopOnSignal
    from tenfold.learn.recipe import to_predict

    _check_sizes(len(train), len(validation), recipe, n_workers)
    with StopOnSignal() as signals:
        record, weights = fit_on_workers(
            Job(
                train=replace(train, files=(), originals=None),
                validation=replace(validation, files=(), originals=None),
                recipe=recipe,
                seed=seed,
                weights=tuple(model.get_weights()),
                checkpoints=replace(checkpoints, folder=checkpoints.folder.absolute()),
                tensorboard=tensorboard and tensorboard.absolute(),
            ),
            n_workers,
            cluster=cluster,
            listen=listen,
            stop=lambda: signals.received is not None,
            say=say,
        )
    model.set_weights(weights)
    return to_predict(
        model, replace(record, interrupted_by=signals.received), train, recipe, seed=seed
    )


def _check_sizes(n_train: int, n_validation: int, recipe: Recipe, n_workers: int) -> None:
    smallest = n_train // -(-n_train // recipe.batch_size)
    if smallest < n_workers:
        raise TenfoldError(
            f"Each of {n_workers} workers needs an image of every batch; the smallest batch has "
            f"{smallest}. Take fewer {argument('workers')} or larger batches "
            f"({setting('batch_size', '...')})."
        )
    if 0 < n_validation < n_workers:
        raise TenfoldError(
            f"Each of {n_workers} workers needs a validation image; there are {n_validation}. Take "
            f"fewer {argument('workers')}."
        )
