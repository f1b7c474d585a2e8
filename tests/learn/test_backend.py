"""Nothing that a user sets for Keras changes what Tenfold computes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import keras
import pytest

from tenfold.core.errors import TenfoldError
from tenfold.learn.backend import start_tensorflow

HOSTILE_FILE = {
    "floatx": "float16",
    "epsilon": 0.1,
    "backend": "jax",
    "image_data_format": "channels_first",
    "nnx_enabled": True,
}
HOSTILE_VARIABLES = {
    "KERAS_BACKEND": "torch",
    "KERAS_NNX_ENABLED": "true",
    "KERAS_MAX_EPOCHS": "1",
    "KERAS_MAX_STEPS_PER_EPOCH": "1",
}


def figures() -> dict[str, object]:
    """The results of a small fit of the classic network, and of a fast network before a fit."""
    from tests.conftest import bright_and_dark

    from tenfold.learn.define import define
    from tenfold.learn.predict import probabilities
    from tenfold.learn.recipe import fit_recipe
    from tenfold.recipes import find_recipe

    train, validation = bright_and_dark(60, seed=1), bright_and_dark(20, seed=2)
    recipe = find_recipe("classic").with_overrides({"epochs": 2, "batch_size": 20})
    classic, record = fit_recipe(recipe, train, validation, seed=0, say=lambda _: None)
    fast = define(find_recipe("quick").network, train.shape, 2, seed=0)
    return {
        "epochs": [[epoch.loss, epoch.validation_loss] for epoch in record.epochs],
        "train accuracy": record.train_accuracy,
        "classic": probabilities(classic, validation.images).tolist(),
        "fast": probabilities(fast, validation.images).tolist(),
    }


def test_settings_of_keras_change_no_figure_and_stay_as_they_are(tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps(HOSTILE_FILE), encoding="utf-8")
    code = (
        "import json, os, tenfold.learn, tests.learn.test_backend as test\n"
        "variables = {name: os.environ[name] for name in test.HOSTILE_VARIABLES}\n"
        "print(json.dumps([test.figures(), variables]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **HOSTILE_VARIABLES, "KERAS_HOME": str(tmp_path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found, variables = json.loads(done.stdout.splitlines()[-1])
    assert variables == HOSTILE_VARIABLES
    assert found == figures()


def test_keras_on_another_backend_is_a_clear_error(monkeypatch):
    monkeypatch.setattr(keras.config, "backend", lambda: "torch")
    with pytest.raises(TenfoldError, match="already imported on 'torch'. Import Tenfold's"):
        start_tensorflow()
