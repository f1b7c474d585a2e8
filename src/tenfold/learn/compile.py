"""Choose how a network learns: optimiser, loss, metrics."""

import keras

from tenfold.core.recipe import Recipe


def compile_model(model: keras.Model, recipe: Recipe) -> None:
    """Compile `model` in place as `recipe` says: Adam, cross-entropy in nats, accuracy.

    Source: Adam, arXiv:1412.6980.
    """
    model.compile(
        optimizer=keras.optimizers.Adam(recipe.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
        steps_per_execution=10,  # Returning to Python costs more than a step of a small network.
    )
