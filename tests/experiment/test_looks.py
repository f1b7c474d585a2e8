"""Every look at the test images is logged, and a study takes none."""

import json
import shutil

import numpy as np
import pytest
from tests.conftest import bright_and_dark

import tenfold
from tenfold.core.images import Dataset, Provenance
from tenfold.data.cache import cache_folder
from tenfold.data.digits import gather_digits
from tenfold.experiment import looks
from tenfold.experiment.gather import gather_again
from tenfold.experiment.verify import differences

QUICK = {"epochs": 1, "widths": [8], "batch_size": 500}


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run on digits with a very short fit."""
    out = tmp_path_factory.mktemp("looks") / "run"
    return tenfold.run("classic", data="digits", out=out, overrides=QUICK, say=quiet)


@pytest.fixture
def run(whole, tmp_path):
    """A copy of that run; nothing was looked at on this machine."""
    return tenfold.Run.open(shutil.copytree(whole.folder.path, tmp_path / "run"))


def commands(path):
    return [json.loads(line)["command"] for line in path.read_text().splitlines()]


def on_machine():
    path = cache_folder() / looks.NAME
    return commands(path) if path.exists() else []


def in_run(run):
    return commands(run.folder / "test-looks.jsonl")


def test_a_run_is_one_look_and_says_so(whole):
    assert in_run(whole) == ["run"]
    assert whole.metrics["test_looks"]["run"] == 1
    assert whole.metrics["test_looks"]["machine"] >= 1
    words = " ".join((whole.folder / "summary.txt").read_text().split())
    assert "The test images were scored once in this run and" in words


def test_predicting_and_evaluating_again_are_looks_too(run):
    tenfold.predict(run, gather_again(run, say=quiet), say=quiet)
    tenfold.evaluate(run, say=quiet)
    assert in_run(run) == ["run", "predict", "evaluate"]
    assert on_machine() == ["predict", "evaluate"]
    assert run.metrics["test_looks"] == {"run": 3, "machine": 2}
    words = " ".join((run.folder / "summary.txt").read_text().split())
    assert "scored 3 times in this run and 2 times by all runs on this machine." in words


def test_evaluating_the_runs_own_data_is_a_look_and_other_data_is_none(run, tmp_path):
    told: list[str] = []
    found = tenfold.evaluate(run, "digits", out=tmp_path / "own", say=told.append)
    assert in_run(run) == ["run", "evaluate --data"]
    assert found["test_looks"] == {"run": 2, "machine": 1}
    assert any("scored 2 times in this run" in " ".join(line.split()) for line in told)
    few = gather_digits().test.take(np.arange(9))
    others = Dataset("others", few, few, Provenance("folder", "made"))
    assert tenfold.evaluate(run, others, out=tmp_path / "o", say=quiet)["test_looks"] is None
    assert in_run(run) == ["run", "evaluate --data"]


def test_an_evaluation_without_predictions_is_no_look(run):
    (run.folder / "predictions-test.csv").unlink()
    with pytest.raises(tenfold.RunFolderError, match="predictions-test"):
        tenfold.evaluate(run, say=quiet)
    assert in_run(run) == ["run"]


def test_a_machine_without_a_place_for_its_log_stops_no_run(run, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TENFOLD_CACHE", str(tmp_path / "file"))
    tenfold.evaluate(run, say=quiet)
    assert run.metrics["test_looks"] == {"run": 2, "machine": None}


def test_a_look_that_cannot_be_written_into_the_runs_folder_is_said(run, monkeypatch):
    (run.folder / "test-looks.jsonl").unlink()
    (run.folder / "test-looks.jsonl").mkdir()
    told: list[str] = []
    tenfold.evaluate(run, say=told.append)
    assert told[0].startswith("This look at the test images is not in ")
    assert run.metrics["test_looks"]["run"] == 0


def test_looks_are_left_out_when_two_runs_are_compared(run, whole):
    tenfold.evaluate(run, say=quiet)
    assert run.metrics["test_looks"] != whole.metrics["test_looks"]
    assert differences(run.folder.path, whole.folder.path) == []


def test_a_study_neither_looks_at_test_images_nor_depends_on_them(tmp_path):
    train, fits = bright_and_dark(60, seed=1), []
    for seed in (2, 3):
        test = bright_and_dark(20, seed=seed)
        data = Dataset("made", train, test, Provenance("folder", "made"))
        tenfold.study(
            ("classic",), n_seeds=1, data=data, out=tmp_path / str(seed),
            overrides={"epochs": 1, "widths": [4]}, say=quiet,
        )  # fmt: skip
        (fit,) = json.loads((tmp_path / str(seed) / "fits.json").read_text())["fits"]
        fits.append((fit["validation_accuracy"], fit["train_accuracy"], fit["epochs"][0]["loss"]))
    assert fits[0] == fits[1]
    assert on_machine() == []
