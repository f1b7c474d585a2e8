"""Plain Keras layers that compute the same as Tenfold's layers."""

from dataclasses import dataclass, replace

import keras
import numpy as np
from keras import layers


class CannotUnfoldError(Exception):
    """No layers of an MLP compute the same as a layer."""


@dataclass(frozen=True)
class Plain:
    """The output of plain layers: batch-major values, and the positions of each tile's features.

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

    def product(
        self,
        kernel: np.ndarray,
        positions: np.ndarray | None = None,
        *,
        name: str,
        activation: str | None = None,
    ) -> "Plain":
        """Multiply windows by a Dense layer, with zeros for inputs that a unit does not see.

        Args:
            kernel: float32 (windows, inputs of a unit, units).
            positions: Integer (windows, tiles in a window), the tiles that each window sees; None
                if each window is one tile.
            name: Name of the Dense layer.
            activation: Activation of the Dense layer.
        """
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
        """Include each unit's scale and shift, (n,) each, in kernel and bias of `dense`.

        Raises:
            CannotUnfoldError: The values are not the output of a Dense layer.
        """
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
