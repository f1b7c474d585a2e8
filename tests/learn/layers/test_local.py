import keras
import numpy as np
import pytest
import tensorflow as tf

from tenfold.learn.layers.local import LocallyConnected
from tenfold.learn.layers.windows import window_positions

RANDOM = np.random.default_rng(0)
SCALE = 0.25


def by_hand(
    x: np.ndarray, kernel: np.ndarray, upstream: np.ndarray, window: int, stride: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Output and gradients of kernel and input, one window and one image at a time."""
    y, d_kernel, d_x = np.zeros_like(upstream), np.zeros_like(kernel), np.zeros_like(x)
    for number, seen in enumerate(window_positions(len(x), window, stride)):
        for image in range(x.shape[-1]):
            inputs = np.concatenate([x[tile, :, image] for tile in seen])
            up = upstream[number, :, image]
            y[number, :, image] = SCALE * kernel[number].T @ inputs
            d_kernel[number] += SCALE * np.outer(inputs, up)
            shares = np.split(SCALE * kernel[number] @ up, len(seen))
            for tile, share in zip(seen, shares, strict=True):
                d_x[tile, :, image] += share
    return y, d_kernel, d_x


@pytest.mark.parametrize(("window", "stride"), [(1, 1), (2, 1), (3, 3), (2, 2), (4, 1)])
def test_output_and_gradients_are_those_of_numpy(window, stride):
    layer = LocallyConnected(5, window=window, stride=stride, input_scale=SCALE, seed=0)
    x = RANDOM.normal(size=(16, 3, 2)).astype(np.float32)
    n_windows = len(window_positions(16, window, stride))
    upstream = RANDOM.normal(size=(n_windows, 5, 2)).astype(np.float32)
    with tf.GradientTape() as tape:
        watched = tf.constant(x)
        tape.watch(watched)
        y = layer(watched)
    assert layer.kernel.shape == (n_windows, 3 * window**2, 5)
    d_kernel, d_x = tape.gradient(y, [layer.kernel.value, watched], tf.constant(upstream))
    expected = by_hand(x, np.asarray(layer.get_weights()[0]), upstream, window, stride)
    for ours, theirs in zip((y, d_kernel, d_x), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)


def test_begins_with_the_spread_that_it_was_asked_for():
    layer = LocallyConnected(100, gain=3.0, seed=0)
    layer.build((4, 50, 1))
    kernel = layer.get_weights()[0]
    assert kernel.std() == pytest.approx(3 / 50**0.5, rel=0.02)
    assert kernel.mean() == pytest.approx(0, abs=0.02)


def test_the_seed_decides_the_kernel():
    def kernel(seed):
        layer = LocallyConnected(3, seed=seed)
        layer.build((4, 5, 1))
        return layer.get_weights()[0]

    assert np.array_equal(kernel(0), kernel(0))
    assert not np.array_equal(kernel(0), kernel(1))


def test_computes_in_the_format_that_comes_in_and_keeps_float32_weights():
    layer = LocallyConnected(4, window=2, input_scale=SCALE, seed=0, dtype="mixed_bfloat16")
    x = RANDOM.normal(size=(9, 8, 6)).astype(np.float32)
    with tf.GradientTape() as tape:
        y = layer(tf.cast(x, tf.bfloat16))
    d_kernel = tape.gradient(y, layer.kernel.value)
    assert (y.dtype, layer.kernel.dtype) == (tf.bfloat16, "float32")
    exact, d_exact, _ = by_hand(x, layer.get_weights()[0], np.ones(y.shape), 2, 1)
    np.testing.assert_allclose(tf.cast(y, tf.float32), exact, atol=0.02 * np.abs(exact).max())
    within = 0.02 * np.abs(d_exact).max()
    np.testing.assert_allclose(tf.cast(d_kernel, tf.float32), d_exact, atol=within)


def test_comes_back_from_its_settings():
    layer = LocallyConnected(4, window=3, stride=2, input_scale=0.5, gain=1.5, seed=7, name="one")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.get_config() == layer.get_config()
    assert (again.units, again.window, again.stride, again.input_scale) == (4, 3, 2, 0.5)
    assert (again.gain, again.seed, again.name) == (1.5, 7, "one")


def test_refuses_a_window_larger_than_the_grid():
    with pytest.raises(ValueError, match="within a square grid; received 3 of 4"):
        LocallyConnected(2, window=3).build((4, 1, 1))
