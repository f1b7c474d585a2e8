import keras
import numpy as np
import pytest

from tenfold.core.networks import FullyConnectedNetwork, LocalLayer, LocalNetwork
from tenfold.core.optimizers import MuonSettings
from tenfold.core.recipe import Recipe
from tenfold.learn.define import define
from tenfold.learn.layers.views import with_views
from tenfold.learn.predict import accuracy, probabilities
from tenfold.learn.predictor import predictor
from tenfold.learn.recipe import fit_recipe

RECIPE = Recipe(
    name="tiny",
    summary="for tests",
    network=LocalNetwork(
        grid=2,
        local=(LocalLayer(units=4, window=2),),
        widths=(8, 8),
        normalise=True,
        residual=True,
        dropout=0.1,
        precision="bfloat16",
    ),
    optimizer=MuonSettings(),
    batch_size=20,
    epochs=2,
    flip=True,
    view_shift=0.25,
)


def all_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers of a network, and of the network inside."""
    found = []
    for layer in model.layers:
        found += all_layers(layer) if isinstance(layer, keras.Model) else [layer]
    return found


def test_a_network_fitted_in_bfloat16_predicts_in_float32(train, validation):
    predicting, record = fit_recipe(RECIPE, train, validation, seed=5, say=lambda _: None)
    formats = {layer.name: layer.compute_dtype for layer in all_layers(predicting)}
    assert formats.pop("views") == "uint8"  # This layer only moves pixels.
    assert set(formats.values()) == {"float32"}
    exact = define(RECIPE.network, train.shape, 2, seed=9)
    exact.set_weights(predicting.get_weights())
    expected = probabilities(with_views(exact, shift_px=1), validation.images)
    assert np.array_equal(probabilities(predicting, validation.images), expected)
    assert record.train_accuracy == accuracy(predicting, train)


def test_the_weights_are_those_that_were_fitted():
    model = define(RECIPE.network, (4, 4, 1), 2, seed=0, precision="bfloat16")
    model.set_weights([weight + 1 for weight in model.get_weights()])
    weights = predictor(model, RECIPE, seed=0).get_weights()
    for fitted, kept in zip(model.get_weights(), weights, strict=True):
        assert np.array_equal(fitted, kept)


@pytest.mark.parametrize(
    ("flip", "view_shift", "n"), [(False, 0, 1), (True, 0, 2), (True, 0.25, 10)]
)
def test_the_recipe_decides_the_views(flip, view_shift, n):
    plain = RECIPE.model_copy(update={"network": FullyConnectedNetwork(widths=(3,))})
    recipe = plain.model_copy(update={"flip": flip, "view_shift": view_shift})
    model = define(recipe.network, (4, 4, 1), 2, seed=0)
    predicting = predictor(model, recipe, seed=0)
    if n == 1:
        assert predicting is model
    else:
        assert predicting.get_layer("views").n_views == n
