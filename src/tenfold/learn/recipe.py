"""From a recipe and images to a fitted network: define, compile, fit, in this order."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras

from tenfold.core.history import Epoch, FitRecord
from tenfold.core.images import ImageSet
from tenfold.core.recipe import Recipe
from tenfold.learn.compile import compile_model
from tenfold.learn.define import define
from tenfold.learn.fit import fit
from tenfold.learn.precision import choose_precision
from tenfold.learn.predict import accuracy
from tenfold.learn.views import with_mirrored_view


def fit_recipe(
    recipe: Recipe,
    train: ImageSet,
    validation: ImageSet,
    *,
    seed: int,
    listen: Callable[[Epoch], None] = lambda _: None,
    tensorboard: Path | None = None,
    deadline: float | None = None,
) -> tuple[keras.Model, FitRecord]:
    """Return a network that is ready to predict, and how its fit went.

    The record holds the accuracy on the training images too, unless the fit diverged.

    Args:
        recipe: What to build, and how to fit it.
        train: Images that weights are fitted to.
        validation: Images that decide when to stop.
        seed: Decides initial weights, dropout, order and augmentation.
        listen: Called with each finished epoch.
        tensorboard: Folder for TensorBoard's logs; None for none.
        deadline: Reading of `time.perf_counter` at which the fit is cut; None for never.
    """
    precision = choose_precision(recipe)
    model = define(recipe.network, train.shape, len(train.classes), seed=seed, precision=precision)
    compile_model(model, recipe, n_images=len(train), precision=precision)
    record = fit(
        model,
        train,
        validation,
        recipe,
        seed=seed,
        listen=listen,
        tensorboard=tensorboard,
        deadline=deadline,
    )
    predictor = with_mirrored_view(model) if recipe.flip else model
    if record.diverged_at is None:
        record = replace(record, train_accuracy=accuracy(predictor, train))
    return predictor, record
