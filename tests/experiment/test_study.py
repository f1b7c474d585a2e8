import json
import signal

import numpy as np
import pytest
from tests.pages import tables
from typer.testing import CliRunner

import tenfold
from tenfold.cli import app
from tenfold.learn.fit import fit
from tenfold.runs.lock import locked

QUICK = {"epochs": 2, "batch_size": 200}


class Stopped(BaseException):
    """Stands for whatever ends a study in the middle."""


def begin(path, *, say=lambda _: None, **options):
    asked = {"n_seeds": 2, "data": "digits", "overrides": {**QUICK, "train_size": 300}, **options}
    return tenfold.study(("classic-plain", "classic"), say=say, **{"out": path, **asked})


def go_on(path, **options):
    return begin(None, resume=path, **options)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A study that was not stopped: its folder, what it found, and what it said."""
    path = tmp_path_factory.mktemp("whole") / "study"
    told: list[str] = []
    return path, begin(path, say=told.append), told


def test_compares_recipes_on_the_same_seeds_and_says_the_answer(whole):
    path, found, told = whole
    assert found.seeds == (0, 1)
    assert [result.recipe for result in found.results] == ["classic-plain", "classic"]
    plain, classic = (result.fits for result in found.results)
    differences = [
        b.validation_accuracy - a.validation_accuracy for a, b in zip(plain, classic, strict=True)
    ]
    assert found.comparisons[0].difference.mean == pytest.approx(sum(differences) / 2)
    pairs = found.comparisons[0].by_seed
    assert [pair.difference for pair in pairs] == pytest.approx(differences)
    written = json.loads((path / "study.json").read_text())
    assert written["comparisons"][0]["sentence"] in " ".join(told[-3].split())
    assert written["comparisons"][0]["answer"] == found.comparisons[0].answer
    assert len(json.loads((path / "fits.json").read_text())["fits"]) == 4
    assert (path / "plots" / "learning-curves.png").is_file()
    assert not (path / "checkpoints").exists()


def test_refuses_to_compare_a_recipe_with_itself(tmp_path):
    with pytest.raises(tenfold.TenfoldError, match="Expected `recipes` with different names"):
        tenfold.study(("classic", "classic"), data="digits", out=tmp_path / "s")
    assert not (tmp_path / "s").exists()


def stop_in_the_second_fit(path, monkeypatch):
    n_fits = 0

    def lines(*_):
        nonlocal n_fits
        n_fits += 1

        def listen(epoch):
            if (n_fits, epoch.epoch) == (2, 2):
                raise Stopped

        return listen

    with monkeypatch.context() as patched, pytest.raises(Stopped):
        patched.setattr("tenfold.experiment.study.EpochLines", lines)
        begin(path, n_seeds=1)


def test_a_study_that_was_stopped_goes_on_to_the_same_figures(tmp_path, monkeypatch, whole):
    path = tmp_path / "s"
    stop_in_the_second_fit(path, monkeypatch)
    kept = json.loads((path / "fits.json").read_text())["fits"]
    assert [(fit["recipe"], fit["seed"]) for fit in kept] == [("classic-plain", 0)]
    predicted = path / "predictions" / "classic-plain-seed0.csv"
    before = predicted.stat().st_mtime_ns
    told: list[str] = []
    found = go_on(path, n_seeds=1, say=told.append)
    assert "1 fit of this study is kept." in told
    assert "Continuing after step 2." in told  # The first epoch is not fitted again.
    assert json.loads((path / "fits.json").read_text())["fits"][0] == kept[0]
    assert predicted.stat().st_mtime_ns == before
    for result, same in zip(found.results, whole[1].results, strict=True):
        (fit,), (expected, _) = result.fits, same.fits
        assert fit.validation_accuracy == expected.validation_accuracy
        assert [epoch.loss for epoch in fit.epochs] == [epoch.loss for epoch in expected.epochs]
        assert np.array_equal(fit.right, expected.right)
    assert not (path / "checkpoints").exists()


def backwards(work, shared, tasks, **_):
    """Stands for workers that end in the opposite order."""
    for task in reversed(tasks):
        yield task, work(shared, task)


def test_fits_that_end_in_another_order_give_the_same_study(tmp_path, monkeypatch, whole):
    monkeypatch.setattr("tenfold.cluster.spread.spread", backwards)
    monkeypatch.setattr("tenfold.cluster.connect.check_ray", lambda: None)
    path = tmp_path / "s"
    told: list[str] = []
    found = begin(path, cluster="local", say=told.append)
    ends = [line.split(":")[0] for line in told if ", seed " in line]
    assert ends[:2] == ["classic, seed 1", "classic-plain, seed 1"]
    kept = json.loads((path / "fits.json").read_text())["fits"]
    expected = json.loads((whole[0] / "fits.json").read_text())["fits"]
    assert [(fit["recipe"], fit["seed"]) for fit in kept] == [
        (fit["recipe"], fit["seed"]) for fit in expected
    ]
    for result, same in zip(found.results, whole[1].results, strict=True):
        assert result.validation_accuracy == same.validation_accuracy
    assert json.loads((path / "study-settings.json").read_text())["cores_per_fit"] == 1


def test_an_interrupted_study_on_workers_says_how_to_go_on(tmp_path, monkeypatch):
    def interrupted(work, shared, tasks, **_):
        yield tasks[0], work(shared, tasks[0])
        raise KeyboardInterrupt

    monkeypatch.setattr("tenfold.cluster.spread.spread", interrupted)
    monkeypatch.setattr("tenfold.cluster.connect.check_ray", lambda: None)
    told: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        begin(tmp_path / "s", n_seeds=1, cluster="local", say=told.append)
    assert told[-1].startswith("To continue, repeat the command with --resume ")
    told.clear()
    go_on(tmp_path / "s", n_seeds=1, say=told.append)
    assert "1 fit of this study is kept." in told
    assert "It began with 1 core for each fit, and goes on with all cores of" in " ".join(told)


def test_the_page_of_a_study_has_its_figures_and_is_written_again(whole):
    path, found, _ = whole
    page = path / "report.html"
    text = page.read_text("utf-8")
    rows = tables(text)["Figures of each recipe"][1:]
    assert [row[:2] for row in rows] == [
        [each.recipe, f"{100 * each.validation_accuracy.mean:.2f}"] for each in found.results
    ]
    assert [row[6] for row in rows] == [f"{each.fit_s:,.1f}" for each in found.results]
    assert "data:image/png" in text
    page.unlink()
    done = CliRunner().invoke(app, ["report", str(path), "--json"])
    assert json.loads(done.stdout) == {"page": str(page)}
    assert page.read_text("utf-8") == text


def test_a_finished_study_that_is_resumed_fits_nothing(whole, monkeypatch):
    def fit(*_, **__):
        raise AssertionError

    before = (whole[0] / "study.json").read_text()
    monkeypatch.setattr("tenfold.learn.recipe.fit_recipe", fit)
    assert go_on(whole[0]) == whole[1]
    assert (whole[0] / "study.json").read_text() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_seeds": 3}, "began with a number of seeds other than these; repeat"),
        ({"seed": 1, "n_seeds": 3}, "a first seed and a number of seeds other"),
        ({"overrides": {**QUICK, "epochs": 3}}, "began with recipes or settings other"),
        ({"out": "elsewhere"}, "`resume` continues a study in its own folder; leave `out` out"),
    ],
)
def test_refuses_to_continue_a_study_with_another_request(options, message, whole):
    before = (whole[0] / "fits.json").read_text()
    with pytest.raises(tenfold.TenfoldError, match=message):
        go_on(whole[0], **options)
    assert (whole[0] / "fits.json").read_text() == before


def test_refuses_to_continue_what_is_not_a_study(tmp_path):
    with pytest.raises(tenfold.RunFolderError, match="Expected the folder of a study, with a stu"):
        go_on(tmp_path)


def test_a_terminated_study_ends_as_terminated(monkeypatch, tmp_path):
    class Terminated(BaseException):
        pass

    def terminate(*_):
        raise Terminated

    def fit_terminated(*args, **options):
        terminating = {"listen": lambda _: signal.raise_signal(signal.SIGTERM)}
        return fit(*args, **{**options, **terminating})

    monkeypatch.setattr("tenfold.learn.recipe.fit", fit_terminated)
    before = signal.signal(signal.SIGTERM, terminate)
    try:
        with pytest.raises(Terminated):
            tenfold.study(
                ("classic",), data="digits", out=tmp_path / "s", overrides=QUICK, say=lambda _: None
            )
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_study_owns_its_folder(tmp_path):
    (tmp_path / "s").mkdir()
    with (
        locked(tmp_path / "s" / "lock"),
        pytest.raises(tenfold.TenfoldError, match="is in use by process"),
    ):
        tenfold.study(("classic",), data="digits", out=tmp_path / "s", say=lambda _: None)
