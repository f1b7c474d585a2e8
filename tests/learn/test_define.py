import numpy as np
import pytest

from tenfold.core.recipe import DenseNetwork
from tenfold.learn.define import define

NETWORK = DenseNetwork(widths=(5, 3), input_dropout=0.2)
SHAPE = (4, 4, 3)
IMAGES = np.random.default_rng(0).integers(0, 256, (7, *SHAPE), dtype=np.uint8)


def by_hand(weights: list[np.ndarray]) -> np.ndarray:
    """The same network in NumPy: pixels / 255, ReLU between layers, softmax at the end."""
    x = IMAGES.reshape(len(IMAGES), -1) / 255
    *hidden, (kernel, bias) = zip(weights[::2], weights[1::2], strict=True)
    for hidden_kernel, hidden_bias in hidden:
        x = np.maximum(x @ hidden_kernel + hidden_bias, 0)
    powers = np.exp(x @ kernel + bias)
    return powers / powers.sum(axis=1, keepdims=True)


def test_predicts_what_numpy_computes_from_the_same_weights_and_uint8_images():
    model = define(NETWORK, SHAPE, 4, seed=0)
    weights = [np.asarray(weight) for weight in model.trainable_weights]
    np.testing.assert_allclose(model.predict(IMAGES, verbose=0), by_hand(weights), rtol=1e-4)


def test_the_seed_decides_the_weights():
    first, again, other = (define(NETWORK, SHAPE, 4, seed=seed).get_weights() for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_layers_of_one_shape_begin_with_different_weights():
    first, second, *_ = define(DenseNetwork(widths=(48, 48)), SHAPE, 4, seed=0).get_weights()[::2]
    assert first.shape == second.shape
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_drops_the_share_of_inputs_asked_for_only_while_fitting(dropout):
    network = DenseNetwork(widths=(), input_dropout=dropout)
    model = define(network, SHAPE, 4, seed=0)
    until_dropout = model.layers[1:-1]
    x = np.ones((200, *SHAPE), np.float32)
    for layer in until_dropout:
        x = layer(x, training=True)
    assert np.mean(np.asarray(x) == 0) == pytest.approx(dropout, abs=0.02)
