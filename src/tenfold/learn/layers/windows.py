"""Cut a grid of tiles into windows."""

import math
from typing import Any

import numpy as np
import tensorflow as tf


def window_positions(n_tiles: int, window: int, stride: int) -> np.ndarray:
    """The tiles that each window sees: int32 (windows, window * window).

    Args:
        n_tiles: Tiles in a square grid, row by row.
        window: Tiles along a side of a window, which must fit into the grid.
        stride: Tiles from one window to the next. The last window ends at the edge of the grid, so
            its distance may be smaller; no tile is left out.

    Raises:
        ValueError: The tiles are not a square grid, or a window is larger than the grid.
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
    """(tiles, features, batch) -> (windows, tiles in a window * features, batch).

    Args:
        x: Activations.
        positions: The result of `window_positions`.
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
