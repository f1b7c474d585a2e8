"""Turn a fitted network into the network that predicts."""

import keras

from tenfold.core.recipe import Recipe
from tenfold.learn.define import define
from tenfold.learn.layers.views import with_views


def predictor(model: keras.Model, recipe: Recipe, *, seed: int) -> keras.Model:
    """Build the network that predicts: in float32, averaged over the recipe's views.

    A network that was fitted in bfloat16 is rebuilt in float32 with the same weights, so that its
    probabilities do not depend on the processor that fitted it.

    Args:
        model: A fitted network from `define`.
        recipe: The settings of that network.
        seed: The seed of that network.

    Returns:
        uint8 (n, height, width, channels) -> float32 probabilities (n, n_classes).
    """
    exact = model
    if any(layer.compute_dtype == "bfloat16" for layer in model.layers):
        shape, n_classes = model.input_shape[1:], model.output_shape[-1]
        exact = define(recipe.network, shape, n_classes, seed=seed, precision="float32")
        exact.set_weights(model.get_weights())
    shift_px = round(recipe.view_shift * min(model.input_shape[1:3]))
    if shift_px or recipe.flip:
        return with_views(exact, shift_px=shift_px, mirror=recipe.flip)
    return exact
