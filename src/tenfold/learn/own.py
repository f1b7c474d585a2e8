"""Build a network from a user's function, check the network, and recognise it later."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from tenfold.core.errors import ModelError
from tenfold.core.images import Shape
from tenfold.core.networks import OwnNetwork
from tenfold.core.recipe import Recipe

N_TRIED = 4
"""Number of images of noise on which a network is tried before it is fitted."""
MOST_OFF = 1e-3
"""The most by which a sum of probabilities may differ from 1, because 16-bit formats round."""


def build_own(network: OwnNetwork, shape: Shape, n_classes: int, *, seed: int) -> keras.Model:
    """Build a user's network from uint8 (n, *shape) to probabilities (n, n_classes).

    Args:
        network: The function that builds the network; also the network's fingerprint, if the
            network was built before.
        shape: Height and width in pixels, then channels.
        n_classes: Number of probabilities.
        seed: Sets the random generators of Keras, NumPy and Python.

    Raises:
        ModelError: There is no function, or the function does not return such a network, or it
            returns a different network from before.
    """
    if network.build is None:
        raise ModelError(
            f"Your function {network.function} built the network, and a run does not save the "
            "function's code. Pass the function as `network`, in Python."
        )
    keras.utils.set_random_seed(seed % 2**32)
    model = network.build(shape, n_classes)
    if not isinstance(model, keras.Model):
        raise ModelError(
            f"Expected {network.function}(shape, n_classes) to return a keras.Model; received "
            f"{type(model).__name__}."
        )
    if model.compiled:
        raise ModelError(
            f"Expected a new, uncompiled network from each call of {network.function}; received a "
            "compiled network. Do not call `compile`: Tenfold compiles it as the recipe says."
        )
    if not getattr(model, "inputs", None):  # A subclass of keras.Model, or no keras.Input.
        images = keras.Input(shape, dtype="uint8")
        model = keras.Model(images, model(images))
    _check_ends(model, network.function, shape, n_classes)
    found = fingerprint(model)
    if network.fingerprint and found != network.fingerprint:
        raise ModelError(
            f"{network.function} builds a different network from the one of this run: expected the "
            f"fingerprint {network.fingerprint}; received {found}. Restore the old function, or "
            "start a new run."
        )
    return model


def known(recipe: Recipe, shape: Shape, n_classes: int, *, seed: int) -> Recipe:
    """Build and try a user's network, and return the recipe with the network's fingerprint.

    Raises:
        ModelError: The network does not turn images into probabilities.
    """
    if not isinstance(recipe.network, OwnNetwork):
        return recipe
    model = build_own(recipe.network, shape, n_classes, seed=seed)
    noise = np.random.default_rng(seed).integers(0, 256, (N_TRIED, *shape), dtype=np.uint8)
    answers = np.asarray(model(noise, training=False), np.float32)
    sums = answers.sum(axis=1)
    if not (np.isfinite(answers).all() and answers.min() >= 0 and abs(sums - 1).max() < MOST_OFF):
        raise ModelError(
            f"Expected probabilities from the network of {recipe.network.function}: 0 or more, "
            f"which sum to 1 for each image. Received values of {answers.min():.3g} to "
            f"{answers.max():.3g}, with sums of {sums.min():.3g} to {sums.max():.3g}. Let it end "
            'with `activation="softmax"`.'
        )
    network = recipe.network.model_copy(update={"fingerprint": fingerprint(model)})
    return recipe.model_copy(update={"network": network})


def fingerprint(model: keras.Model) -> str:
    """Digest of a network's layers, settings and connections: 16 hexadecimal digits.

    Names of layers do not count, because Keras numbers layers throughout a process.

    Raises:
        ModelError: A layer of the user's own has no `get_config` that works.
    """
    try:
        config = json.loads(model.to_json())
    except (NotImplementedError, TypeError, ValueError) as error:
        raise ModelError(
            "Cannot save the description of the network, which a run needs: "
            f"{' '.join(str(error).split())} Give each layer of your own a `get_config` with the "
            "arguments of its `__init__`."
        ) from error
    names = {name: f"layer {number}" for number, name in enumerate(dict.fromkeys(_names(config)))}
    text = json.dumps(_renamed(config, names), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _check_ends(model: keras.Model, function: str, shape: Shape, n_classes: int) -> None:
    """Check the shapes and types of inputs and outputs."""
    inputs, outputs = model.inputs, model.outputs
    takes = ", ".join(f"{each.dtype} {tuple(each.shape)}" for each in inputs)
    gives = ", ".join(f"{each.dtype} {tuple(each.shape)}" for each in outputs)
    if (
        len(inputs) != 1
        or tuple(inputs[0].shape) != (None, *shape)
        or inputs[0].dtype not in {"uint8", "float32"}
    ):
        raise ModelError(
            f"Expected the network of {function} to take images, uint8 {(None, *shape)}; it takes "
            f'{takes}. Let it begin with `keras.Input(shape, dtype="uint8")`.'
        )
    if len(outputs) != 1 or tuple(outputs[0].shape) != (None, n_classes):
        raise ModelError(
            f"Expected the network of {function} to give probabilities, {(None, n_classes)}; it "
            f'gives {gives}. Let it end with `keras.layers.Dense(n_classes, activation="softmax")`.'
        )


def _names(config: Any) -> Iterator[str]:
    """Yield the names of all layers, in the order of the configuration."""
    if isinstance(config, dict):
        inside = config.get("config")
        if "class_name" in config and isinstance(inside, dict) and "name" in inside:
            yield inside["name"]
    for value in config.values() if isinstance(config, dict) else config:
        if isinstance(value, dict | list):
            yield from _names(value)


def _renamed(config: Any, names: dict[str, str]) -> Any:
    if isinstance(config, dict):
        return {key: _renamed(value, names) for key, value in config.items()}
    if isinstance(config, list):
        return [_renamed(value, names) for value in config]
    return names.get(config, config) if isinstance(config, str) else config
