import keras
import numpy as np
import pytest
import tensorflow as tf

from tenfold.learn.layers.tiles import ImageTiles, MergeTiles
from tenfold.learn.layers.windows import gather_windows, window_positions

RANDOM = np.random.default_rng(0)


def cut_by_hand(images: np.ndarray, patch: int, top: int, left: int, side: int) -> np.ndarray:
    """Pixel by pixel: (tiles, patch * patch * channels, batch), black where there is no image."""
    n, height, width, channels = images.shape
    square = np.zeros((n, side, side, channels))
    square[:, top : top + height, left : left + width] = images
    tiles = [
        [
            square[:, row + y, column + x, channel]
            for y in range(patch)
            for x in range(patch)
            for channel in range(channels)
        ]
        for row in range(0, side, patch)
        for column in range(0, side, patch)
    ]
    return np.array(tiles) - 128


@pytest.mark.parametrize(
    ("shape", "patch", "top", "left", "side"),
    [((4, 4, 3), 2, 0, 0, 4), ((3, 5, 1), 2, 1, 0, 6), ((5, 2, 2), 3, 0, 2, 6)],
)
def test_cuts_images_into_tiles_with_an_even_border_of_black(shape, patch, top, left, side):
    images = RANDOM.integers(0, 256, (2, *shape), dtype=np.uint8)
    tiles = np.asarray(ImageTiles(patch)(images))
    assert tiles.dtype == np.float32
    np.testing.assert_array_equal(tiles, cut_by_hand(images, patch, top, left, side))


def test_every_pixel_value_is_exact_in_bfloat16():
    tiles = ImageTiles(16, dtype="mixed_bfloat16")(
        np.arange(256, dtype=np.uint8).reshape(16, 16, 1)[None]
    )
    assert tiles.dtype == tf.bfloat16
    assert tf.cast(tiles, tf.int32).numpy().ravel().tolist() == list(range(-128, 128))


def test_merging_keeps_features_in_order_and_images_apart():
    x = RANDOM.normal(size=(4, 3, 2)).astype(np.float32)
    merged = np.asarray(MergeTiles()(x))
    assert merged.shape == (1, 12, 2)
    for image in range(2):
        assert merged[0, :, image].tolist() == x[:, :, image].ravel().tolist()


@pytest.mark.parametrize(
    ("n_tiles", "window", "stride", "expected"),
    [
        (9, 2, 1, [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]]),
        (16, 2, 2, [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]]),
        (9, 2, 2, [[0, 1, 3, 4], [1, 2, 4, 5], [3, 4, 6, 7], [4, 5, 7, 8]]),  # No tile is left out.
        (4, 2, 1, [[0, 1, 2, 3]]),
        (4, 1, 1, [[0], [1], [2], [3]]),
    ],
)
def test_windows_see_the_tiles_counted_by_hand(n_tiles, window, stride, expected):
    assert window_positions(n_tiles, window, stride).tolist() == expected


@pytest.mark.parametrize(("n_tiles", "window"), [(5, 1), (9, 4), (9, 0)])
def test_refuses_windows_that_do_not_fit(n_tiles, window):
    with pytest.raises(ValueError, match=f"within a square grid; received {window} of {n_tiles}"):
        window_positions(n_tiles, window, 1)


@pytest.mark.parametrize(
    ("n_tiles", "window", "stride"), [(9, 2, 1), (36, 3, 2), (25, 3, 1), (4, 2, 1), (16, 1, 2)]
)
def test_windows_gather_what_they_see_and_give_each_tile_the_sum_of_its_gradients(
    n_tiles, window, stride
):
    positions = window_positions(n_tiles, window, stride)
    x = RANDOM.normal(size=(n_tiles, 3, 2)).astype(np.float32)
    upstream = RANDOM.normal(size=(len(positions), 3 * window**2, 2)).astype(np.float32)
    with tf.GradientTape() as tape:
        watched = tf.constant(x)
        tape.watch(watched)
        gathered = gather_windows(watched, positions)
    expected, gradient = np.zeros_like(upstream), np.zeros_like(x)
    for window, seen in enumerate(positions):
        for place, tile in enumerate(seen):
            rows = slice(3 * place, 3 * place + 3)
            expected[window, rows] = x[tile]
            gradient[tile] += upstream[window, rows]
    np.testing.assert_array_equal(gathered, expected)
    np.testing.assert_allclose(
        tape.gradient(gathered, watched, tf.constant(upstream)), gradient, atol=1e-6
    )


def test_tiles_come_back_from_their_settings():
    layer = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(ImageTiles(3, dtype="mixed_bfloat16", name="cut"))
    )
    assert (layer.patch, layer.compute_dtype, layer.name) == (3, "bfloat16", "cut")
