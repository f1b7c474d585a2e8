"""What a network makes of images before it names a class: the inputs of its last layer."""

import keras
import numpy as np
from keras import layers

from tenfold.core.images import ImageSet
from tenfold.learn.layers.base import FeatureMajorLayer
from tenfold.learn.memory import memory_errors
from tenfold.learn.parts import Parts
from tenfold.learn.predict import probabilities


@memory_errors()
def features(model: keras.Model, images: ImageSet) -> np.ndarray | None:
    """The features of images, by a single look at each: float32 (n, d).

    Args:
        model: uint8 (n, height, width, channels) -> probabilities (n, n_classes).
        images: What to look at.

    Returns:
        None if the network is a single layer, or hides its layers.
    """
    inside = feature_model(Parts.of(model).network)
    return None if inside is None else probabilities(inside, images.images)


def feature_model(network: keras.Model) -> keras.Model | None:
    """Build the network up to the inputs of its last layer with weights; None if there is none.

    uint8 (n, height, width, channels) -> float32 (n, d). The weights are shared.

    Args:
        network: uint8 (n, height, width, channels) -> probabilities, without views.
    """
    with_weights = [layer for layer in network.layers if layer.weights]
    if len(with_weights) < 2:  # The features of a single layer are the pixels.
        return None
    last = with_weights[-1]
    try:
        below = last.input
    except AttributeError:  # A layer that is used twice has no single input.
        return None
    if isinstance(below, list | tuple | dict) or isinstance(last, keras.Model):
        return None
    if isinstance(last, FeatureMajorLayer):  # (1, features, batch).
        below = keras.ops.transpose(keras.ops.squeeze(below, axis=0))
    elif len(below.shape) > 2:
        below = layers.Flatten()(below)
    return keras.Model(network.inputs, keras.ops.cast(below, "float32"))
