import json
from pathlib import Path

import numpy as np
import pytest

from tenfold.core.errors import ModelError
from tenfold.core.networks import ClassicNetwork
from tenfold.learn.define import define
from tenfold.learn.storage import load_model, save_model


def test_a_model_comes_back_with_the_same_predictions(tmp_path):
    model = define(ClassicNetwork(widths=(3,), input_dropout=0.2), (4, 4, 1), 2, seed=0)
    save_model(model, tmp_path / "model.keras")
    images = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 1), dtype=np.uint8)
    again = load_model(tmp_path / "model.keras", trust=True)
    assert np.array_equal(model.predict(images, verbose=0), again.predict(images, verbose=0))
    assert [path.name for path in tmp_path.iterdir()] == ["model.keras"]


def test_a_missing_model_is_a_clear_error(tmp_path):
    with pytest.raises(ModelError, match="Expected a model at .*; there is none"):
        load_model(tmp_path / "model.keras", trust=True)


def test_a_damaged_model_is_a_clear_error(tmp_path):
    (tmp_path / "model.keras").write_bytes(b"not a model")
    with pytest.raises(ModelError, match="is not a model file, or is damaged"):
        load_model(tmp_path / "model.keras", trust=True)


@pytest.mark.parametrize("name", ["quick", "classic"])
def test_models_of_earlier_versions_are_read(name):
    path = Path(__file__).parents[1] / "fixtures" / "earlier" / name / "model.keras"
    manifest = json.loads(path.with_name("manifest.json").read_text(encoding="utf-8"))
    model = load_model(path, manifest["model.keras"])
    shape = (20, *model.input_shape[1:])
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    probabilities = model.predict(images, verbose=0)
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert np.ptp(probabilities, axis=0).max() > 0.1  # Images get different probabilities.
