import numpy as np
import pytest

from tenfold.core.networks import (
    ClassicNetwork,
    FullyConnectedNetwork,
    LocalLayer,
    LocalNetwork,
    Network,
)
from tenfold.learn.define import define
from tenfold.learn.layers.local import LocallyConnected
from tenfold.learn.storage import load_model, save_model

NETWORK = ClassicNetwork(widths=(5, 3), input_dropout=0.2)
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
    first, second, *_ = define(ClassicNetwork(widths=(48, 48)), SHAPE, 4, seed=0).get_weights()[::2]
    assert first.shape == second.shape
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_drops_the_share_of_inputs_asked_for_only_while_fitting(dropout):
    network = ClassicNetwork(widths=(), input_dropout=dropout)
    model = define(network, SHAPE, 4, seed=0)
    until_dropout = model.layers[1:-1]
    x = np.ones((200, *SHAPE), np.float32)
    for layer in until_dropout:
        x = layer(x, training=True)
    assert np.mean(np.asarray(x) == 0) == pytest.approx(dropout, abs=0.02)


LOCAL = LocalNetwork(
    grid=8,
    local=(
        LocalLayer(units=4, window=3),
        LocalLayer(units=5, window=4, stride=2),
        LocalLayer(units=5, window=9, stride=9),
    ),
    widths=(6, 6),
    normalise=True,
    residual=True,
    dropout=0.25,
)
EVERY_KIND = (
    LOCAL,
    LOCAL.model_copy(update={"normalise": False, "residual": False}),
    FullyConnectedNetwork(widths=(6,)),
    FullyConnectedNetwork(widths=(6,), components=3),
)


def fast(network: Network = LOCAL, shape=(8, 8, 1), *, seed=0, precision="float32"):
    return define(network, shape, 3, seed=seed, precision=precision)


def some_images(shape: tuple[int, int, int]) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2, *shape), dtype=np.uint8)


@pytest.mark.parametrize("shape", [(32, 32, 3), (8, 8, 1), (64, 64, 3), (7, 9, 3), (1, 2, 1)])
def test_tiles_images_of_any_shape_and_gives_rows_that_sum_to_one(shape):
    model = fast(shape=shape)
    probabilities = model(some_images(shape))
    assert (probabilities.dtype, probabilities.shape) == (np.float32, (2, 3))
    np.testing.assert_allclose(np.sum(probabilities, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("shape", [(32, 32, 3), (8, 8, 1), (64, 64, 3), (7, 9, 3), (1, 2, 1)])
def test_windows_stay_within_the_grid_and_see_every_tile(shape):
    for layer in fast(shape=shape).layers:
        if isinstance(layer, LocallyConnected) and layer.positions is not None:
            n_tiles = layer.input.shape[0]
            assert sorted(set(layer.positions.ravel())) == list(range(n_tiles))


def test_the_seed_decides_the_weights_of_a_fast_network():
    first, again, other = (fast(seed=seed).get_weights() for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], other[0])


def test_layers_of_equal_shape_add_their_input_and_all_but_the_first_drop_activations():
    names = [layer.name for layer in fast().layers]
    assert [name for name in names if name.endswith("sum")] == ["dense_1_sum"]
    dropped = [name for name in names if name.endswith("dropout")]
    assert dropped == [f"{name}_dropout" for name in ("local_1", "local_2", "dense_0", "dense_1")]


def test_bfloat16_keeps_float32_weights_and_stays_near_float32():
    exact, rounded = fast(), fast(precision="bfloat16")
    assert all(weight.dtype in ("float32", "int64") for weight in rounded.weights)
    images = some_images((8, 8, 1))
    np.testing.assert_allclose(rounded(images), exact(images), atol=0.02)
    assert not np.array_equal(rounded(images), exact(images))


@pytest.mark.parametrize("network", EVERY_KIND)
def test_every_fast_network_comes_back_from_a_file(network, tmp_path):
    model = fast(network, precision="bfloat16")
    save_model(model, tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras", trust=True)
    images = some_images((8, 8, 1))
    assert np.array_equal(model(images), again(images))
