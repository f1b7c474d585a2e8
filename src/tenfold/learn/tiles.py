"""Cut images into tiles, and tiles into windows.

Between `ImageTiles` and `Probabilities`, activations are feature-major: (tiles, features,
batch). A layer is then one batched matrix product without a transpose, statistics run over
neighbouring numbers, and merging all tiles into one costs nothing. No weight belongs to two
tiles, so nothing is convolved.
"""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf

serialisable = keras.saving.register_keras_serializable("tenfold")


class FeatureMajorLayer(keras.layers.Layer):
    """A layer of feature-major activations that casts for itself, as little as it can.

    Weights are float32; what is computed has the dtype of what comes in.
    """

    settings: tuple[str, ...] = ()
    """Names of the constructor's arguments, which are attributes too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"autocast": False, **options})

    def add_weight(self, *args: Any, **options: Any) -> keras.Variable:
        """Make a weight that stays float32: a mixed policy would hand it out as bfloat16."""
        return super().add_weight(*args, **{"autocast": False, **options})

    def get_config(self) -> dict[str, Any]:
        """What `from_config` needs to make this layer again."""
        return {**super().get_config(), **{name: getattr(self, name) for name in self.settings}}


@serialisable
class ImageTiles(FeatureMajorLayer):
    """uint8 (batch, height, width, channels) -> (tiles, patch * patch * channels, batch).

    Pixels become -128..127 in the layer's compute dtype, in which all of them are exact.
    Images that are not square, or no multiple of the patch, get an even border of black.

    Args:
        patch: Height and width of a tile in pixels.
    """

    settings = ("patch",)

    def __init__(self, patch: int, **options: Any) -> None:
        super().__init__(**options)
        self.patch = patch

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """Cut the images."""
        _, height, width, channels = images.shape
        side = -(-max(height, width) // self.patch) * self.patch
        top, left = (side - height) // 2, (side - width) // 2
        border = [[0, 0], [top, side - height - top], [left, side - width - left], [0, 0]]
        if side != height or side != width:
            images = tf.pad(images, border)
        # Flipping the highest bit and reading int8 subtracts 128 without leaving 8 bits.
        centred = tf.bitcast(tf.bitwise.bitwise_xor(images, tf.constant(128, tf.uint8)), tf.int8)
        features = tf.cast(tf.reshape(centred, (-1, side * side * channels)), self.compute_dtype)
        # A plain transpose and a gather of whole rows take half the time of one transpose of six
        # axes, when measured.
        by_tile = tf.gather(tf.transpose(features), self._rows(side, channels))
        n_tiles = (side // self.patch) ** 2
        return tf.reshape(by_tile, (n_tiles, self.patch * self.patch * channels, -1))

    def _rows(self, side: int, channels: int) -> np.ndarray:
        """For each feature of each tile, its place in a flattened image."""
        grid, patch = side // self.patch, self.patch
        places = np.arange(side * side * channels).reshape(grid, patch, grid, patch, channels)
        return places.transpose(0, 2, 1, 3, 4).ravel()


@serialisable
class MergeTiles(FeatureMajorLayer):
    """(tiles, features, batch) -> (1, tiles * features, batch): what follows sees everything."""

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Merge; nothing is moved."""
        return tf.reshape(x, (1, x.shape[0] * x.shape[1], -1))


def window_positions(n_tiles: int, window: int, stride: int) -> np.ndarray:
    """The tiles that each window sees: int32 (windows, window * window).

    Args:
        n_tiles: Tiles in a square grid, row by row.
        window: Tiles along a side of a window; windows stay inside the grid.
        stride: Tiles from one window to the next; the last one ends with the grid, so that it may
            be nearer, and no tile is left out.

    Raises:
        ValueError: The tiles are no square grid, or a window is larger than it.
    """
    grid = math.isqrt(n_tiles)
    if grid * grid != n_tiles or not 1 <= window <= grid:
        raise ValueError(f"Expected windows within a square grid; received {window} of {n_tiles}.")
    starts = [*range(0, grid - window, stride), grid - window]
    return np.array(
        [
            [
                (top + row) * grid + left + column
                for row in range(window)
                for column in range(window)
            ]
            for top in starts
            for left in starts
        ],
        np.int32,
    )


def gather_windows(x: tf.Tensor, positions: np.ndarray) -> tf.Tensor:
    """(tiles, features, batch) -> (windows, tiles a window * features, batch).

    Args:
        x: Activations.
        positions: What `window_positions` gave.
    """
    n_windows, n_seen = positions.shape
    n_tiles, n_features = x.shape[:2]
    # Gradients of tiles that several windows see are added up by one product with 0 and 1:
    # five times faster than adding slices or segments, when measured.
    add_up = np.zeros((n_tiles, n_windows * n_seen), np.float32)
    add_up[positions.ravel(), np.arange(n_windows * n_seen)] = 1

    @tf.custom_gradient
    def gather(x: tf.Tensor) -> Any:
        seen = tf.gather(x, tf.constant(positions))

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            rows = tf.reshape(upstream, (n_windows * n_seen, -1))
            return tf.reshape(tf.matmul(tf.constant(add_up, rows.dtype), rows), tf.shape(x))

        return tf.reshape(seen, (n_windows, n_seen * n_features, -1)), gradient

    return gather(x)
