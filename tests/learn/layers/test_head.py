import keras
import numpy as np
import pytest
import tensorflow as tf

from tenfold.learn.layers.head import Probabilities

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(1, 6, 5)).astype(np.float32)


def built(dtype: str = "float32") -> Probabilities:
    layer = Probabilities(3, seed=0, dtype=dtype)
    layer.build(X.shape)
    layer.bias.assign([0.5, -1, 2])
    return layer


def test_output_and_gradients_are_those_of_numpy():
    layer, upstream = built(), RANDOM.normal(size=(5, 3))
    kernel, bias = layer.get_weights()
    with tf.GradientTape() as tape:
        x = tf.constant(X)
        tape.watch(x)
        y = layer(x)
    weights = [layer.kernel.value, layer.bias.value, x]
    gradients = tape.gradient(y, weights, tf.constant(upstream, tf.float32))
    powers = np.exp(X[0].T @ kernel + bias)
    expected = powers / powers.sum(axis=1, keepdims=True)
    # Softmax's own derivative: p * (upstream - its mean under p).
    d_logits = expected * (upstream - (upstream * expected).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(y, expected, rtol=1e-5)
    for ours, theirs in zip(
        gradients,
        (X[0] @ d_logits, d_logits.sum(axis=0), (d_logits @ kernel.T).T[None]),
        strict=True,
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_gives_float32_rows_that_sum_to_one_even_from_bfloat16():
    y = built("mixed_bfloat16")(tf.cast(50 * X, tf.bfloat16))
    assert y.dtype == tf.float32
    np.testing.assert_allclose(np.sum(y, axis=1), 1, atol=1e-6)


def test_begins_half_as_large_as_other_layers():
    layer = Probabilities(100, seed=0)
    layer.build((1, 400, 1))
    kernel, bias = layer.get_weights()
    assert kernel.std() == pytest.approx(0.5 / 20, rel=0.02)
    assert not bias.any()


def test_comes_back_from_its_settings():
    layer = Probabilities(4, seed=9, name="last")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert (again.n_classes, again.seed, again.name) == (4, 9, "last")
