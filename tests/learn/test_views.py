import keras
import numpy as np
import tensorflow as tf

from tenfold.core.recipe import TiledNetwork, TileLayer
from tenfold.learn.define import define
from tenfold.learn.storage import load_model, save_model
from tenfold.learn.views import Mirror, with_mirrored_view

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)


def network() -> keras.Model:
    network = TiledNetwork(grid=3, local=(TileLayer(units=3, window=2),), widths=(4,))
    return define(network, IMAGES.shape[1:], 3, seed=0)


def test_mirrors_left_and_right_and_keeps_uint8():
    mirrored = Mirror(dtype="uint8")(IMAGES)
    assert mirrored.dtype == tf.uint8
    assert np.array_equal(mirrored, np.flip(IMAGES, axis=2))


def test_predicts_the_mean_over_an_image_and_its_mirror_image():
    model = network()
    one, other = (np.asarray(model(images)) for images in (IMAGES, IMAGES[:, :, ::-1].copy()))
    assert not np.allclose(one, other)
    both = with_mirrored_view(model)
    np.testing.assert_allclose(both(IMAGES), (one + other) / 2, atol=1e-6)


def test_shares_the_weights_and_comes_back_from_a_file(tmp_path):
    model = network()
    both = with_mirrored_view(model)
    model.set_weights([3 * weight for weight in model.get_weights()])
    save_model(both, tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(again(IMAGES), both(IMAGES), atol=1e-6)
    np.testing.assert_allclose(
        both(IMAGES), (model(IMAGES) + model(IMAGES[:, :, ::-1].copy())) / 2, atol=1e-6
    )
