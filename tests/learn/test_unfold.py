import keras
import numpy as np
import pytest
import tensorflow as tf

from tenfold.core.errors import TenfoldError
from tenfold.core.networks import (
    ClassicNetwork,
    FullyConnectedNetwork,
    LocalLayer,
    LocalNetwork,
    Network,
)
from tenfold.learn.define import define
from tenfold.learn.layers.components import PrincipalComponents
from tenfold.learn.layers.views import with_views
from tenfold.learn.loss import SmoothedCrossEntropy
from tenfold.learn.muon import Muon
from tenfold.learn.unfold import unfold

LOCAL = LocalNetwork(
    grid=4,
    local=(
        LocalLayer(units=5, window=2),
        LocalLayer(units=5),
        LocalLayer(units=6, window=2, stride=2),
    ),
    widths=(7, 7),
    normalise=True,
    residual=True,
    dropout=0.1,
)
PLAIN = (
    keras.layers.InputLayer, keras.layers.Rescaling, keras.layers.Flatten, keras.layers.Dense,
    keras.layers.ReLU, keras.layers.Add,
)  # fmt: skip


def some_images(n: int, shape: tuple[int, ...]) -> np.ndarray:
    return np.random.default_rng(n).integers(0, 256, (n, *shape), dtype=np.uint8)


def fitted(network: Network, shape: tuple[int, int, int]) -> keras.Model:
    """A network after a few steps on noise, so that every gain, bias and statistic has changed."""
    model = define(network, shape, 3, seed=0)
    for layer in model.layers:
        if isinstance(layer, PrincipalComponents):
            side = max(shape[:2])
            layer.adapt(np.random.default_rng(0).normal(size=(50, side * side * shape[2])))
    images, loss, optimizer = some_images(16, shape), SmoothedCrossEntropy(), Muon(0.1)
    for _ in range(3):
        with tf.GradientTape() as tape:
            error = loss(np.arange(16) % 3, model(images, training=True))
        weights = [weight.value for weight in model.trainable_weights]
        optimizer.apply(tape.gradient(error, weights), model.trainable_weights)
    return model


def kernels(model: keras.Model) -> list[np.ndarray]:
    return [layer.get_weights()[0] for layer in model.layers if layer.get_weights()]


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (LOCAL, (8, 8, 3)),
        (LOCAL.model_copy(update={"normalise": False}), (8, 8, 1)),
        (LOCAL, (7, 9, 3)),  # A border of black.
        (FullyConnectedNetwork(widths=(6, 6), normalise=True, residual=True), (3, 4, 1)),
        (FullyConnectedNetwork(widths=(6, 6), components=5, residual=True), (4, 5, 3)),
    ],
)
def test_plain_dense_layers_compute_the_same(network, shape):
    model = fitted(network, shape)
    plain = unfold(model)
    assert {type(layer) for layer in plain.layers} <= set(PLAIN)
    assert all(len(weight.shape) <= 2 for weight in plain.weights)
    images = some_images(20, shape)
    expected = np.asarray(model(images))
    assert np.ptp(expected, axis=0).max() > 0.1  # Images get different probabilities.
    np.testing.assert_allclose(plain(images), expected, atol=1e-5)


def test_kernels_are_zero_wherever_a_unit_does_not_look():
    # 4x4 tiles: 9 windows of 4; each its own tile; 4 windows of 4 of those 3x3; then all.
    shares = [np.mean(kernel != 0) for kernel in kernels(unfold(fitted(LOCAL, (8, 8, 3))))]
    np.testing.assert_allclose(shares, [4 / 16, 1 / 9, 4 / 9, 1, 1, 1])


def test_a_unit_looks_at_its_own_pixels():
    network = LocalNetwork(grid=2, local=(LocalLayer(units=1),), widths=())
    [kernel, _] = kernels(unfold(define(network, (4, 4, 1), 2, seed=0)))
    quarters = [(kernel[:, unit] != 0).reshape(4, 4).astype(int).tolist() for unit in range(4)]
    assert quarters == [
        np.kron(np.eye(4)[unit].reshape(2, 2), np.ones((2, 2))).tolist() for unit in range(4)
    ]


def test_a_network_that_computes_in_bfloat16_unfolds_to_float32():
    model = define(LOCAL, (7, 9, 3), 3, seed=0, precision="bfloat16")
    plain, images = unfold(model), some_images(20, (7, 9, 3))
    assert all(layer.compute_dtype == "float32" for layer in plain.layers[1:])
    np.testing.assert_allclose(plain(images), model(images), atol=0.03)


def test_the_network_inside_a_mirrored_view_unfolds():
    both = with_views(fitted(LOCAL, (8, 8, 1)))
    plain, images = unfold(both.get_layer("local")), some_images(5, (8, 8, 1))
    mean = (plain(images) + plain(images[:, :, ::-1].copy())) / 2
    np.testing.assert_allclose(both(images), mean, atol=1e-5)


@pytest.mark.parametrize("kind", ["views", "rescaling"])
def test_refuses_what_is_not_of_a_fast_network_and_says_what_to_do(kind):
    if kind == "views":
        model = with_views(define(FullyConnectedNetwork(widths=(3,)), (4, 4, 1), 2, seed=0))
    else:
        model = define(ClassicNetwork(widths=(3,)), (4, 4, 1), 2, seed=0)
    with pytest.raises(TenfoldError, match=f"Cannot unfold layer '{kind}.*unfold the network"):
        unfold(model)
