"""Pictures of units, against what an image with a single bright pixel does to each unit."""

import keras
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
from tenfold.learn.first_layer import first_layer
from tenfold.learn.layers.local import LocallyConnected
from tenfold.learn.layers.views import with_views

LOCAL = LocalNetwork(grid=4, local=(LocalLayer(units=5, window=2),), widths=(7,))
CLASSIC = ClassicNetwork(widths=(6,), input_dropout=0.2)
DENSE = FullyConnectedNetwork(widths=(6,))


def first_product(model: keras.Model) -> keras.layers.Layer:
    kinds = LocallyConnected | keras.layers.Dense
    return next(layer for layer in model.layers if isinstance(layer, kinds))


def responses(model: keras.Model, shape: tuple[int, ...]) -> np.ndarray:
    """How each unit's value changes with each pixel: (units, *shape), up to one common factor."""
    product = first_product(model)
    is_local = isinstance(product, LocallyConnected)
    inside = keras.Model(model.inputs[0], product.output if is_local else product.input)
    n = int(np.prod(shape))
    images = np.zeros((n + 1, n), np.uint8)
    images[np.arange(n), np.arange(n)] = 100
    values = np.asarray(inside(images.reshape(-1, *shape)), np.float64)
    # A local layer is feature-major: (windows, units, images); a dense one ends in its activation.
    values = values.reshape(-1, n + 1).T if is_local else values @ product.get_weights()[0]
    return (values[:-1] - values[-1]).T.reshape(-1, *shape)


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (CLASSIC, (4, 5, 3)),
        (DENSE, (8, 8, 3)),
        (DENSE, (3, 4, 1)),  # A border.
        (LOCAL, (8, 8, 3)),
        (LOCAL, (8, 8, 1)),
        (LOCAL, (7, 9, 3)),  # A border.
    ],
)
def test_a_picture_is_what_a_unit_answers_to_each_single_pixel(
    network: Network, shape: tuple[int, int, int]
):
    model = define(network, shape, 3, seed=0)
    found = first_layer(model, most=1000)
    assert found is not None
    expected = responses(model, shape)
    assert found.n_units == len(found.pictures) == len(expected)
    unit = expected / np.abs(expected).max(axis=(1, 2, 3), keepdims=True)
    scale = np.abs(found.pictures).max(axis=(1, 2, 3), keepdims=True)
    for picture in found.pictures / scale:
        assert np.abs(unit - picture).max(axis=(1, 2, 3)).min() < 1e-3


def test_units_that_see_components_are_shown_as_what_they_see_of_the_pixels():
    network = FullyConnectedNetwork(widths=(6,), components=5)
    model = define(network, (3, 4, 1), 3, seed=0)  # With a border: 16 numbers in the tile.
    layer = model.get_layer("components")
    kernel = np.random.default_rng(0).normal(size=(1, 16, 5)).astype(np.float32)
    layer.set_weights([kernel, np.zeros((1, 5, 1))])
    found = first_layer(model)
    assert found is not None
    weights = kernel[0] @ model.get_layer("dense_0").get_weights()[0][0]
    in_image = weights.reshape(4, 4, 6)[:3].transpose(2, 0, 1)[..., None]
    order = [np.abs(in_image - picture).sum(axis=(1, 2, 3)).argmin() for picture in found.pictures]
    assert sorted(order) == list(range(6))
    np.testing.assert_allclose(found.pictures, in_image[order], rtol=1e-5)


@pytest.mark.parametrize(
    ("row", "column", "box"), [(0, 0, [0, 0, 4, 4]), (5, 6, [4, 4, 4, 4]), (3, 5, [2, 4, 4, 4])]
)
def test_one_bright_pixel_of_a_kernel_stands_at_its_place(row, column, box):
    # 4 x 4 tiles of 2 pixels; 3 x 3 windows of 2 x 2 tiles begin every 2 pixels.
    model = define(LOCAL, (8, 8, 3), 3, seed=0)
    layer = model.get_layer("local_0")
    kernel = np.zeros_like(layer.get_weights()[0])
    window = box[0] // 2 * 3 + box[1] // 2
    inner_row, inner_column = row - box[0], column - box[1]
    tile = inner_row // 2 * 2 + inner_column // 2
    pixel = inner_row % 2 * 2 + inner_column % 2
    kernel[window, tile * 12 + pixel * 3 + 2, 4] = 0.5  # Of 12 values in a tile; the blue one.
    layer.set_weights([kernel])
    found = first_layer(model)
    assert found is not None
    bright = np.argwhere(found.pictures)
    [(unit, *place)] = bright.tolist()
    assert place == [row, column, 2]
    assert found.pictures[unit].max() == 0.5
    assert found.boxes[unit].tolist() == box


def test_of_many_units_the_strongest_of_each_window_come_first():
    model = define(LOCAL, (8, 8, 3), 3, seed=0)
    layer = model.get_layer("local_0")
    kernel = np.ones_like(layer.get_weights()[0])
    strength = np.arange(45).reshape(9, 5) + 1.0
    strength[:, [0, 4]] = strength[:, [4, 0]]  # The first unit of each window is the strongest.
    layer.set_weights([kernel * strength[:, None, :]])
    found = first_layer(model, most=11)
    assert found is not None
    largest = found.pictures.max(axis=(1, 2, 3)).tolist()
    # One of each of nine windows; a second one of the two strongest windows.
    assert largest == [5, 10, 15, 20, 25, 30, 35, 40, 39, 45, 44]
    corners = found.boxes[:, :2].tolist()
    assert corners == sorted(corners)
    assert found.n_units == 45


def test_averaging_over_views_does_not_hide_the_first_layer():
    model = define(LOCAL, (8, 8, 3), 3, seed=0)
    plain, seen = first_layer(model), first_layer(with_views(model, shift_px=1))
    assert plain is not None
    assert seen is not None
    np.testing.assert_array_equal(plain.pictures, seen.pictures)


def test_windows_that_see_only_border_are_left_out():
    network = LocalNetwork(grid=4, local=(LocalLayer(units=2),), widths=(4,))
    found = first_layer(define(network, (2, 8, 1), 3, seed=0))  # In two of four rows of tiles.
    assert found is not None
    assert found.n_units == 2 * 4 * 2
    assert found.boxes[:, 2:].tolist() == [[1, 2]] * 16


def own(*layers: keras.layers.Layer) -> keras.Model:
    end = [keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    return keras.Sequential([keras.Input((6, 6, 1), dtype="uint8"), *layers, *end])


def test_of_a_network_of_ones_own_only_dense_layers_of_all_pixels_are_pictured():
    plain = first_layer(own(keras.layers.Rescaling(1 / 255)))
    assert plain is not None
    assert plain.pictures.shape == (3, 6, 6, 1)
    assert first_layer(own(keras.layers.Conv2D(2, 3))) is None
    assert first_layer(own(keras.layers.Cropping2D(1))) is None
    assert first_layer(own(keras.layers.Dense(4))) is None  # Of channels, not of pixels.
