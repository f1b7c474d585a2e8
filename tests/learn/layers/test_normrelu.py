import keras
import numpy as np
import pytest
import tensorflow as tf

from tenfold.learn.layers.normrelu import EPSILON, BiasReLU, NormReLU

RANDOM = np.random.default_rng(0)
SHAPE = (3, 4, 50)  # Tiles, features, batch.
EACH = (3, 4, 1)
X = RANDOM.normal(2, 3, SHAPE)
GAMMA, BETA = RANDOM.uniform(0.5, 2, EACH), RANDOM.normal(size=EACH)
UPSTREAM = RANDOM.normal(size=SHAPE)


def norm_relu() -> NormReLU:
    layer = NormReLU(momentum=0.8)
    layer.build(SHAPE)
    layer.gamma.assign(GAMMA)
    layer.beta.assign(BETA)
    return layer


def normalised(x: np.ndarray) -> np.ndarray:
    """Scale each feature of each tile to a mean of 0 and a variance of nearly 1."""
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + EPSILON)


def test_normalises_each_feature_of_each_tile_by_the_batch_while_fitting():
    y = norm_relu()(X.astype(np.float32), training=True)
    np.testing.assert_allclose(y, np.maximum(normalised(X) * GAMMA + BETA, 0), atol=1e-4)


def test_gradients_are_those_of_plain_float64_operations():
    layer = norm_relu()
    with tf.GradientTape() as tape:
        x = tf.constant(X, tf.float32)
        tape.watch(x)
        y = layer(x, training=True)
    weights = [x, layer.gamma.value, layer.beta.value]
    ours = tape.gradient(y, weights, tf.constant(UPSTREAM, tf.float32))
    with tf.GradientTape() as tape:
        plain = [tf.Variable(value) for value in (X, GAMMA, BETA)]
        x, gamma, beta = plain
        centred = x - tf.reduce_mean(x, -1, keepdims=True)
        variance = tf.reduce_mean(centred**2, -1, keepdims=True)
        y = tf.maximum(centred / tf.sqrt(variance + EPSILON) * gamma + beta, 0)
    theirs = tape.gradient(y, plain, tf.constant(UPSTREAM))
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our, their, atol=1e-4)


def test_predicts_by_the_moving_statistics_of_the_batches_seen():
    layer, mean, variance = norm_relu(), np.zeros(EACH), np.ones(EACH)
    for batch in (X, 2 * X + 1):
        layer(batch.astype(np.float32), training=True)
        mean = 0.8 * mean + 0.2 * batch.mean(-1, keepdims=True)
        variance = 0.8 * variance + 0.2 * batch.var(-1, keepdims=True)
    before = layer.get_weights()
    y = layer(X.astype(np.float32))
    expected = np.maximum((X - mean) / np.sqrt(variance + EPSILON) * GAMMA + BETA, 0)
    np.testing.assert_allclose(y, expected, atol=1e-4)
    for weight, kept in zip(layer.get_weights(), before, strict=True):
        assert np.array_equal(weight, kept)  # Predicting changes nothing.


def test_bfloat16_stays_near_the_exact_result():
    layer = NormReLU(dtype="mixed_bfloat16")
    x = RANDOM.normal(1, 2, (2, 3, 4096))
    y = layer(tf.cast(x, tf.bfloat16), training=True)
    assert (y.dtype, layer.gamma.dtype) == (tf.bfloat16, "float32")
    np.testing.assert_allclose(tf.cast(y, tf.float64), np.maximum(normalised(x), 0), atol=0.05)


def test_bias_is_added_and_negatives_are_cut_with_the_gradients_that_follow():
    layer = BiasReLU()
    layer.build(SHAPE)
    layer.beta.assign(BETA)
    with tf.GradientTape() as tape:
        x = tf.constant(X, tf.float32)
        tape.watch(x)
        y = layer(x)
    d_x, d_beta = tape.gradient(y, [x, layer.beta.value], tf.constant(UPSTREAM, tf.float32))
    passed = np.where(X + BETA > 0, UPSTREAM, 0)
    np.testing.assert_allclose(y, np.maximum(X + BETA, 0), atol=1e-5)
    np.testing.assert_allclose(d_x, passed, atol=1e-5)
    np.testing.assert_allclose(d_beta, passed.sum(-1, keepdims=True), atol=1e-4)


@pytest.mark.parametrize("layer", [NormReLU(momentum=0.7, name="a"), BiasReLU(name="b")])
def test_comes_back_from_its_settings(layer):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is type(layer)
    assert again.get_config() == layer.get_config()
