import keras
import numpy as np
import pytest
import tensorflow as tf

from tenfold.core.networks import LocalLayer, LocalNetwork
from tenfold.learn.define import define
from tenfold.learn.layers.views import Views, with_views
from tenfold.learn.storage import load_model, save_model
from tenfold.runs.files import sha256_of

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)


def network() -> keras.Model:
    network = LocalNetwork(grid=3, local=(LocalLayer(units=3, window=2),), widths=(4,))
    return define(network, IMAGES.shape[1:], 3, seed=0)


def views_by_hand(shift_px: int, mirror: bool) -> list[np.ndarray]:
    far = shift_px
    wide = np.pad(IMAGES, ((0, 0), (far, far), (far, far), (0, 0)), mode="reflect")
    places = [(far, far)]
    if far:
        places += [(0, far), (2 * far, far), (far, 0), (far, 2 * far)]
    views = [wide[:, top : top + 4, left : left + 6] for top, left in places]
    return views + ([view[:, :, ::-1] for view in views] if mirror else [])


@pytest.mark.parametrize(("shift_px", "mirror", "n"), [(0, True, 2), (1, False, 5), (2, True, 10)])
def test_views_are_the_images_shifted_and_mirrored_and_keep_uint8(shift_px, mirror, n):
    layer = Views(shift_px=shift_px, mirror=mirror, dtype="uint8")
    views = layer(IMAGES)
    assert views.dtype == tf.uint8
    assert layer.n_views == n
    assert np.array_equal(views, np.concatenate(views_by_hand(shift_px, mirror)))


@pytest.mark.parametrize(("shift_px", "mirror"), [(0, True), (1, True), (1, False)])
def test_predicts_the_mean_over_the_views(shift_px, mirror):
    model = network()
    each = [np.asarray(model(view)) for view in views_by_hand(shift_px, mirror)]
    assert not np.allclose(each[0], each[-1])
    mean = with_views(model, shift_px=shift_px, mirror=mirror)
    np.testing.assert_allclose(mean(IMAGES), np.mean(each, axis=0), atol=1e-6)


def test_shares_the_weights_and_comes_back_from_a_file(tmp_path):
    model, path = network(), tmp_path / "model.keras"
    views = with_views(model, shift_px=1)
    before = np.asarray(views(IMAGES))
    model.set_weights([3 * weight for weight in model.get_weights()])
    save_model(views, path)
    again = load_model(path, sha256_of(path))
    np.testing.assert_allclose(again(IMAGES), views(IMAGES), atol=1e-6)
    assert not np.allclose(views(IMAGES), before)
