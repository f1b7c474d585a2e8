"""Choose how a network learns: optimiser, loss, metrics."""

import keras

from tenfold.core.recipe import Recipe
from tenfold.learn.batches import steps_per_epoch

MOST_STEPS_PER_EXECUTION = 10
"""Returning to Python costs more than a step of a small network; signals wait that long."""


def compile_model(model: keras.Model, recipe: Recipe, *, n_images: int) -> None:
    """Compile `model` in place as `recipe` says: Adam, cross-entropy in nats, accuracy.

    Args:
        model: What `define` made.
        recipe: The settings.
        n_images: Images that the model will be fitted to.

    Source: Adam, arXiv:1412.6980.
    """
    model.compile(
        optimizer=keras.optimizers.Adam(recipe.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=steps_per_execution(steps_per_epoch(n_images, recipe.batch_size)),
    )


def steps_per_execution(n_steps: int) -> int:
    """The most steps to run without returning to Python that divide an epoch of `n_steps`.

    Keras runs whole executions: with a number that does not divide the epoch, the last
    execution would run into the next epoch's batches.
    """
    return max(n for n in range(1, MOST_STEPS_PER_EXECUTION + 1) if n_steps % n == 0)
