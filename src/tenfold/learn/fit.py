"""Fit a compiled network, and end the fit properly after a signal or a divergence too."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from tenfold.core.errors import TenfoldError, argument
from tenfold.core.history import Epoch, FitRecord
from tenfold.core.images import ImageSet
from tenfold.core.recipe import Recipe
from tenfold.learn.batches import in_order, recipe_batches, steps_per_epoch, targets
from tenfold.learn.callbacks.checkpoint import SaveCheckpoints
from tenfold.learn.callbacks.interrupt import StopInTime, StopOnSignal
from tenfold.learn.callbacks.progress import EpochLog
from tenfold.learn.callbacks.stateful import StatefulCallback
from tenfold.learn.callbacks.stopping import KeepBest
from tenfold.learn.callbacks.together import MeanOfWorkers, SaveTogether
from tenfold.learn.layers.components import PrincipalComponents
from tenfold.learn.memory import gradients_forgotten, memory_errors
from tenfold.learn.team import Team
from tenfold.runs.checkpoint import Checkpoint, Checkpoints

MOST_ADAPTED_TO = 5_000
"""Number of images that principal components are estimated from, evenly spaced."""


@memory_errors()
@gradients_forgotten()
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
    checkpoints: Checkpoints | None = None,
    checkpoint: Checkpoint | None = None,
    team: Team | None = None,
) -> FitRecord:
    """Fit `model` in place with Keras's own `fit`, and return a record of the fit.

    SIGINT and SIGTERM end the fit after the current batch; the best weights so far are kept. A loss
    that is not finite also ends the fit; the record's `diverged_at` is then the epoch.

    Args:
        model: Compiled network.
        train: Images that weights are fitted to.
        validation: Images that decide when to stop; weights are never fitted to them. May be empty
            if the recipe has no patience.
        recipe: Batch size, epochs, patience.
        seed: Decides the order of images.
        listen: Called with each finished epoch; also with steps if it is a `WatchesSteps`.
        callbacks: More Keras callbacks; checkpoints save the state of each `StatefulCallback`.
        tensorboard: Folder for TensorBoard's logs; None for none.
        deadline: The value of `time.perf_counter` at which the fit is stopped; None for never.
        checkpoints: Where and how often to save the state of the fit; None for no checkpoints.
        checkpoint: The state of the same fit to continue from; None to start from the beginning.
        team: The workers that share this fit: all of them call this function with the same
            arguments, except that only worker 0 has `checkpoints`. None for this process alone.

    Raises:
        ValueError: The recipe has patience, but there are no validation images.
        TenfoldError: The package tensorboard is needed but not installed; there is not enough
            memory; or a checkpoint cannot be written, or belongs to another fit.
    """
    if recipe.patience is not None and not len(validation):
        raise ValueError("Expected validation images, which early stopping needs; received none.")
    n_steps = steps_per_epoch(len(train), recipe.batch_size)
    log, keep = EpochLog(listen, n_steps), KeepBest(recipe.patience)
    clock = StopInTime(math.inf if deadline is None else deadline)
    settings = {**recipe.model_dump(mode="json"), "seed": seed}
    boards = [_tensorboard(tensorboard)] if tensorboard else []
    stop = StopOnSignal()
    listening = [keep, log, stop, clock, *boards, *callbacks]
    stateful = [each for each in listening if isinstance(each, StatefulCallback)]
    saving: dict[str, Any] = {"settings": settings, "n_steps": n_steps, "callbacks": stateful}
    if team is None:
        saver = SaveCheckpoints(checkpoints, **saving)
    else:
        team.join(model)
        settings["workers"] = team.n_workers
        validation = validation.take(np.arange(*team.part(len(validation))))
        saver = SaveTogether(checkpoints, **saving, team=team)
        listening.insert(0, MeanOfWorkers(saver))
    part = team.part if team else None
    _make_variables(model, targets(train.take(np.arange(1)), mixed=recipe.mixes_images))
    if checkpoint is not None:
        saver.take_up(model, checkpoint)
    else:
        _adapt(model, train)
    answers = targets(validation, mixed=recipe.mixes_images)
    validating = in_order((validation.images, answers)) if len(validation) else None
    with stop:
        for epoch, last_epoch, step in _spans(saver.steps_done, n_steps, recipe.epochs):
            if keep.stopped_early or model.stop_training:
                break
            first_step = epoch * n_steps + step
            model.fit(
                recipe_batches(train, recipe, seed=seed, first_step=first_step, part=part),
                steps_per_epoch=n_steps - step,
                validation_data=validating,
                initial_epoch=epoch,
                epochs=last_epoch,
                shuffle=False,  # The batches are already in a seeded order.
                callbacks=[*listening, saver],
                verbose=0,
            )
    keep.put_back(model)
    return FitRecord(
        epochs=tuple(log.epochs),
        best_epoch=keep.best_epoch,
        wall_s=saver.wall_s,
        n_parameters=sum(math.prod(weight.shape) for weight in model.trainable_weights),
        stopped_early=keep.stopped_early,
        interrupted_by=stop.received,
        diverged_at=keep.diverged_at,
        out_of_time=clock.late,
    )


def _make_variables(model: keras.Model, answers: np.ndarray) -> None:
    """Make the variables of optimiser and metrics, which Keras else makes within the first step.

    TensorFlow traces a step again if its first trace made variables, which takes half a second.

    Args:
        model: Compiled network.
        answers: A few targets of the fit; only their dtype and shape are used.
    """
    model.optimizer.build(model.trainable_variables)
    probabilities = np.zeros((len(answers), model.output_shape[-1]), np.float32)
    model.compute_metrics(None, answers, probabilities)


def _adapt(model: keras.Model, train: ImageSet) -> None:
    """Estimate the layers that a fit does not change, from up to `MOST_ADAPTED_TO` images."""
    for layer in model.layers:
        if isinstance(layer, PrincipalComponents):
            some = train.images[:: -(-len(train) // MOST_ADAPTED_TO)]
            [seen] = keras.Model(model.input, layer.input)(some)  # One tile.
            layer.adapt(keras.ops.convert_to_numpy(keras.ops.cast(seen, "float32")).T)


def _spans(steps_done: int, n_steps: int, n_epochs: int) -> list[tuple[int, int, int]]:
    """The parts still to fit: first epoch, end (not included), first step within the epoch.

    The rest of an interrupted epoch is a part.
    """
    epoch, step = divmod(steps_done, n_steps)
    spans = [(epoch, epoch + 1, step)] if step else []
    whole = epoch + len(spans)
    return [*spans, (whole, n_epochs, 0)] if whole < n_epochs else spans


def _tensorboard(folder: Path) -> keras.callbacks.Callback:
    from importlib.util import find_spec

    if find_spec("tensorboard") is None:
        raise TenfoldError(
            f"{argument('tensorboard')} needs the package tensorboard, which is not installed. "
            f"Install the package with `pip install tensorboard`, or leave out "
            f"{argument('tensorboard')}."
        )
    return keras.callbacks.TensorBoard(folder)
