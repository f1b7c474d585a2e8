import keras
import numpy as np
import pytest
import tensorflow as tf

from tenfold.learn.layers.dropout import StepDropout

ONES = np.ones((5, 10, 1001), np.float32)  # Not a multiple of four: bytes are cut from words.


def masks(seed: int, n_steps: int, x: np.ndarray = ONES) -> list[np.ndarray]:
    layer = StepDropout(0.25, seed=seed)
    return [np.asarray(layer(x, training=True)) > 0 for _ in range(n_steps)]


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_drops_its_share_and_keeps_the_mean(rate):
    y = np.asarray(StepDropout(rate)(ONES, training=True))
    assert np.mean(y == 0) == pytest.approx(rate, abs=0.01)
    assert y.mean() == pytest.approx(1, abs=0.05)
    assert len(np.unique(y)) == 2  # Dropped, or all scaled up by the same factor.


def test_each_activation_has_a_chance_of_its_own():
    [mask] = masks(0, 1)
    flat = mask.ravel()
    for apart in (1, 2, 4, 1001):
        both = np.mean(~flat[:-apart] & ~flat[apart:])
        assert both == pytest.approx(0.25**2, abs=0.01)


def test_the_seed_and_the_step_alone_decide_the_mask():
    first, second = masks(3, 2)
    again = masks(3, 2, x=7 * ONES)
    assert np.array_equal(first, again[0])
    assert np.array_equal(second, again[1])
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, masks(4, 1)[0])


def test_goes_on_where_a_saved_model_stopped(tmp_path):
    inputs = keras.Input(batch_shape=ONES.shape)
    model = keras.Model(inputs, StepDropout(0.25, seed=3)(inputs))
    for _ in range(2):
        model(ONES, training=True)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    mask = np.asarray(again(ONES, training=True)) > 0
    assert np.array_equal(mask, masks(3, 3)[2])


def test_gradient_passes_where_activations_pass():
    layer, x = StepDropout(0.5), tf.constant(ONES)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, training=True)
    np.testing.assert_array_equal(tape.gradient(y, x), y)  # All inputs are 1.


def test_predicting_drops_nothing_and_counts_nothing():
    layer = StepDropout(0.5)
    assert np.array_equal(layer(ONES), ONES)
    assert int(layer.step) == 0


def test_a_rate_near_one_leaves_something():
    y = np.asarray(StepDropout(0.9999)(ONES, training=True))
    assert 0 < np.mean(y > 0) < 0.01


def test_bfloat16_stays_bfloat16():
    y = StepDropout(0.5)(tf.ones((2, 3, 4), tf.bfloat16), training=True)
    assert y.dtype == tf.bfloat16
