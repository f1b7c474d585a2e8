"""Build uncompiled networks."""

from collections.abc import Iterator

import keras
import numpy as np
from keras import layers

from tenfold.core.images import Shape
from tenfold.core.networks import (
    ClassicNetwork,
    FullyConnectedNetwork,
    LocalLayer,
    LocalNetwork,
    Network,
    OwnNetwork,
)
from tenfold.learn.layers.components import PrincipalComponents
from tenfold.learn.layers.dropout import StepDropout
from tenfold.learn.layers.head import Probabilities
from tenfold.learn.layers.local import LocallyConnected
from tenfold.learn.layers.normrelu import BiasReLU, NormReLU
from tenfold.learn.layers.tiles import ImageTiles, MergeTiles
from tenfold.learn.memory import gradients_forgotten, memory_errors
from tenfold.learn.own import build_own

PIXEL_SCALE = 1 / 64
"""Brings -128..127 to about unit variance."""

HE_GAIN = 2**0.5
RESIDUAL_GAIN = HE_GAIN / 2
"""A residual layer starts with smaller weights, because its input is added to its output."""


@memory_errors()
@gradients_forgotten()
def define(
    network: Network,
    shape: Shape,
    n_classes: int,
    *,
    seed: int,
    precision: str = "float32",
) -> keras.Model:
    """Build an uncompiled network: uint8 (n, *shape) -> float32 probabilities (n, n_classes).

    Scaling and reshaping are layers of the network, so a loaded network takes plain uint8 images.

    Args:
        network: The layers.
        shape: Height and width in pixels, then channels.
        n_classes: Number of probabilities.
        seed: Decides initial weights and dropout.
        precision: `float32`, or `bfloat16` for the matrix products of a fast network.
    """
    seeds = iter(np.random.default_rng(seed).integers(2**31, size=1000).tolist())
    policy = "mixed_bfloat16" if precision == "bfloat16" else "float32"
    side = max(shape[:2])
    match network:
        case ClassicNetwork():
            return _classic(network, shape, n_classes, seeds)
        case LocalNetwork():
            patch = network.tile_px(side)
            return _fast(network, shape, n_classes, seeds, policy, patch, network.local)
        case FullyConnectedNetwork():
            return _fast(network, shape, n_classes, seeds, policy, patch=side, local=())
        case OwnNetwork():
            return build_own(network, shape, n_classes, seed=seed)


def _classic(
    network: ClassicNetwork, shape: Shape, n_classes: int, seeds: Iterator[int]
) -> keras.Model:
    model = keras.Sequential(name="dense")
    model.add(keras.Input(shape, dtype="uint8"))
    model.add(layers.Rescaling(1 / 255))
    model.add(layers.Flatten())
    if network.input_dropout:
        model.add(layers.Dropout(network.input_dropout, seed=next(seeds)))
    for units in network.widths:
        model.add(layers.Dense(units, activation="relu", kernel_initializer=_glorot(next(seeds))))
    model.add(
        layers.Dense(n_classes, activation="softmax", kernel_initializer=_glorot(next(seeds)))
    )
    return model


def _glorot(seed: int) -> keras.initializers.Initializer:
    """Keras's default for Dense, seeded. Source: Glorot and Bengio, AISTATS 2010."""
    return keras.initializers.GlorotUniform(seed=seed)


def _fast(
    network: LocalNetwork | FullyConnectedNetwork,
    shape: Shape,
    n_classes: int,
    seeds: Iterator[int],
    policy: str,
    patch: int,
    local: tuple[LocalLayer, ...],
) -> keras.Model:
    """Build tiles of `patch` x `patch` pixels, local layers, then dense layers; feature-major."""
    grid = -(-max(shape[:2]) // patch)
    images = keras.Input(shape, dtype="uint8")
    x = ImageTiles(patch, dtype=policy, name="tiles")(images)
    for number, layer in enumerate(local):
        window = min(layer.window, grid)
        stride = min(layer.stride, window)
        grid = -(-(grid - window) // stride) + 1
        product = LocallyConnected(
            layer.units,
            window=window,
            stride=stride,
            input_scale=1.0 if number else PIXEL_SCALE,
            seed=next(seeds),
            dtype=policy,
            name=f"local_{number}",
        )
        x = _activated(x, product, network, seeds, first=number == 0, residual=False)
    x = MergeTiles(dtype=policy, name="merge")(x)
    components = getattr(network, "components", None)
    if components:
        n = min(components, x.shape[1])
        x = PrincipalComponents(n, dtype=policy, name="components")(x)
    for number, units in enumerate(network.widths):
        first = number == 0 and not local
        residual = network.residual and not first and x.shape[1] == units
        product = LocallyConnected(
            units,
            input_scale=PIXEL_SCALE if first and not components else 1.0,
            gain=RESIDUAL_GAIN if residual else HE_GAIN,
            seed=next(seeds),
            dtype=policy,
            name=f"dense_{number}",
        )
        x = _activated(x, product, network, seeds, first=first, residual=residual)
    x = Probabilities(n_classes, seed=next(seeds), dtype=policy, name="probabilities")(x)
    return keras.Model(images, x, name="local" if local else "dense")


def _activated(
    x: keras.KerasTensor,
    product: LocallyConnected,
    network: LocalNetwork | FullyConnectedNetwork,
    seeds: Iterator[int],
    *,
    first: bool,
    residual: bool,
) -> keras.KerasTensor:
    """Add to a product its normalisation or bias, ReLU, and any residual sum and dropout."""
    policy, name = product.dtype_policy, product.name
    y = product(x)
    activation = NormReLU if network.normalise else BiasReLU
    y = activation(dtype=policy, name=f"{name}_relu")(y)
    if residual:
        y = layers.Add(dtype=policy, name=f"{name}_sum")([x, y])
    if network.dropout and not first:
        drop = StepDropout(network.dropout, seed=next(seeds), dtype=policy, name=f"{name}_dropout")
        y = drop(y)
    return y
