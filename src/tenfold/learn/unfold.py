"""Multiply a tiled network out into plain dense layers: the proof that it is an MLP."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from tenfold.core.errors import TenfoldError
from tenfold.learn.dropout import StepDropout
from tenfold.learn.head import Probabilities
from tenfold.learn.local import LocallyConnected
from tenfold.learn.normrelu import BiasReLU, NormReLU
from tenfold.learn.tiles import ImageTiles, MergeTiles

BLACK = -128
"""What `ImageTiles` makes of a pixel of the border."""


def unfold(model: keras.Model) -> keras.Model:
    """Build the plain Keras network that computes what a tiled one does.

    uint8 (n, height, width, channels) -> float32 probabilities (n, n_classes), both networks.
    The plain one holds Rescaling, Flatten, Dense, ReLU and Add layers alone, all in float32 and
    batch-major. Each locally connected layer becomes one Dense kernel with zeros wherever a unit
    does not look; batch normalisation and a border of black become part of kernel and bias;
    dropout does nothing outside a fit, and goes. Outputs differ by rounding only, if the tiled
    network computes in float32 too. The plain network is larger and slower: it shows what the
    tiled one is, and runs wherever plain Keras does.

    The mean over several views of an image is no layer of an MLP: unfold the network inside,
    `unfold(model.get_layer("local"))` (or `"dense"`), and average in the same way again.

    Args:
        model: What `define` made of a `TiledNetwork`, fitted or not.

    Raises:
        TenfoldError: A layer is none of a tiled network's.
    """
    images = keras.Input(model.input_shape[1:], dtype="uint8")
    found = {}
    for layer in model.layers:
        if isinstance(layer, layers.InputLayer):
            continue
        if isinstance(layer, ImageTiles):
            found[id(layer.output)] = _pixels(layer, images)
        else:
            below = [found.get(id(tensor)) for tensor in keras.tree.flatten(layer.input)]
            found[id(layer.output)] = _unfolded(layer, *below)
    return keras.Model(images, found[id(model.output)].values, name=f"{model.name}_unfolded")


@dataclass(frozen=True)
class _Flat:
    """Batch-major activations.

    Attributes:
        values: float32 (batch, n).
        places: int64 (tiles, features), where in 0..n-1 each feature of each tile is; -1 for
            black pixels of the border, which are nowhere.
        dense: The layer that gave `values`, if what follows may still scale and shift it.
    """

    values: keras.KerasTensor
    places: np.ndarray
    dense: layers.Dense | None = None


def _pixels(tiles: ImageTiles, images: keras.KerasTensor) -> _Flat:
    """Centre and flatten the images, and ask the layer itself where it puts each pixel."""
    centred = layers.Rescaling(1.0, offset=BLACK, dtype="float32", name="centre")(images)
    values = layers.Flatten(dtype="float32", name="flatten")(centred)
    shape = images.shape[1:]
    number = np.arange(np.prod(shape)).reshape(shape) + 1  # 0 is left for the border.
    digits = np.stack([number >> 8 * power & 255 for power in range(3)]).astype(np.uint8)
    cut = keras.ops.convert_to_numpy(tiles(digits)).astype(np.int64) - BLACK
    return _Flat(values, cut @ 256 ** np.arange(3) - 1)


def _unfolded(layer: keras.layers.Layer, below: _Flat | None, *others: _Flat | None) -> _Flat:
    """What a layer becomes on top of the layers below."""
    match layer, below:
        case LocallyConnected(), _Flat():
            [kernel] = layer.get_weights()
            return _product(layer, below, layer.input_scale * kernel, layer.positions)
        case Probabilities(), _Flat():
            kernel, bias = layer.get_weights()
            flat = _product(layer, below, kernel[None], None, activation="softmax")
            _scale_and_shift(flat.dense, 1.0, bias)
            return flat
        case NormReLU() | BiasReLU(), _Flat(dense=layers.Dense()):
            if isinstance(layer, NormReLU):
                scale, shift = map(keras.ops.convert_to_numpy, layer.scale_and_shift())
            else:
                scale, [shift] = np.ones(1), layer.get_weights()
            _scale_and_shift(below.dense, scale.ravel(), shift.ravel())
            relu = layers.ReLU(dtype="float32", name=layer.name)
            return _Flat(relu(below.values), below.places)
        case layers.Add(), _Flat():
            inputs = [below.values, *(other.values for other in others if other)]
            return _Flat(layers.Add(dtype="float32", name=layer.name)(inputs), below.places)
        case MergeTiles(), _Flat():
            return _Flat(below.values, below.places.reshape(1, -1), below.dense)
        case StepDropout(), _Flat():
            return below
    raise TenfoldError(
        f"Cannot unfold layer '{layer.name}' ({type(layer).__name__}). Expected a network of kind "
        "'tiled', as `define` builds it. If it averages several views, unfold the network inside: "
        "`unfold(model.get_layer('local'))`."
    )


def _product(
    layer: keras.layers.Layer,
    below: _Flat,
    kernel: np.ndarray,
    positions: np.ndarray | None,
    activation: str | None = None,
) -> _Flat:
    """A Dense layer that computes products of windows: zeros where a unit does not look.

    Args:
        layer: The tiled layer, for its name.
        below: What it works on.
        kernel: float32 (windows, inputs a unit, units).
        positions: The tiles that each window sees; None if each window is one tile.
        activation: Of the Dense layer.
    """
    seen = below.places if positions is None else below.places[positions]
    n_windows, _, n_units = kernel.shape
    full = np.zeros((below.values.shape[-1], n_windows * n_units), np.float32)
    bias = np.zeros((n_windows, n_units), np.float32)
    for window, rows in enumerate(seen.reshape(n_windows, -1)):
        inside = rows >= 0
        units = slice(window * n_units, (window + 1) * n_units)
        full[rows[inside], units] = kernel[window, inside]
        bias[window] = BLACK * kernel[window, ~inside].sum(axis=0)
    dense = layers.Dense(
        n_windows * n_units, activation=activation, dtype="float32", name=layer.name
    )
    values = dense(below.values)
    dense.set_weights([full, bias.ravel()])
    return _Flat(values, np.arange(bias.size).reshape(bias.shape), dense)


def _scale_and_shift(dense: layers.Dense, scale: np.ndarray | float, shift: np.ndarray) -> None:
    """Fold a scale and a shift of each unit into kernel and bias."""
    kernel, bias = dense.get_weights()
    dense.set_weights([kernel * scale, bias * scale + shift])
