import json
import os
import signal

import numpy as np
import pytest
from tests.conftest import bright_and_dark

import tenfold
from tenfold.experiment import folds
from tenfold.experiment.resume import resume
from tenfold.experiment.verify import differences
from tenfold.learn.fit import fit
from tenfold.measure.evaluate import evaluate
from tenfold.runs.folder import RunFolder
from tenfold.runs.request import Request

SMALL = {"epochs": 3, "batch_size": 20, "widths": [8], "patience": None, "validation": "10%"}
STOPPING = {**SMALL, "patience": 2, "epochs": 1}


def quiet(_: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """60 images to train, 20 to test; a third class has one image to train."""
    train, test = bright_and_dark(60, seed=3), bright_and_dark(20, seed=4)
    labels = train.labels.copy()
    labels[0] = 2
    path = tmp_path_factory.mktemp("data") / "made.npz"
    np.savez(path, x_train=train.images, y_train=labels, x_test=test.images, y_test=test.labels)
    return str(path)


def run(data, path, overrides=SMALL, say=quiet):
    return tenfold.run("classic", data=data, out=path, folds=2, overrides=overrides, say=say)


@pytest.fixture(scope="module")
def told():
    """What the whole run says."""
    return []


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory, told):
    """An uninterrupted run."""
    return run(data, tmp_path_factory.mktemp("whole") / "run", say=told.append)


def test_each_training_image_is_predicted_once_by_a_network_that_did_not_see_it(whole):
    assert whole.fold_predictions.names == tuple(map(str, range(60)))
    rows = (whole.folder / "predictions-folds.csv").read_text().splitlines()
    assert rows[0].startswith("name,actual,predicted,fold,probability_0,")
    numbers = np.array([row.split(",")[3] for row in rows[1:]])
    assert [np.count_nonzero(numbers == str(number)) for number in (1, 2)] == [30] * 2
    assert [(fold.n_fit, fold.n) for fold in whole.folds.folds] == [(30, 30)] * 2


def test_the_figures_agree_with_the_predictions(whole):
    found, predictions = whole.folds, whole.fold_predictions
    right = predictions.truth == predictions.predicted
    rows = (whole.folder / "predictions-folds.csv").read_text().splitlines()[1:]
    numbers = np.array([int(row.split(",")[3]) for row in rows])
    accuracies = [right[numbers == number].mean() for number in (1, 2)]
    assert [fold.accuracy for fold in found.folds] == pytest.approx(accuracies)
    assert found.mean == pytest.approx(np.mean(accuracies))
    assert found.sd == pytest.approx(np.std(accuracies, ddof=1))
    pooled = evaluate(predictions)
    assert (found.accuracy, found.low) == pytest.approx((pooled.accuracy, pooled.accuracy_low))
    written = json.loads((whole.folder / "folds.json").read_text())
    assert whole.metrics["cross_validation"] == written
    assert whole.metrics["folds"]["accuracy"] == found.accuracy


def test_without_early_stopping_all_images_are_fitted_and_the_folds_stand_for_validation(
    whole, told
):
    assert whole.splits.train.tolist() == list(range(60))
    assert whole.splits.validation.size == 0
    assert whole.record.epochs[-1].validation_loss is None
    assert whole.sets == ("folds", "test")
    assert "validation" not in whole.metrics
    assert whole.validation_evaluation.accuracy == whole.folds.accuracy
    names = {path.name for path in whole.folder.path.rglob("*")}
    assert {"confusion-folds-counts.csv", "first-predictions.png"} <= names
    assert not {"folds", "checkpoints", "predictions-validation.csv"} & names
    assert "These classes have fewer images than folds, so some folds have none of them: 2." in told
    assert "2 folds of 30 to 30; the fit after it takes 60." in "\n".join(told)


def test_with_early_stopping_the_predicted_images_never_decide_when_to_stop(
    data, tmp_path, monkeypatch
):
    seen = []

    def fitting(model, train, validation, *args, **options):
        seen.append((train, validation))
        return fit(model, train, validation, *args, **options)

    monkeypatch.setattr("tenfold.learn.recipe.fit", fitting)
    done = run(data, tmp_path / "run", STOPPING)
    assert done.sets == ("validation", "folds", "test")
    assert len(seen) == 3
    training = tenfold.gather(data, say=quiet).train
    known = {image.tobytes(): position for position, image in enumerate(training.images[:])}
    rows = (done.folder / "predictions-folds.csv").read_text().splitlines()[1:]
    numbers = np.array([int(row.split(",")[3]) for row in rows])
    for number, (train, validation) in enumerate(seen[:2], 1):
        fitted, stopping = (
            {known[image.tobytes()] for image in part.images} for part in (train, validation)
        )
        assert not fitted & stopping
        assert fitted | stopping == set(np.flatnonzero(numbers != number))
    assert len(seen[2][0]) == len(done.splits.train) < 60


def test_a_run_interrupted_in_a_fold_goes_on_to_the_same_bits(data, monkeypatch, tmp_path, whole):
    fits = []

    def interrupted(*args, **options):
        fits.append(0)

        def at_the_second(epoch):
            if len(fits) == 2 and epoch.epoch == 2:
                os.kill(os.getpid(), signal.SIGINT)

        return fit(*args, **{**options, "listen": at_the_second})

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("tenfold.learn.recipe.fit", interrupted)
        run(data, tmp_path / "cut")
    assert RunFolder(tmp_path / "cut").read_status()[0] == "interrupted"
    assert len(list((tmp_path / "cut" / "folds").glob("*.json"))) == 1
    said: list[str] = []
    resume(tmp_path / "cut", say=said.append)
    assert sum(line.startswith("\nFold ") for line in said) == 1
    assert sum(line.startswith("Continuing after step") for line in said) == 1
    assert differences(whole.folder.path, tmp_path / "cut") == []
    names = {path.name for path in (tmp_path / "cut").iterdir()}
    assert names == {path.name for path in whole.folder.path.iterdir()}


def test_groups_of_a_dataset_stay_whole(dataset):
    groups = np.repeat(np.arange(20), 4)
    object.__setattr__(dataset, "groups", groups)
    found = folds._folds(dataset, np.arange(80), Request(folds=4))
    assert all(len(set(found[groups == group])) == 1 for group in range(20))
    some = folds._folds(dataset, np.arange(40, 80), Request(folds=4))
    assert all(len(set(some[groups[40:] == group])) == 1 for group in range(10, 20))


class Killed(BaseException):
    """Stands for SIGKILL: no code catches this exception."""


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("tenfold.experiment.folds.read_predictions", marks=pytest.mark.torture),
        "tenfold.runs.checkpoint.Checkpoints.clear",
    ],
)
def test_a_run_killed_around_its_folds_is_resumed_to_the_same_bits(
    place, data, monkeypatch, tmp_path, whole
):
    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(place, die)
        patched.setattr("tenfold.runs.folder.RunFolder.write_status", lambda *_: None)
        run(data, tmp_path / "cut")
    RunFolder(tmp_path / "cut").write_status("running")
    resume(tmp_path / "cut", say=quiet)
    assert differences(whole.folder.path, tmp_path / "cut") == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"folds": 1}, r"Expected `folds` of 2 or more, such as 5; received 1"),
        ({"folds": 5, "budget_s": 60.0}, r"`budget_s` plans a single fit.*leave `folds` out"),
        ({"robustness": True, "budget_s": 60.0}, r"without spoilt images.*leave `robustness` out"),
    ],
)
def test_refuses_what_it_cannot_do_before_it_makes_a_folder(data, tmp_path, arguments, message):
    with pytest.raises(tenfold.TenfoldError, match=message):
        tenfold.run("classic", data=data, out=tmp_path / "no", say=quiet, **arguments)
    assert not (tmp_path / "no").exists()


def test_refuses_more_folds_than_the_commonest_class_has_images(data, tmp_path):
    with pytest.raises(tenfold.DataError, match="`folds` of 2 to 30.*received 31"):
        tenfold.run("quick", data=data, out=tmp_path / "no", folds=31, say=quiet)
