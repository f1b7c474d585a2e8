import keras
import numpy as np
import pytest
from tests.made_networks import NETWORKS, answers, changed, predicting, some_images

from tenfold.core.errors import TenfoldError
from tenfold.learn.layers.temperature import with_temperature
from tenfold.learn.layers.views import with_views
from tenfold.learn.parts import Parts


@pytest.mark.parametrize("name", NETWORKS)
def test_ordinary_keras_layers_compute_the_same_with_no_more_weights(name, tmp_path):
    model, shape = predicting(name)
    ordinary = Parts.of(model).as_keras()
    assert ordinary.count_params() <= 1.1 * model.count_params() + 40
    assert all(type(layer).__module__.startswith("keras.") for layer in ordinary.layers)
    ordinary.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", custom_objects={})
    images = some_images(20, shape)
    expected = answers(model, images)
    assert np.ptp(expected, axis=0).max() > 0.01  # Images get different probabilities.
    np.testing.assert_allclose(answers(loaded, images), expected, atol=2e-6)


def test_the_dense_form_computes_the_same_with_two_dimensional_weights_alone():
    model, shape = predicting("normalised")
    dense = Parts.of(model).as_dense().as_keras()
    assert all(len(weight.shape) <= 2 for weight in dense.weights)
    images = some_images(20, shape)
    np.testing.assert_allclose(answers(dense, images), answers(model, images), atol=2e-6)


def test_a_single_look_is_the_network_without_its_views_at_its_temperature():
    inside = changed(*NETWORKS["normalised"])
    model = with_temperature(with_views(inside, shift_px=1), 1.3)
    images = some_images(9, (7, 9, 3))
    logits = np.log(answers(inside, images).astype(np.float64)) / 1.3
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    parts = Parts.of(model)
    one = parts.with_one_view()
    assert (parts.n_views, one.n_views, one.temperature) == (10, 1, 1.3)
    np.testing.assert_allclose(answers(one.whole(), images), expected, atol=1e-6)
    np.testing.assert_allclose(answers(one.as_keras(), images), expected, atol=1e-6)


def test_the_parts_together_are_the_whole():
    for name in ("normalised", "biased"):
        model, shape = predicting(name)
        images = some_images(5, shape)
        whole = Parts.of(model).whole()
        np.testing.assert_array_equal(answers(whole, images), answers(model, images))


def own_network(*middle: keras.layers.Layer) -> keras.Model:
    layers = keras.layers
    inside = [layers.Flatten(), layers.Dense(5), layers.BatchNormalization(), *middle]
    ends = [layers.Activation("tanh"), layers.Dense(3, activation="softmax")]
    return keras.Sequential([keras.Input((4, 4, 3), dtype="uint8"), *inside, *ends])


def test_a_network_of_ones_own_is_exported_with_its_views():
    model = with_views(own_network(), shift_px=1)
    images = some_images(9, (4, 4, 3))
    ordinary = Parts.of(model).as_keras()
    np.testing.assert_allclose(answers(ordinary, images), answers(model, images), atol=1e-6)


def test_refuses_a_layer_that_others_could_not_load():
    class Mine(keras.layers.Layer):
        def call(self, x):
            return x + 1

    with pytest.raises(TenfoldError, match=r"'mine' \(Mine\).*only hold Keras's own layers"):
        Parts.of(own_network(Mine())).as_keras()
