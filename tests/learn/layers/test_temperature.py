import keras
import numpy as np
import pytest

from tenfold.core.networks import FullyConnectedNetwork
from tenfold.learn.define import define
from tenfold.learn.layers.temperature import Temperature, with_temperature
from tenfold.learn.layers.views import with_views
from tenfold.learn.predict import calibrated, probabilities
from tenfold.learn.storage import load_model, save_model
from tenfold.learn.unfold import unfold
from tenfold.measure.temperature import at_temperature
from tenfold.runs.files import sha256_of

IMAGES = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 3), dtype=np.uint8)


def network():
    return define(FullyConnectedNetwork(widths=(8,)), (4, 4, 3), 3, seed=0)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_computes_the_same_as_in_plain_numbers(temperature):
    model = network()
    before, after = (
        probabilities(each, IMAGES) for each in (model, with_temperature(model, temperature))
    )
    assert after == pytest.approx(at_temperature(before, temperature), abs=1e-6)
    assert (after.argmax(axis=1) == before.argmax(axis=1)).all()


@pytest.mark.parametrize("n", [1, 199, 401])
@pytest.mark.parametrize("temperature", [0.37, 2.9])
def test_predictions_without_it_give_those_with_it_to_the_bit(n, temperature):
    images = np.random.default_rng(n).integers(0, 256, (n, 4, 4, 3), dtype=np.uint8)
    model = with_views(network(), mirror=True)
    found = calibrated(probabilities(model, images), temperature)
    assert found.dtype == np.float32
    assert np.array_equal(found, probabilities(with_temperature(model, temperature), images))


def test_a_probability_of_zero_stays_one():
    found = Temperature(0.5)(np.array([[1.0, 0.0]], np.float32))
    assert keras.ops.convert_to_numpy(found).tolist() == [[1.0, 0.0]]


def test_is_saved_in_the_model(tmp_path):
    model = with_temperature(with_views(network(), mirror=True), 0.5)
    save_model(model, tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras", sha256_of(tmp_path / "model.keras"))
    assert np.array_equal(probabilities(loaded, IMAGES), probabilities(model, IMAGES))
    assert loaded.get_layer("calibrated").temperature == 0.5
    assert loaded.get_layer("dense")  # The network inside the views can still be found.


def test_unfolds_into_the_last_dense_layer():
    model = with_temperature(network(), 0.5)
    plain = unfold(model)
    assert probabilities(plain, IMAGES) == pytest.approx(probabilities(model, IMAGES), abs=1e-6)
    assert "temperature" not in {type(each).__name__.lower() for each in plain.layers}
