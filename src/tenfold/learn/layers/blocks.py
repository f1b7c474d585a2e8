"""Keras's own layers and operations, with a block of weights for each window."""

from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from tenfold.learn.layers.form import CannotUnfoldError, Form, tiled

_TINY = float(np.finfo(np.float32).tiny)


@dataclass(frozen=True)
class Blocks(Form):
    """The output of ordinary layers, in a model that loads without Tenfold.

    Windows are gathered at constant positions, and one product multiplies each by its own weights:
    unlike `Plain`, this takes no more weights than the network itself.

    Attributes:
        values: float32 (batch, features), or (batch, tiles, features); before the first layer,
            uint8 images.
        pixels: int64 (tiles, views, features), while `values` are still whole images: which number
            of a flattened image each feature is, or -1 for a black border; None afterwards.
        centre: What is subtracted from uint8 values.
        made: The layer that computed `values`, if a scale and a shift can still become part of it.
    """

    values: keras.KerasTensor
    pixels: np.ndarray | None = None
    centre: float = 0.0
    made: layers.Layer | None = None

    @classmethod
    def of_images(cls, images: keras.KerasTensor) -> "Blocks":
        """Begin with uint8 (batch, height, width, channels)."""
        return cls(images, np.arange(np.prod(images.shape[1:]))[None, None])

    def views(self, positions: np.ndarray) -> "Blocks":
        """Remember which pixels each view shows: they are gathered once."""
        return replace(self, pixels=positions[None])

    def tiles(self, places: np.ndarray, centre: int) -> "Blocks":
        """Gather the pixels of each tile, and centre them."""
        middle = layers.Rescaling(1.0, offset=-centre, dtype="float32", name="centre")
        return Blocks(middle(self._gathered(tiled(self.pixels, places))))

    def merged(self) -> "Blocks":
        """Put the features of all tiles side by side."""
        if len(self.values.shape) == 2:
            return self
        return Blocks(layers.Flatten(dtype="float32", name="merge")(self.values))

    def product(
        self,
        kernel: np.ndarray,
        positions: np.ndarray | None = None,
        *,
        name: str,
        activation: str | None = None,
    ) -> "Blocks":
        """Multiply the windows by an EinsumDense layer, or by a Dense layer if it is only one."""
        n_windows, _, n_units = kernel.shape
        values = self._windows(positions)
        options: dict[str, Any] = {"activation": activation, "dtype": "float32", "name": name}
        if n_windows == 1:
            made = layers.Dense(n_units, **options)
            weights = [kernel[0], np.zeros(n_units, np.float32)]
        else:
            shape = (n_windows, n_units)
            made = layers.EinsumDense("bwi,wio->bwo", shape, bias_axes="wo", **options)
            weights = [kernel, np.zeros(shape, np.float32)]
        values = made(values)
        made.set_weights(weights)
        return Blocks(values, made=made)

    def _windows(self, positions: np.ndarray | None) -> keras.KerasTensor:
        """Gather the tiles that each window sees: (batch, windows, inputs of a unit)."""
        if positions is None or len(self.values.shape) == 2:
            return self.values
        n_windows, n_seen = positions.shape
        seen = ops.take(self.values, positions, axis=1)
        n_inputs = n_seen * self.values.shape[-1]
        return ops.reshape(seen, (-1, *([n_windows] if n_windows > 1 else []), n_inputs))

    def _gathered(self, pixels: np.ndarray) -> keras.KerasTensor:
        """Gather the pixels of all tiles and views: uint8 (batch, tiles, features)."""
        n_tiles, _, n_features = pixels.shape
        n_numbers = int(np.prod(self.values.shape[1:]))
        flat = ops.reshape(self.values, (-1, n_numbers))
        if (pixels < 0).any():  # The border is one more pixel, which is black.
            pixels = np.where(pixels < 0, n_numbers, pixels)
            flat = ops.pad(flat, ((0, 0), (0, 1)))
        if not np.array_equal(pixels.ravel(), np.arange(n_numbers)):
            flat = ops.take(flat, pixels.transpose(1, 0, 2).astype(np.int32), axis=1)
        return ops.reshape(flat, (-1, *([n_tiles] if n_tiles > 1 else []), n_features))

    def scaled_and_shifted(self, scale: np.ndarray | float, shift: np.ndarray) -> "Blocks":
        """Include each unit's scale and shift in kernel and bias of `made`."""
        if self.made is None:
            raise CannotUnfoldError
        kernel, bias = self.made.get_weights()
        factor = np.broadcast_to(np.asarray(scale, np.float32), bias.size).reshape(bias.shape)
        summand = np.broadcast_to(shift, bias.size).reshape(bias.shape)
        wide = factor if bias.ndim == 1 else factor[:, None]
        self.made.set_weights([kernel * wide, bias * factor + summand])
        return self

    def relu(self, *, name: str) -> "Blocks":
        """Set negative values to zero."""
        return Blocks(layers.ReLU(dtype="float32", name=name)(self.values))

    def plus(self, *others: "Blocks", name: str) -> "Blocks":
        """Add values of the same shape."""
        added = layers.Add(dtype="float32", name=name)
        return Blocks(added([self.values, *(other.values for other in others)]))

    def mean_of_views(self, n_views: int) -> "Blocks":
        """Average over the views."""
        each = ops.reshape(self.values, (-1, n_views, self.values.shape[-1]))
        return Blocks(ops.mean(each, axis=1))

    def at_temperature(self, temperature: float) -> "Blocks":
        """Divide the logarithms, then take the softmax again."""
        logits = ops.log(ops.maximum(self.values, _TINY))
        return Blocks(ops.softmax(ops.divide(logits, temperature)))

    def like(self, layer: keras.layers.Layer) -> "Blocks":
        """Write one of Keras's own layers, or a network of them alone, with the same weights."""
        if any(not type(each).__module__.startswith("keras.") for each in _all_layers(layer)):
            raise CannotUnfoldError
        copy = (
            keras.models.clone_model(layer)
            if isinstance(layer, keras.Model)
            else type(layer).from_config(layer.get_config())
        )
        [values] = keras.tree.flatten(copy(self._images()))
        copy.set_weights(layer.get_weights())
        return Blocks(values)

    def _images(self) -> keras.KerasTensor:
        """The values; before the first layer, every view as an image of its own."""
        if self.pixels is None or self.pixels.shape[1] == 1:
            return self.values
        return ops.reshape(self._gathered(self.pixels), (-1, *self.values.shape[1:]))

    def refusal(self, layer: keras.layers.Layer) -> str:
        """Why a layer cannot be written, and what to do."""
        return (
            f"Cannot export layer '{layer.name}' ({type(layer).__name__}): an export loads without "
            "your code, so it can only hold Keras's own layers. Build the network of those, or "
            "save `run.model` yourself."
        )


def _all_layers(layer: keras.layers.Layer) -> list[keras.layers.Layer]:
    """A layer, and all layers inside it."""
    inside = getattr(layer, "layers", [])
    return [layer, *(found for each in inside for found in _all_layers(each))]
