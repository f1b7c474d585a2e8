"""A run that starts with another run's weights."""

import json
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

import tenfold
from tenfold.cli import app
from tenfold.experiment.verify import differences
from tenfold.experiment.warm_start import take_weights
from tenfold.runs.folder import RunFolder
from tenfold.runs.request import Request, StartedFrom

SMALL = {
    "epochs": 2, "widths": [16], "batch_size": 200, "flip": True, "patience": None,
    "validation": "10%",  # Drawn by the seed.
}  # fmt: skip


def quiet(_: str) -> None:
    pass


def go_on(path, start, **options):
    options = {"data": "digits", "overrides": {"epochs": 2, "learning_rate": 1e-3}, **options}
    return tenfold.run(start=start, out=path, say=quiet, **options)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    path = tmp_path_factory.mktemp("first") / "run"
    return tenfold.run("classic", data="digits", out=path, overrides=SMALL, say=quiet)


@pytest.fixture(scope="module")
def second(first, tmp_path_factory):
    return go_on(tmp_path_factory.mktemp("second") / "run", first.folder.path)


def test_begins_with_the_weights_and_the_recipe_of_the_earlier_run(first, tmp_path):
    still = go_on(tmp_path / "still", first, overrides={"epochs": 1, "learning_rate": 1e-12})
    assert still.recipe.network == first.recipe.network
    for before, after in zip(first.model.get_weights(), still.model.get_weights(), strict=True):
        assert np.allclose(before, after, atol=1e-6)


def test_request_and_summary_say_where_the_weights_came_from(first, second):
    asked = json.loads((second.folder / "request.json").read_text())
    assert asked["start"]["path"] == str(first.folder.path)
    assert asked["start"]["sha256"] == first.folder.manifest()["model.keras"]
    words = " ".join((second.folder / "summary.txt").read_text().split())
    assert f"began with the weights of {first.folder.path}" in words
    assert second.record.epochs[0].loss < first.record.epochs[0].loss


def test_a_run_that_went_on_and_was_killed_is_resumed_to_the_same_bits(
    first, second, monkeypatch, tmp_path
):
    class Killed(BaseException):
        pass

    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("tenfold.learn.recipe.fit_to_predict", die)
        patched.setattr("tenfold.runs.folder.RunFolder.write_status", lambda *_: None)
        go_on(tmp_path / "cut", first.folder.path)
    RunFolder(tmp_path / "cut").write_status("running")
    tenfold.resume(tmp_path / "cut", say=quiet)
    assert differences(second.folder.path, tmp_path / "cut") == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"overrides": {"widths": [8]}}, r"expected its network, .*16.*; received .*8"),
        ({"seed": 1}, r"of the \d+ validation images are among those .*`seed=0`"),
        ({"folds": 3}, "has already seen the images that `folds` would hold out"),
        ({"budget_s": 60.0}, "`budget_s` plans fits from the beginning"),
        (
            {"data": (np.random.default_rng(0).integers(256, size=(40, 8, 8), dtype=np.uint8),
                      np.arange(40) % 2)},
            "expected its classes",
        ),
    ],
)  # fmt: skip
def test_refuses_what_does_not_fit_the_earlier_run(options, message, first, tmp_path):
    with pytest.raises(tenfold.TenfoldError, match=message):
        go_on(tmp_path / "run", first, **options)


def test_a_run_without_a_finished_fit_cannot_be_started_from(first, tmp_path):
    shutil.copytree(first.folder.path, tmp_path / "cut")
    (tmp_path / "cut" / "fit.json").unlink()
    with pytest.raises(tenfold.TenfoldError, match="has no fitted network to begin with"):
        go_on(tmp_path / "run", tmp_path / "cut")


def test_a_network_that_has_changed_since_is_refused(first):
    request = Request(start=StartedFrom(str(first.folder.path), "0" * 64))
    with pytest.raises(tenfold.TenfoldError, match="has changed since this run began from it"):
        take_weights(first.model, request, first.recipe)


def test_says_that_it_cannot_tell_whether_other_images_were_seen(first, tmp_path):
    digits = tenfold.gather("digits", say=quiet)
    arrays = (digits.train.images[:600], digits.train.labels[:600])
    said: list[str] = []
    tenfold.train(
        start=first, data=arrays, out=tmp_path / "run", overrides={"epochs": 1}, say=said.append
    )
    assert any("was fitted to other images. Make sure yourself" in line for line in said)


def test_the_command_line_goes_on_from_a_local_network(tmp_path):
    small = ["--set", "epochs=1", "--set", "batch_size=100", "--set", "widths=[8]"]
    small += ["--set", "local=[{units: 4, window: 2}]", "--data", "digits"]
    for options in (["quick", "--out", "one"], ["--from", str(tmp_path / "one"), "--out", "two"]):
        path = str(tmp_path / options.pop())
        done = CliRunner().invoke(app, ["train", *options, path, *small])
        assert done.exit_code == 0, done.output
    one, two = (tenfold.Run.open(tmp_path / name) for name in ("one", "two"))
    assert two.recipe.network == one.recipe.network
    assert two.record.epochs[0].loss < one.record.epochs[0].loss
