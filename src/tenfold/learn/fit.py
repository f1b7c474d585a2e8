"""Fit a compiled network, in an orderly way whatever happens."""

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import keras

from tenfold.core.errors import TenfoldError
from tenfold.core.history import Epoch, FitRecord
from tenfold.core.images import ImageSet
from tenfold.core.recipe import Recipe
from tenfold.learn.batches import in_order, recipe_batches, steps_per_epoch
from tenfold.learn.interrupt import StopInTime, StopOnSignal
from tenfold.learn.progress import EpochLog
from tenfold.learn.stopping import KeepBest


def fit(
    model: keras.Model,
    train: ImageSet,
    validation: ImageSet,
    recipe: Recipe,
    *,
    seed: int,
    listen: Callable[[Epoch], None] = lambda _: None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    tensorboard: Path | None = None,
    deadline: float | None = None,
) -> FitRecord:
    """Fit `model` in place with Keras's own `fit`, and say how it went.

    SIGINT and SIGTERM end the fit after the batch at hand; the best weights so far are kept.
    A loss that is not finite ends it too: the record's `diverged_at` says where.

    Args:
        model: Compiled network.
        train: Images that weights are fitted to.
        validation: Images that decide when to stop; weights never see them.
        recipe: Batch size, epochs, patience.
        seed: Decides the order of images.
        listen: Called with each finished epoch.
        callbacks: More Keras callbacks.
        tensorboard: Folder for TensorBoard's logs; None for none.
        deadline: Reading of `time.perf_counter` at which the fit is cut; None for never.

    Raises:
        TenfoldError: `tensorboard` is asked for, but not installed.
    """
    log, keep = EpochLog(listen), KeepBest(recipe.patience)
    clock = StopInTime(math.inf if deadline is None else deadline)
    boards = [_tensorboard(tensorboard)] if tensorboard else []
    began_at = time.perf_counter()
    with StopOnSignal() as stop:
        model.fit(
            recipe_batches(train, recipe, seed=seed),
            steps_per_epoch=steps_per_epoch(len(train), recipe.batch_size),
            validation_data=in_order((validation.images, validation.labels)),
            epochs=recipe.epochs,
            shuffle=False,  # The batches come in their own seeded order.
            callbacks=[keep, log, stop, clock, *boards, *callbacks],
            verbose=0,
        )
    return FitRecord(
        epochs=tuple(log.epochs),
        best_epoch=keep.best_epoch,
        wall_s=time.perf_counter() - began_at,
        n_parameters=sum(math.prod(weight.shape) for weight in model.trainable_weights),
        stopped_early=keep.stopped_early,
        interrupted_by=stop.received,
        diverged_at=keep.diverged_at,
        out_of_time=clock.late,
    )


def _tensorboard(folder: Path) -> keras.callbacks.Callback:
    from importlib.util import find_spec

    if find_spec("tensorboard") is None:
        raise TenfoldError(
            "`--tensorboard` needs the package tensorboard, which is not installed. "
            "Install it with `pip install tensorboard`, or leave the option out."
        )
    return keras.callbacks.TensorBoard(folder)
