"""A `Run` reads its files; `tests/experiment/test_run.py` tests that a run writes them."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from tenfold.core.errors import RunFolderError
from tenfold.core.images import DatasetFacts, Provenance
from tenfold.core.predictions import Predictions
from tenfold.runs import layout
from tenfold.runs.run import Run
from tenfold.runs.tables import write_predictions

EARLIER = Path(__file__).parent.parent / "fixtures" / "earlier"


@pytest.fixture(params=["quick", "classic"])
def earlier(request, tmp_path):
    """A copy of a small run on digits that version 0.1 wrote."""
    return Run.open(shutil.copytree(EARLIER / request.param, tmp_path / request.param))


def answers(right: bool) -> Predictions:
    truth = np.array([0, 1, 1], np.int64)
    sure = np.array([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]], np.float32)
    return Predictions(truth, sure if right else sure[:, ::-1].copy(), ("a", "b"), ("1", "2", "3"))


def test_an_attribute_follows_the_file_on_the_disk(earlier):
    file = earlier.folder / layout.PREDICTIONS["test"]
    write_predictions(answers(right=True), file)
    assert earlier.evaluation.accuracy == 1.0
    write_predictions(answers(right=False), file)
    assert earlier.evaluation.accuracy == 0.0
    assert earlier.predictions.predicted.tolist() == [1, 0, 0]


def test_a_file_that_has_not_changed_is_read_once(earlier):
    assert earlier.predictions is earlier.predictions
    assert earlier.evaluation is earlier.evaluation


def test_a_run_of_an_earlier_version_is_read(earlier):
    kinds = {"quick": ("local", "muon"), "classic": ("classic", "adam")}
    recipe = earlier.recipe
    assert (recipe.network.kind, recipe.optimizer.kind) == kinds[recipe.name]
    assert earlier.data == DatasetFacts(
        name="digits",
        classes=tuple("0123456789"),
        shape=(8, 8, 1),
        n_train=1438,
        n_test=359,
        provenance=Provenance(
            "digits",
            "scikit-learn's bundled 8x8 digits",
            notes=("The test set is a fixed 20 % of each class, drawn at random.",),
        ),
    )
    assert earlier.record.best_epoch == len(earlier.record.epochs)
    assert earlier.evaluation.accuracy == earlier.metrics["test"]["accuracy"]
    assert earlier.is_fitted


def test_settings_of_an_earlier_version_keep_their_values(earlier):
    recipe = earlier.recipe
    if recipe.name == "quick":
        assert recipe.network.precision == "bfloat16"
        assert [layer.units for layer in recipe.network.local] == [4, 8]
        assert (recipe.optimizer.learning_rate, recipe.optimizer.adam_ratio) == (0.04, 0.05)
    else:
        assert (recipe.network.widths, recipe.network.input_dropout) == ((16,), 0.2)
        assert recipe.optimizer.learning_rate == 0.001


def test_shows_itself_in_a_notebook(earlier):
    shown = earlier._repr_html_()
    assert "test accuracy" in shown
    assert f"{earlier.recipe.name}, seed 0" in shown


def test_a_missing_file_is_a_clear_error(earlier):
    (earlier.folder / layout.FIT).unlink()
    with pytest.raises(RunFolderError, match=r"Cannot read .*fit\.json"):
        _ = earlier.record
    assert not earlier.is_fitted
