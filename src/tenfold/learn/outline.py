"""List the layers of a network, with shapes and parameters."""

from dataclasses import dataclass

import keras
from keras import layers

from tenfold.learn.layers.base import FeatureMajorLayer, SelfDescribingLayer


@dataclass(frozen=True)
class LayerFacts:
    """One layer of a network, without its name, in which Keras counts the layers of the process.

    Attributes:
        kind: Its class.
        words: What it does, in a few words.
        shape: What it gives for one image; empty if it gives several things, or any number.
        n_parameters: How many numbers it holds, whether or not a fit changes them.
        multiplies: Whether it multiplies by weights, as a dense or local layer does.
    """

    kind: str
    words: str
    shape: tuple[int, ...]
    n_parameters: int
    multiplies: bool


def outline(model: keras.Model) -> tuple[LayerFacts, ...]:
    """List the layers of a network in order; layers of networks within it stand in their place.

    Args:
        model: A built network.
    """
    found: list[LayerFacts] = []
    for layer in model.layers:
        if isinstance(layer, keras.Model) and layer.layers:
            found += outline(layer)
        elif not isinstance(layer, layers.InputLayer):
            found.append(_facts(layer))
    return tuple(found)


def _facts(layer: keras.layers.Layer) -> LayerFacts:
    return LayerFacts(
        type(layer).__name__,
        _words(layer),
        _shape(layer),
        layer.count_params(),
        any(len(weight.shape) > 1 for weight in layer.weights if weight.name == "kernel"),
    )


def _shape(layer: keras.layers.Layer) -> tuple[int, ...]:
    """The shape of what a layer gives for one image."""
    try:
        whole = layer.output.shape
    except (AttributeError, ValueError):  # Several outputs, or used in several places.
        return ()
    of_image = whole[1:]
    if isinstance(layer, FeatureMajorLayer) and whole[0] is not None:  # (tiles, features, batch)
        of_image = whole[1:2] if whole[0] == 1 else whole[:2]
    return tuple(of_image) if None not in of_image else ()


def _words(layer: keras.layers.Layer) -> str:
    if isinstance(layer, SelfDescribingLayer):
        return layer.describe()
    match layer:
        case layers.Dense():
            activation = layer.get_config()["activation"]
            return "dense" if activation == "linear" else f"dense, {activation}"
        case layers.Dropout():
            return f"dropout of {100 * layer.rate:.0f} % while fitting"
        case layers.Flatten():
            return "all values side by side"
        case layers.Rescaling():
            return "values scaled"
        case _:
            return type(layer).__name__
