"""Write a fast network as plain dense layers: the proof that it is an MLP."""

import keras
import numpy as np
from keras import layers

from tenfold.core.errors import TenfoldError
from tenfold.learn.layers.base import SelfDescribingLayer
from tenfold.learn.layers.plain import CannotUnfoldError, Plain


def unfold(model: keras.Model) -> keras.Model:
    """Build a plain Keras network that computes the same as a fast one.

    uint8 (n, height, width, channels) -> float32 probabilities (n, n_classes), both networks.
    The plain one holds Rescaling, Flatten, Dense, ReLU and Add layers alone, all in float32 and
    batch-major. Each locally connected layer becomes one Dense kernel with zeros wherever a unit
    does not look; batch normalisation and a border of black become part of kernel and bias;
    dropout does nothing outside a fit, and goes. Outputs differ by rounding only, if the fast
    network computes in float32 too. The plain network is larger and slower. It shows what the fast
    one computes, and runs wherever plain Keras does.

    The mean over several views of an image is not a layer of an MLP: unfold the network inside,
    `unfold(model.get_layer("local"))` (or `"dense"`), and average in the same way again.

    Args:
        model: What `define` made of a local or fully connected network, fitted or not.

    Raises:
        TenfoldError: A layer is of another network.
    """
    images = keras.Input(model.input_shape[1:], dtype="uint8")
    found = {id(model.inputs[0]): Plain(images, np.empty((0, 0), np.int64))}
    for layer in model.layers:
        if not isinstance(layer, layers.InputLayer):
            below = [found[id(tensor)] for tensor in keras.tree.flatten(layer.input)]
            found[id(layer.output)] = _unfolded(layer, *below)
    return keras.Model(images, found[id(model.outputs[0])].values, name=f"{model.name}_unfolded")


def _unfolded(layer: keras.layers.Layer, below: Plain, *others: Plain) -> Plain:
    """The plain form of a layer, on top of the layers below."""
    try:
        if isinstance(layer, SelfDescribingLayer):
            return layer.unfold(below)
        if isinstance(layer, layers.Add):
            return below.plus(*others, name=layer.name)
        raise CannotUnfoldError
    except CannotUnfoldError as error:
        raise TenfoldError(
            f"Cannot unfold layer '{layer.name}' ({type(layer).__name__}). Expected a local or "
            "fully connected network, as `define` builds it. If it averages several views, unfold "
            "the network inside: `unfold(model.get_layer('local'))`."
        ) from error
