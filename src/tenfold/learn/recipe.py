"""Make a network that predicts from a recipe and images: define, compile, fit."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np

from tenfold.core.history import Epoch, FitRecord
from tenfold.core.images import ImageSet
from tenfold.core.recipe import Recipe
from tenfold.core.text import Say
from tenfold.learn.compile import compile_model
from tenfold.learn.define import define
from tenfold.learn.fit import fit
from tenfold.learn.memory import memory_errors
from tenfold.learn.precision import choose_precision
from tenfold.learn.predict import accuracy
from tenfold.learn.predictor import predictor
from tenfold.runs.checkpoint import Checkpoints

MOST_TRAIN_SCORED = 5_000
"""Number of images that gives the training accuracy to about one percentage point."""


def fit_recipe(
    recipe: Recipe,
    train: ImageSet,
    validation: ImageSet,
    *,
    seed: int,
    listen: Callable[[Epoch], None] = lambda _: None,
    checkpoints: Checkpoints | None = None,
    say: Say = print,
) -> tuple[keras.Model, FitRecord]:
    """Define, compile and fit; return a network that predicts, and the record of its fit.

    Args:
        recipe: What to build, and how to fit it.
        train: Images that weights are fitted to.
        validation: Images that decide when to stop.
        seed: Decides initial weights, dropout, the order of images and augmentation.
        listen: As for `fit_to_predict`.
        checkpoints: As for `fit_to_predict`.
        say: As for `fit_to_predict`.
    """
    precision = choose_precision(recipe.network)
    model = define(recipe.network, train.shape, len(train.classes), seed=seed, precision=precision)
    compile_model(model, recipe, n_images=len(train), labels=train.labels, precision=precision)
    return fit_to_predict(
        model,
        train,
        validation,
        recipe,
        seed=seed,
        listen=listen,
        checkpoints=checkpoints,
        say=say,
    )


@memory_errors()
def fit_to_predict(
    model: keras.Model,
    train: ImageSet,
    validation: ImageSet,
    recipe: Recipe,
    *,
    seed: int,
    listen: Callable[[Epoch], None] = lambda _: None,
    tensorboard: Path | None = None,
    deadline: float | None = None,
    checkpoints: Checkpoints | None = None,
    say: Say = print,
) -> tuple[keras.Model, FitRecord]:
    """Fit a compiled network; return the network that predicts, and the record of the fit.

    The record also holds the accuracy on training images, or on a sample of them if there are many,
    unless the fit diverged.

    Args:
        model: A network from `define` and `compile_model`.
        train: Images that weights are fitted to.
        validation: Images that decide when to stop.
        recipe: How to fit it.
        seed: Decides the order of images and augmentation.
        listen: Called with each finished epoch.
        tensorboard: Folder for TensorBoard's logs; None for none.
        deadline: The value of `time.perf_counter` at which the fit is stopped; None for never.
        checkpoints: Where the state of the fit is saved; the fit continues from the newest saved
            state, if there is one.
        say: Called with a line when a fit continues, and for each damaged checkpoint.
    """
    checkpoint = checkpoints.latest(say) if checkpoints else None
    if checkpoint is not None:
        say(f"Continuing after step {checkpoint.state['steps_done']:,}.")
    record = fit(
        model,
        train,
        validation,
        recipe,
        seed=seed,
        listen=listen,
        tensorboard=tensorboard,
        deadline=deadline,
        checkpoints=checkpoints,
        checkpoint=checkpoint,
    )
    return to_predict(model, record, train, recipe, seed=seed)


def to_predict(
    model: keras.Model, record: FitRecord, train: ImageSet, recipe: Recipe, *, seed: int
) -> tuple[keras.Model, FitRecord]:
    """Turn a fitted network into the one that predicts, and add the training accuracy.

    Args:
        model: The fitted network.
        record: The record of its fit.
        train: Images that it was fitted to.
        recipe: How it was fitted.
        seed: The seed of the fit.
    """
    predicting = predictor(model, recipe, seed=seed)
    if record.diverged_at is None:
        some = _some(train, seed)
        scored = accuracy(predicting, some)
        record = replace(record, train_accuracy=scored, n_train_scored=len(some))
    return predicting, record


def _some(images: ImageSet, seed: int) -> ImageSet:
    """Up to `MOST_TRAIN_SCORED` images, drawn by `seed`."""
    if len(images) <= MOST_TRAIN_SCORED:
        return images
    drawn = np.random.default_rng(seed).choice(len(images), MOST_TRAIN_SCORED, replace=False)
    return images.take(np.sort(drawn))
