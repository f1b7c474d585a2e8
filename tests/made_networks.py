"""Small networks of every kind, with weights that are not those of the beginning."""

import warnings

import keras
import numpy as np

from tenfold.core.networks import (
    ClassicNetwork,
    FullyConnectedNetwork,
    LocalLayer,
    LocalNetwork,
    Network,
)
from tenfold.learn.define import define
from tenfold.learn.layers.temperature import with_temperature
from tenfold.learn.layers.views import with_views

Shape = tuple[int, int, int]

LOCAL = LocalNetwork(
    grid=4,
    local=(LocalLayer(units=5, window=2), LocalLayer(units=6, window=2, stride=2)),
    widths=(7, 7),
    normalise=True,
    residual=True,
    dropout=0.1,
)
NETWORKS: dict[str, tuple[Network, Shape]] = {
    "normalised": (LOCAL, (7, 9, 3)),
    "biased": (LOCAL.model_copy(update={"normalise": False}), (8, 8, 1)),
    "one tile a window": (LocalNetwork(grid=2, local=(LocalLayer(units=3),), widths=()), (4, 4, 1)),
    "a pixel a tile": (LocalNetwork(grid=4, local=(LocalLayer(units=2, window=2),)), (4, 4, 1)),
    "one window": (LocalNetwork(grid=2, local=(LocalLayer(units=3, window=2),)), (4, 4, 3)),
    "dense": (FullyConnectedNetwork(widths=(6, 6), normalise=True, residual=True), (4, 4, 3)),
    "dense, bordered": (FullyConnectedNetwork(widths=(6,)), (3, 4, 1)),
    "components": (FullyConnectedNetwork(widths=(6,), components=5), (4, 5, 3)),
    "classic, grey": (ClassicNetwork(widths=(6,)), (4, 4, 1)),
    "classic": (ClassicNetwork(widths=(6, 5), input_dropout=0.2), (4, 5, 3)),
}
"""With the shape of their images; those that are not square get a black border."""


def some_images(n: int, shape: tuple[int, ...]) -> np.ndarray:
    """Noise: uint8 (n, *shape)."""
    return np.random.default_rng(n).integers(0, 256, (n, *shape), dtype=np.uint8)


def changed(network: Network, shape: Shape) -> keras.Model:
    """A network whose every gain, bias and statistic differs from what it began with."""
    model, random = define(network, shape, 3, seed=0), np.random.default_rng(0)
    for weight in model.weights:
        if weight.dtype == "float32":
            value = np.asarray(weight) + random.normal(0, 0.2, weight.shape)
            weight.assign(np.abs(value) if "variance" in weight.name else value)
    return model


def predicting(name: str) -> tuple[keras.Model, Shape]:
    """A network of `NETWORKS` with views (without any it is grey) and a temperature; its shape."""
    network, shape = NETWORKS[name]
    model, colours = changed(network, shape), shape[2] == 3
    if colours:
        model = with_views(model, shift_px=1 if name != "dense" else 0)
    return with_temperature(model, 1.3), shape


def answers(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """What a network predicts for a batch, without compiling: float32 (n, n_classes)."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The structure of `inputs`")
        return np.asarray(model(images))
