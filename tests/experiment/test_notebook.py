"""The notebook's network in context, and what else a user may ask of an evaluation."""

import json
import shutil
from typing import Any

import numpy as np
import pytest
from tests.conftest import bright_and_dark

import tenfold
from tenfold.core.errors import TenfoldError
from tenfold.core.images import Dataset, Provenance
from tenfold.experiment import notebook
from tenfold.experiment.evaluating import evaluate
from tenfold.recipes import find_recipe
from tenfold.runs import layout

SMALL = {"epochs": 2, "widths": [8], "batch_size": 20, "validation": "50%"}
DATA = Dataset(
    "made", bright_and_dark(200, seed=1), bright_and_dark(40, seed=2), Provenance("made", "here")
)
ASKED: dict[str, Any] = {"risk": 0.1, "threshold": "recall:dark=0.9", "context": "full"}


def quiet(_: str) -> None:
    pass


def run_on(out, data=DATA, **asked):
    return tenfold.run("classic-plain", data=data, out=out, overrides=SMALL, **asked)


@pytest.fixture(autouse=True, scope="module")
def _short():
    """Three epochs in place of a hundred."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            notebook, "find_recipe", lambda name: find_recipe(name).with_overrides({"epochs": 3})
        )
        yield


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A run with everything that can be asked of its evaluation."""
    told: list[str] = []
    run = run_on(tmp_path_factory.mktemp("asked") / "run", say=told.append, **ASKED)
    return run, told


def row_of(run):
    rules = {rule["rule"]: rule for rule in run.metrics["context"]["rules"]}
    return rules.get("the notebook's network")


def test_the_notebooks_network_stands_in_the_context_with_its_seconds(done):
    run, told = done
    row = row_of(run)
    assert row == run.folder.read_json(layout.NOTEBOOK)
    assert (row["recipe"], row["epochs"]) == ("classic", 3)
    assert row["wall_s"] > 0
    low, high = row["interval_95"]
    assert low <= row["accuracy"] <= high
    assert "the notebook's network (" in (run.folder / layout.SUMMARY).read_text()
    assert "the notebook&#39;s network" in (run.folder / layout.PAGE).read_text("utf-8")
    assert told[-1].startswith("The notebook's network: ")
    assert not (run.folder / layout.NOTEBOOK_STATE).exists()


def test_a_fit_that_ended_is_not_repeated(done, tmp_path):
    run, _ = done
    shutil.copytree(run.folder.path, tmp_path / "run")
    told: list[str] = []
    again = tenfold.Run.open(tmp_path / "run")
    notebook.fit_notebook(again, DATA, say=told.append)
    assert told == ["The notebook's network was fitted before."]


def test_the_run_is_evaluated_and_has_its_page_before_this_fit(done):
    _, told = done
    parts = ("Everything is in", "To look at it in a browser", "\nContext: fit")
    begins = [part for line in told for part in parts if line.startswith(part)]
    assert begins == list(parts)


def test_a_run_that_was_killed_in_this_fit_can_be_resumed(done, tmp_path):
    run, _ = done
    shutil.copytree(run.folder.path, tmp_path / "run")
    cut = tenfold.Run.reopen(tmp_path / "run")
    cut.folder.remove(layout.NOTEBOOK)
    cut.folder.write_status("running")
    resumed = tenfold.resume(tmp_path / "run", data=DATA, say=quiet)
    again, row = row_of(resumed), row_of(run)
    assert {**again, "wall_s": 0} == {**row, "wall_s": 0}
    assert resumed.metrics["test"] == run.metrics["test"]


def test_risk_and_threshold_are_recorded_and_shown(done):
    run, _ = done
    metrics, text = run.metrics, " ".join((run.folder / layout.SUMMARY).read_text().split())
    assert metrics["selective"]["risk"] == 0.1
    assert " 90 % of the answers to be right" in text or "so that 90 % are right" in text
    assert (metrics["threshold"]["positive"], metrics["threshold"]["value"]) == ("dark", 0.9)
    assert "taken for dark" in text or "images of dark are too few" in text
    assert run.folder.read_json("request.json")["threshold"] == "recall:dark=0.9"


def test_an_evaluation_keeps_what_the_run_was_asked_unless_it_is_asked_otherwise(done, tmp_path):
    run, _ = done
    shutil.copytree(run.folder.path, tmp_path / "run")
    again = tenfold.Run.open(tmp_path / "run")
    kept = evaluate(again, say=quiet)
    assert kept["selective"] == json.loads(json.dumps(run.metrics["selective"]))
    assert kept["threshold"] == run.metrics["threshold"]
    other = evaluate(again, risk=0.2, threshold="cost=3", say=quiet)
    assert other["selective"]["risk"] == 0.2
    assert (other["threshold"]["goal"], other["threshold"]["positive"]) == ("cost", "bright")
    assert row_of(again) == row_of(run)


def test_wrong_wishes_are_refused_before_a_folder_is_made(tmp_path):
    images = np.zeros((30, 4, 4, 1), np.uint8)
    three = (images, np.arange(30) % 3)
    for asked, words in (
        ({"risk": 1.5}, "`risk` between 0 and 1"),
        ({"threshold": "recall=95"}, "received 'recall=95'"),
        ({"data": three, "threshold": "cost=5"}, "these images have 3"),
        ({"context": "full", "budget_s": 60}, "leave `context` out"),
    ):
        with pytest.raises(TenfoldError, match=words):
            run_on(tmp_path / "run", say=quiet, **asked)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["risk", "threshold"])
def test_what_is_for_the_runs_own_predictions_is_refused_with_other_images(done, name):
    run, _ = done
    with pytest.raises(TenfoldError, match=f"`{name}` is for the run's own predictions"):
        evaluate(run, DATA, say=quiet, **{name: ASKED[name]})


def test_without_validation_images_the_context_is_refused(tmp_path):
    with pytest.raises(TenfoldError, match="stops early by validation images"):
        run_on(tmp_path / "run", folds=2, context="full", say=quiet)
