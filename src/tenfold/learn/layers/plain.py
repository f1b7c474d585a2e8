"""Plain Keras layers that compute the same as Tenfold's layers."""

from dataclasses import dataclass, replace

import keras
import numpy as np
from keras import layers

from tenfold.learn.layers.form import CannotUnfoldError, Form


@dataclass(frozen=True)
class Plain(Form):
    """The output of plain dense layers: values, and the positions of each tile's features.

    Attributes:
        values: float32 (batch, n); before the first layer, uint8 (batch, height, width, channels).
        places: int64 (tiles, features), the position in 0..n-1 of each feature of each tile; -1 for
            a feature that is the same in all images and is left out.
        elsewhere: The value of each feature that is left out.
        dense: The layer that computed `values`, if a later scale and shift can become part of it.
    """

    values: keras.KerasTensor
    places: np.ndarray
    elsewhere: float = 0.0
    dense: layers.Dense | None = None

    def tiles(self, places: np.ndarray, centre: int) -> "Plain":
        """Centre and flatten the images; the next kernel knows where each tile's pixels are."""
        middle = layers.Rescaling(1.0, offset=-centre, dtype="float32", name="centre")
        flatten = layers.Flatten(dtype="float32", name="flatten")
        return Plain(flatten(middle(self.values)), places, elsewhere=-centre)

    def merged(self) -> "Plain":
        """All features belong to one tile; no layer is needed."""
        return replace(self, places=self.places.reshape(1, -1))

    def product(
        self,
        kernel: np.ndarray,
        positions: np.ndarray | None = None,
        *,
        name: str,
        activation: str | None = None,
    ) -> "Plain":
        """Multiply windows by a Dense layer, with zeros for inputs that a unit does not see."""
        seen = self.places if positions is None else self.places[positions]
        n_windows, _, n_units = kernel.shape
        full = np.zeros((self.values.shape[-1], n_windows * n_units), np.float32)
        bias = np.zeros((n_windows, n_units), np.float32)
        for window, rows in enumerate(seen.reshape(n_windows, -1)):
            inside = rows >= 0
            units = slice(window * n_units, (window + 1) * n_units)
            full[rows[inside], units] = kernel[window, inside]
            bias[window] = self.elsewhere * kernel[window, ~inside].sum(axis=0)
        dense = layers.Dense(bias.size, activation=activation, dtype="float32", name=name)
        values = dense(self.values)
        dense.set_weights([full, bias.ravel()])
        return Plain(values, np.arange(bias.size).reshape(bias.shape), dense=dense)

    def scaled_and_shifted(self, scale: np.ndarray | float, shift: np.ndarray) -> "Plain":
        """Include each unit's scale and shift in kernel and bias of `dense`."""
        if self.dense is None:
            raise CannotUnfoldError
        kernel, bias = self.dense.get_weights()
        self.dense.set_weights([kernel * scale, bias * scale + shift])
        return self

    def relu(self, *, name: str) -> "Plain":
        """Set negative values to zero."""
        values = layers.ReLU(dtype="float32", name=name)(self.values)
        return replace(self, values=values, dense=None)

    def plus(self, *others: "Plain", name: str) -> "Plain":
        """Add values whose features are in the same places."""
        added = layers.Add(dtype="float32", name=name)
        values = added([self.values, *(other.values for other in others)])
        return replace(self, values=values, dense=None)

    def at_temperature(self, temperature: float) -> "Plain":
        """The temperature becomes part of the Dense layer with softmax below."""
        if self.dense is None or self.dense.activation is not keras.activations.softmax:
            raise CannotUnfoldError
        return self.scaled_and_shifted(1 / temperature, np.zeros(1, np.float32))
