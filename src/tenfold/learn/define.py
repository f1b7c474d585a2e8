"""Build networks: layers only, nothing compiled."""

import keras
import numpy as np
from keras import layers

from tenfold.core.images import Shape
from tenfold.core.recipe import DenseNetwork


def define(network: DenseNetwork, shape: Shape, n_classes: int, *, seed: int) -> keras.Model:
    """Build an uncompiled network: uint8 (n, *shape) -> float32 probabilities (n, n_classes).

    Scaling to [0, 1] and reshaping to (n, pixels) are layers of the network, so that whoever
    loads it gives it plain images.

    Args:
        network: The layers.
        shape: Height and width in pixels, then channels.
        n_classes: Number of probabilities.
        seed: Decides initial weights and dropout.
    """
    seeds = np.random.default_rng(seed).integers(2**31, size=2 + len(network.widths)).tolist()
    model = keras.Sequential(name="dense")
    model.add(keras.Input(shape, dtype="uint8"))
    model.add(layers.Rescaling(1 / 255))
    model.add(layers.Flatten())
    if network.input_dropout:
        model.add(layers.Dropout(network.input_dropout, seed=seeds.pop()))
    for units in network.widths:
        model.add(layers.Dense(units, activation="relu", kernel_initializer=_glorot(seeds.pop())))
    model.add(
        layers.Dense(n_classes, activation="softmax", kernel_initializer=_glorot(seeds.pop()))
    )
    return model


def _glorot(seed: int) -> keras.initializers.Initializer:
    """Keras's default for Dense, seeded. Source: Glorot and Bengio, AISTATS 2010."""
    return keras.initializers.GlorotUniform(seed=seed)
