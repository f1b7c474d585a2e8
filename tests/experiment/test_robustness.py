"""Robustness of a run: in the run, afterwards, and without its images."""

import json
import shutil
from typing import Any

import numpy as np
import pytest
from tests.made_folders import dark_and_light

import tenfold
from tenfold.core.predictions import Predictions
from tenfold.experiment import robustness as spoiling
from tenfold.experiment.evaluating import evaluate
from tenfold.experiment.gather import gather_again
from tenfold.experiment.mistakes import picture_mistakes

SMALL: dict[str, Any] = {"epochs": 2, "widths": [8], "batch_size": 10, "validation": "20%"}


def quiet(_: str) -> None:
    pass


def run_on(data, out, *, overrides=SMALL, folds=None, say=quiet):
    return tenfold.run(
        "classic", data=str(data), out=out, overrides=overrides, side_px=8, folds=folds,
        robustness=True, say=say,
    )  # fmt: skip


def predictions_of(images, rows):
    return Predictions(images.labels, rows, images.classes, tuple(map(str, range(len(images)))))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Twenty images of each of two classes, and a run that has measured its robustness."""
    root = tmp_path_factory.mktemp("spoilt")
    dark_and_light(root / "data", ("dark", "light"))
    told: list[str] = []
    run_on(root / "data", root / "run", say=told.append)
    return root, told


def test_a_run_measures_robustness_at_its_end_and_says_what_costs_most(made):
    root, told = made
    run = tenfold.Run.open(root / "run")
    found = run.robustness
    assert found is not None
    positions = run.splits.validation
    images = gather_again(run, say=quiet).train.take(positions)
    predicted = run.model.predict(images.images, verbose=0).argmax(axis=1)
    assert found["n"] == len(positions)
    assert found["unchanged"]["accuracy"] == pytest.approx(np.mean(predicted == images.labels))
    assert run.answer["robustness"] == found
    assert told[-2].startswith("Robustness: ")
    assert (run.folder / "plots/robustness.png").is_file()


def test_evaluate_gives_the_same_figures_as_the_run(made, tmp_path):
    root, _ = made
    before = tenfold.Run.open(root / "run").robustness
    shutil.copytree(root / "run", tmp_path / "run")
    (tmp_path / "run" / "robustness.json").unlink()
    run = tenfold.Run.open(tmp_path / "run")
    assert "robustness" not in evaluate(run, say=quiet)
    assert evaluate(run, robustness=True, say=quiet)["robustness"] == before


def test_of_many_validation_images_the_seed_draws_some(made, tmp_path, monkeypatch):
    root, _ = made
    shutil.copytree(root / "run", tmp_path / "run")
    monkeypatch.setattr(spoiling, "MOST_IMAGES", 3)
    run = tenfold.Run.open(tmp_path / "run")
    assert evaluate(run, robustness=True, say=quiet)["robustness"]["n"] == 3


def test_missing_images_are_a_clear_error_and_may_be_named_anew(made, tmp_path):
    root, _ = made
    shutil.copytree(root / "run", tmp_path / "run")
    shutil.copytree(root / "data", tmp_path / "moved")
    path = tmp_path / "run" / "data.json"
    path.write_text(path.read_text().replace(str(root / "data"), str(tmp_path / "gone")))
    run = tenfold.Run.open(tmp_path / "run")
    before = (tmp_path / "run" / "robustness.json").read_bytes()
    with pytest.raises(tenfold.DataError, match="there is nothing now.*new place with `data`"):
        evaluate(run, robustness=True, say=quiet)
    (tmp_path / "run" / "robustness.json").unlink()
    evaluate(run, str(tmp_path / "moved"), robustness=True, say=quiet)
    assert (tmp_path / "run" / "robustness.json").read_bytes() == before


def test_options_for_other_images_are_refused(made, tmp_path):
    run = tenfold.Run.open(made[0] / "run")
    with pytest.raises(tenfold.TenfoldError, match="`out` is for other images.*`robustness` takes"):
        evaluate(run, robustness=True, out=tmp_path / "out", say=quiet)


def test_a_run_that_will_have_no_validation_images_is_refused_before_its_fit(made, tmp_path):
    with pytest.raises(tenfold.TenfoldError, match="after its folds, this run fits every image"):
        run_on(made[0] / "data", tmp_path / "no", folds=2, overrides={**SMALL, "patience": None})
    assert json.loads((tmp_path / "no" / "status.json").read_text())["state"] == "failed"
    assert not (tmp_path / "no" / "folds.json").exists()


def test_only_mistakes_are_pictured_the_most_confident_first(made, tmp_path, monkeypatch):
    run = tenfold.Run.open(made[0] / "run")
    test = gather_again(run, say=quiet).test
    shown = []
    monkeypatch.setattr("tenfold.report.display.save_display", lambda each, _: shown.append(each))
    wrong = np.arange(len(test)) % 2 == 0
    answers = np.where(wrong, 1 - test.labels, test.labels)
    confidence = np.linspace(0.6, 0.9, len(test)).astype(np.float32)
    rows = np.stack([1 - confidence, confidence], axis=1)
    rows[answers == 0] = rows[answers == 0, ::-1]
    predictions = predictions_of(test, rows)
    picture_mistakes(run.folder, test, predictions, lambda images: np.full((len(images), 2), 0.5))
    [display] = shown
    expected = np.flatnonzero(wrong)[::-1][:6]
    assert display.predictions.names == tuple(map(str, expected))
    np.testing.assert_array_equal(display.images, test.images[expected])
    assert (display.maps == 0).all()


def test_without_a_mistake_nothing_is_pictured(made, tmp_path):
    shutil.copytree(made[0] / "run", tmp_path / "run")
    run = tenfold.Run.open(tmp_path / "run")
    test = gather_again(run, say=quiet).test
    rows = np.eye(2, dtype=np.float32)[test.labels]
    picture_mistakes(run.folder, test, predictions_of(test, rows), lambda _: rows)
    assert not (run.folder / "plots/occlusion.png").exists()
