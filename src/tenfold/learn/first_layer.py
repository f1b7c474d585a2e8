"""What the units of a network's first layer look for, as pictures."""

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers

from tenfold.learn.layers.components import PrincipalComponents
from tenfold.learn.layers.local import LocallyConnected
from tenfold.learn.layers.tiles import ImageTiles, MergeTiles
from tenfold.learn.layers.views import Views

_TRANSPARENT = (layers.InputLayer, layers.Rescaling, layers.Dropout, Views)
"""Layers before the first weights that leave every pixel in its place."""


@dataclass(frozen=True)
class FirstLayer:
    """Units of a first layer as pictures: the weight of each pixel.

    Attributes:
        pictures: float32 (n, height, width, channels); 0 wherever a unit does not look.
        boxes: int64 (n, 4): the first row, the first column, and the numbers of rows and columns of
            the pixels that each unit sees.
        n_units: How many units of the layer see the image; some may see only its black border.
    """

    pictures: np.ndarray
    boxes: np.ndarray
    n_units: int


def first_layer(model: keras.Model, most: int = 64) -> FirstLayer | None:
    """Find the first layer's units with the largest weights, and write them as pictures.

    Units that see a part of the image are taken from all parts in turn: the strongest unit of each
    part first, then the second strongest. They are ordered by their places, row by row.

    Args:
        model: A network from uint8 images (n, height, width, channels), fitted or not.
        most: How many units to take, at most.

    Returns:
        The units; None if the first layer is neither a Dense layer of flattened pixels nor a
        locally connected one.
    """
    found = _kernel(model)
    if found is None:
        return None
    looks = (found[1] >= 0).any(axis=1)  # Some windows may be all border.
    kernel, seen = (each[looks] for each in found)
    windows, units = _strongest(kernel, seen >= 0, most)
    shape = model.input_shape[1:]
    pictures = np.zeros((len(windows), int(np.prod(shape))), np.float32)
    boxes = np.zeros((len(windows), 4), np.int64)
    for i, (window, unit) in enumerate(zip(windows, units, strict=True)):
        inside = seen[window] >= 0
        pictures[i, seen[window, inside]] = kernel[window, inside, unit]
        rows, columns, _ = np.unravel_index(seen[window, inside], shape)
        corner = rows.min(), columns.min()
        boxes[i] = *corner, rows.max() - corner[0] + 1, columns.max() - corner[1] + 1
    return FirstLayer(pictures.reshape(-1, *shape), boxes, len(kernel) * kernel.shape[2])


def _strongest(kernel: np.ndarray, inside: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """The windows and the numbers of up to `most` units, ordered by window, then by norm.

    Args:
        kernel: float32 (windows, inputs of a unit, units).
        inside: bool (windows, inputs of a unit): which inputs are pixels, not border.
        most: How many units.
    """
    norms = np.linalg.norm(kernel * inside[:, :, None], axis=1)
    by_norm = np.argsort(-norms, axis=1, kind="stable")  # Of each window, the strongest first.
    ranks = np.argsort(by_norm, axis=1)
    chosen = np.lexsort((-norms.ravel(), ranks.ravel()))[:most]
    windows, units = np.divmod(chosen, norms.shape[1])
    by_place = np.lexsort((ranks[windows, units], windows))
    return windows[by_place], units[by_place]


def _kernel(model: keras.Model) -> tuple[np.ndarray, np.ndarray] | None:
    """The first weights, and which pixels they belong to.

    Returns:
        float32 (windows, inputs of a unit, units), and int64 (windows, inputs of a unit): positions
        in a flattened image, -1 for a border.
    """
    shape = model.input_shape[1:]
    places: np.ndarray | None = None
    components: np.ndarray | None = None
    for layer in model.layers:
        if isinstance(layer, _TRANSPARENT):
            continue
        if isinstance(layer, keras.Model):
            return _kernel(layer) if getattr(layer, "inputs", None) else None
        if isinstance(layer, layers.Flatten):
            places = np.arange(np.prod(shape))[None]
        elif isinstance(layer, ImageTiles):
            places = layer.places(shape)
        elif isinstance(layer, MergeTiles) and places is not None:
            places = places.reshape(1, -1)
        elif isinstance(layer, PrincipalComponents):
            components = layer.get_weights()[0]
        elif isinstance(layer, layers.Dense) and places is not None:
            return layer.get_weights()[0][None].astype(np.float32), places
        elif isinstance(layer, LocallyConnected) and places is not None:
            if layer.positions is not None:
                places = places[layer.positions].reshape(len(layer.positions), -1)
            [kernel] = layer.get_weights()
            return kernel if components is None else components @ kernel, places
        else:
            return None
    return None
