"""The features of a network are the inputs of its last layer with weights."""

import keras
import numpy as np
import pytest
from keras import layers
from tests.conftest import bright_and_dark

from tenfold.learn.define import define
from tenfold.learn.features import feature_model, features
from tenfold.learn.layers.temperature import with_temperature
from tenfold.learn.layers.views import with_views
from tenfold.learn.predict import probabilities
from tenfold.recipes import find_recipe

IMAGES = bright_and_dark(7, seed=0)


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("name", ["classic", "quick", "dense-standard"])
def test_the_last_layer_makes_probabilities_of_the_features(name):
    recipe = find_recipe(name)
    model = define(recipe.network, IMAGES.shape, 2, seed=0)
    found = features(model, IMAGES)
    kernel, bias = model.layers[-1].get_weights()
    expected = probabilities(model, IMAGES.images)
    np.testing.assert_allclose(softmax(found @ kernel + bias), expected, atol=1e-5)


def test_views_and_temperature_do_not_count():
    model = define(find_recipe("quick").network, IMAGES.shape, 2, seed=0)
    expected = features(model, IMAGES)
    whole = with_temperature(with_views(model, shift_px=1), 2.0)
    np.testing.assert_array_equal(features(whole, IMAGES), expected)


def test_what_follows_the_last_weights_does_not_count_and_features_become_flat():
    images = keras.Input((4, 4, 1), dtype="uint8")
    x = layers.Dense(3)(layers.Rescaling(1 / 255)(images))
    network = keras.Model(images, layers.Softmax()(layers.Dense(2)(layers.Flatten()(x))))
    found = features(network, IMAGES)
    assert found is not None
    assert found.shape == (7, 48)


@pytest.mark.parametrize("nested", [False, True])
def test_a_network_of_a_single_layer_or_one_that_hides_its_layers_has_none(nested):
    images = keras.Input((4, 4, 1), dtype="uint8")
    network = keras.Model(images, layers.Dense(2)(layers.Flatten()(images)))
    if nested:
        above = keras.Sequential([layers.Dense(2), layers.Dense(2)])
        network = keras.Model(images, above(layers.Dense(2)(layers.Flatten()(images))))
    assert feature_model(network) is None
