"""Cut images into tiles, and merge tiles into one."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tenfold.learn.layers.base import FeatureMajorLayer
from tenfold.learn.layers.form import Form
from tenfold.learn.serialisable import serialisable

GREY = 128
"""Subtracted from pixels, so that 0..255 become -128..127, the range of int8."""


@serialisable
class ImageTiles(FeatureMajorLayer):
    """uint8 (batch, height, width, channels) -> (tiles, patch * patch * channels, batch).

    Pixels become -128..127 in the layer's compute dtype, which represents these numbers exactly.
    Images that are not square, or not a multiple of the patch, get a black border on both sides.

    Args:
        patch: Height and width of a tile in pixels.
    """

    settings = ("patch",)

    def __init__(self, patch: int, **options: Any) -> None:
        super().__init__(**options)
        self.patch = patch

    def describe(self) -> str:
        """What the layer does, in a few words."""
        return f"tiles of {self.patch} x {self.patch} pixels"

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """Cut the images."""
        _, height, width, channels = images.shape
        side = -(-max(height, width) // self.patch) * self.patch
        top, left = (side - height) // 2, (side - width) // 2
        border = [[0, 0], [top, side - height - top], [left, side - width - left], [0, 0]]
        if side != height or side != width:
            images = tf.pad(images, border)
        # Flipping the highest bit and reading int8 subtracts 128 without leaving 8 bits.
        centred = tf.bitcast(tf.bitwise.bitwise_xor(images, tf.constant(GREY, tf.uint8)), tf.int8)
        features = tf.cast(tf.reshape(centred, (-1, side * side * channels)), self.compute_dtype)
        # A plain transpose and a gather of whole rows take half the time of one transpose of six
        # axes, when measured.
        by_tile = tf.gather(tf.transpose(features), self._rows(side, channels))
        n_tiles = (side // self.patch) ** 2
        return tf.reshape(by_tile, (n_tiles, self.patch * self.patch * channels, -1))

    def _rows(self, side: int, channels: int) -> np.ndarray:
        """The position in a flattened image of each feature of each tile."""
        grid, patch = side // self.patch, self.patch
        places = np.arange(side * side * channels).reshape(grid, patch, grid, patch, channels)
        return places.transpose(0, 2, 1, 3, 4).ravel()

    def unfold(self, below: Form) -> Form:
        """Cut the images, and centre their values."""
        return below.tiles(self.places(self.input.shape[1:]), GREY)

    def places(self, shape: tuple[int, ...]) -> np.ndarray:
        """The position in a flattened image of each feature of each tile; -1 for the border.

        int64 (tiles, patch * patch * channels), for images (height, width, channels).
        """
        number = np.arange(np.prod(shape)).reshape(shape) + 1  # 0 is left for the border.
        digits = np.stack([number >> 8 * power & 255 for power in range(3)]).astype(np.uint8)
        cut = keras.ops.convert_to_numpy(self(digits)).astype(np.int64) + GREY
        found: np.ndarray = cut @ 256 ** np.arange(3) - 1
        return found


@serialisable
class MergeTiles(FeatureMajorLayer):
    """(tiles, features, batch) -> (1, tiles * features, batch): the next layer sees all tiles."""

    def describe(self) -> str:
        """What the layer does, in a few words."""
        return "all tiles side by side"

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Merge the tiles, without moving data."""
        return tf.reshape(x, (1, x.shape[0] * x.shape[1], -1))

    def unfold(self, below: Form) -> Form:
        """Merge the tiles."""
        return below.merged()
