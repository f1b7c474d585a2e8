"""Write a fast network in other forms; as plain dense layers, which proves that it is an MLP."""

from typing import TypeVar, cast

import keras
import numpy as np
from keras import layers

from tenfold.core.errors import TenfoldError
from tenfold.learn.layers.base import SelfDescribingLayer
from tenfold.learn.layers.form import CannotUnfoldError, Form
from tenfold.learn.layers.plain import Plain

Some = TypeVar("Some", bound=Form)


def unfold(model: keras.Model) -> keras.Model:
    """Build a plain Keras network that computes the same as a fast one.

    Both networks: uint8 (n, height, width, channels) -> float32 probabilities (n, n_classes).
    The plain network has only Rescaling, Flatten, Dense, ReLU and Add layers, all in float32 and
    batch-major. Each locally connected layer becomes a Dense layer, whose kernel is zero for the
    inputs that a unit does not see. Batch normalisation and black borders become part of kernel and
    bias. Dropout is left out, because it does nothing outside a fit. If the fast network also
    computes in float32, outputs differ only by rounding. The plain network is larger and slower. It
    shows what the fast network computes, and runs wherever plain Keras does.

    The mean over several views of an image is not a layer of an MLP. Unfold the network inside,
    `unfold(model.get_layer("local"))` (or `"dense"`), and average its outputs in the same way.

    Args:
        model: A local or fully connected network from `define`, fitted or not.

    Raises:
        TenfoldError: A layer cannot be unfolded, such as one of another kind of network.
    """
    images = keras.Input(model.input_shape[1:], dtype="uint8")
    plain = rewritten(model, Plain(images, np.empty((0, 0), np.int64)))
    return keras.Model(images, plain.values, name=f"{model.name}_unfolded")


def rewritten(model: keras.Model, images: Some) -> Some:
    """Write a network in another form.

    Args:
        model: A network of layers that can be unfolded.
        images: The beginning of the form: uint8 images.

    Raises:
        TenfoldError: The form has nothing that computes the same as a layer.
    """
    if isinstance(model, keras.Sequential):
        for layer in model.layers:
            images = _unfolded(layer, images)
        return images
    found = {_maker(model.inputs[0]): images}
    for layer in model.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        try:
            below = [found[_maker(tensor)] for tensor in keras.tree.flatten(layer.input)]
        except (AttributeError, KeyError) as error:  # A network inside the network.
            raise TenfoldError(images.refusal(layer)) from error
        found[id(layer)] = _unfolded(layer, *below)
    return found[_maker(model.outputs[0])]


def _maker(tensor: keras.KerasTensor) -> int:
    """The identity of the layer that made a tensor.

    Tensors themselves do not identify it: `Sequential` calls its layers again and again.
    """
    return id(tensor._keras_history.operation)


def _unfolded(layer: keras.layers.Layer, below: Some, *others: Some) -> Some:
    """Write a layer on top of the forms of the layers below."""
    try:
        if isinstance(layer, SelfDescribingLayer):
            return cast(Some, layer.unfold(below))
        if isinstance(layer, layers.Add):
            return below.plus(*others, name=layer.name)
        return below.like(layer)
    except CannotUnfoldError as error:
        raise TenfoldError(below.refusal(layer)) from error
