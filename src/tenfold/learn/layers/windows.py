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
    if n_windows == 1:
        return tf.reshape(x, (1, n_tiles * n_features, -1))
    # Gradients of tiles that several windows see are added up by products with 0 and 1: several
    # times faster than adding slices or segments, when measured.
    add_columns, add_rows = summing_matrices(n_tiles, positions)

    @tf.custom_gradient
    def gather(x: tf.Tensor) -> Any:
        seen = tf.gather(x, tf.constant(positions))

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            rows = tf.reshape(upstream, (-1, add_columns.shape[1], tf.size(x) // n_tiles))
            rows = tf.matmul(tf.constant(add_columns, rows.dtype), rows)
            rows = tf.reshape(rows, (add_rows.shape[1], -1))
            return tf.reshape(tf.matmul(tf.constant(add_rows, rows.dtype), rows), tf.shape(x))

        return tf.reshape(seen, (n_windows, n_seen * n_features, -1)), gradient

    return gather(x)


def summing_matrices(n_tiles: int, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two matrices of 0 and 1 that add up what the windows of a grid see, tile by tile.

    The first one adds, within each row of windows, what falls on the same column of tiles; the
    second one adds what falls on the same row. Together they take a fraction of the operations of a
    single matrix: about a fifth for windows of 3 on a grid of 15.

    Args:
        n_tiles: Tiles in a square grid.
        positions: The result of `window_positions`.

    Returns:
        float32 (window * grid, windows in a row * window * window), for every row of windows; and
        float32 (grid, rows of windows * window).
    """
    grid, window, n_starts = (math.isqrt(n) for n in (n_tiles, positions.shape[1], len(positions)))
    starts = positions[:n_starts, 0]
    inside = np.arange(window)
    place, row, column = np.meshgrid(np.arange(n_starts), inside, inside, indexing="ij")
    add_columns = np.zeros((window * grid, n_starts * window * window), np.float32)
    add_columns[(row * grid + starts[place] + column).ravel(), np.arange(place.size)] = 1
    add_rows = np.zeros((grid, n_starts * window), np.float32)
    add_rows[(starts[:, None] + inside).ravel(), np.arange(n_starts * window)] = 1
    return add_columns, add_rows
