import csv
import json
import shutil
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import bright_and_dark

import tenfold
from tenfold.experiment import gather as gathering
from tenfold.experiment.budget import Promise
from tenfold.experiment.map_images import map_test
from tenfold.experiment.predicting import predict_files
from tenfold.experiment.steps import smaller_rate
from tenfold.learn import predict
from tenfold.learn.callbacks.stopping import KeepBest
from tenfold.learn.features import features
from tenfold.learn.fit import fit
from tenfold.recipes import find_recipe
from tenfold.runs import layout
from tenfold.runs.run import Run
from tenfold.runs.tables import write_predictions

EARLIER = Path(__file__).parent.parent / "fixtures" / "earlier"
QUICK = {"epochs": 2, "widths": [16], "batch_size": 200}


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """One run on digits, with two epochs."""
    out = tmp_path_factory.mktemp("runs") / "digits"
    return tenfold.run("classic", data="digits", seed=0, out=out, overrides=QUICK, say=quiet)


def without_seconds(metrics):
    fit = {k: v for k, v in metrics["fit"].items() if k != "wall_s"}
    return {**metrics, "fit": fit, "test_looks": None}


def test_leaves_the_files_of_the_table_and_nothing_half_written(done):
    listed = {
        file.name
        for file in layout.FILES
        if not file.only or file.only == layout.ONLY["validation"]
    } | {each.name for each in (layout.FIRST_LAYER, layout.OCCLUSION, layout.MAP, layout.MAP_PLOT)}
    names = {path.relative_to(done.folder.path).as_posix() for path in done.folder.path.rglob("*")}
    assert names - {"plots"} == listed


def test_metrics_agree_with_the_predictions_in_the_csv(done):
    with (done.folder / "predictions-test.csv").open() as file:
        rows = list(csv.DictReader(file))
    share = np.mean([row["actual"] == row["predicted"] for row in rows])
    metrics = json.loads((done.folder / "metrics.json").read_text())
    assert metrics["test"]["accuracy"] == pytest.approx(share)
    assert metrics["test"]["n"] == len(rows) == 359
    assert metrics["test"]["accuracy"] == done.evaluation.accuracy
    assert set(metrics["test"]["per_class"]) == set("0123456789")


def test_the_saved_model_takes_uint8_images_and_gives_the_saved_predictions(done):
    dataset = gathering.gather_again(done, say=quiet)
    predicted = done.model.predict(dataset.test.images, verbose=0)
    np.testing.assert_allclose(predicted, done.predictions.probabilities, atol=1e-6)


def test_the_map_holds_all_test_images_by_the_features_of_the_network(done):
    test = gathering.gather_again(done, say=quiet).test
    with (done.folder / "map.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["position"]) for row in rows] == list(range(359))
    assert [row["class"] for row in rows] == [test.classes[label] for label in test.labels]
    found = features(done.model, test)
    assert found is not None
    lengths = np.linalg.svd(found - found.mean(axis=0), compute_uv=False)[:2]
    places = np.array([[float(row[f"features_{axis}"]) for axis in (1, 2)] for row in rows])
    np.testing.assert_allclose(np.linalg.norm(places, axis=0), lengths, rtol=1e-3)


def test_a_network_of_a_single_layer_has_no_map_and_an_earlier_one_is_removed(done, tmp_path):
    import keras

    shutil.copytree(done.folder.path, tmp_path / "run")
    run, test = Run.open(tmp_path / "run"), bright_and_dark(6, seed=0)
    images = keras.Input((4, 4, 1), dtype="uint8")
    single = keras.Model(images, keras.layers.Dense(2)(keras.layers.Flatten()(images)))
    map_test(run, test, single)
    assert not run.folder.has(layout.MAP)
    assert not run.folder.has(layout.MAP_PLOT)


def test_images_of_a_run_are_mapped_and_compared_by_its_features_too(done, tmp_path):
    dataset = gathering.gather_again(done, say=quiet)
    maps = tenfold.map_images(dataset, tmp_path, run=done, say=quiet)
    assert [each.name for each in maps][:2] == ["pixels", "features"]
    with (tmp_path / "map.csv").open() as file:
        positions = [int(row["position"]) for row in csv.DictReader(file)]
    assert positions == done.splits.validation.tolist()
    rows = tenfold.neighbours(dataset, [3, "test:0"], tmp_path, run=done, say=quiet)
    train, test = (features(done.model, each) for each in (dataset.train, dataset.test))
    assert train is not None
    assert test is not None
    for name, asked in (("3", train[3]), ("test:0", test[0])):
        cosines = train @ asked / np.linalg.norm(train, axis=1) / np.linalg.norm(asked)
        if name == "3":
            cosines[3] = -1  # The image itself.
        found = [row for row in rows if row["of"] == name]
        assert [row["position"] for row in found] == np.argsort(-cosines)[:10].tolist()
        likeness = [row["likeness"] for row in found]
        np.testing.assert_allclose(likeness, np.sort(cosines)[::-1][:10], atol=1e-4)


def test_validation_predictions_are_named_by_their_position(done):
    assert done.validation_predictions.names == tuple(map(str, done.splits.validation))


def test_the_same_seed_gives_the_same_metrics(done, tmp_path):
    again = tenfold.run(
        "classic", data="digits", seed=0, out=tmp_path / "b", overrides=QUICK, say=quiet
    )
    assert without_seconds(again.metrics) == without_seconds(done.metrics)
    assert (again.folder / "predictions-test.csv").read_bytes() == (
        done.folder / "predictions-test.csv"
    ).read_bytes()


def test_an_interrupted_fit_is_kept_evaluated_and_marked(monkeypatch, tmp_path):
    def fit_interrupted(*args, **options):
        import os
        import signal

        def listen(epoch):
            os.kill(os.getpid(), signal.SIGTERM)

        return fit(*args, **{**options, "listen": listen})

    monkeypatch.setattr("tenfold.learn.recipe.fit", fit_interrupted)
    overrides = {**QUICK, "epochs": 40}
    done = tenfold.run("classic", data="digits", out=tmp_path / "a", overrides=overrides, say=quiet)
    assert done.metrics["fit"]["interrupted_by"] == "SIGTERM"
    assert done.metrics["fit"]["epochs"] < 40
    assert done.metrics["test"]["n"] == 359
    assert "INTERRUPTED (SIGTERM)" in (done.folder / "summary.txt").read_text()
    assert done.folder.read_json("status.json")["state"] == "interrupted"


def test_a_loss_that_is_no_number_fails_and_keeps_the_weights(monkeypatch, tmp_path):
    def spoil(self, epoch, logs=None):
        KeepBest.__dict__["_real"](self, epoch, {**logs, "loss": np.nan} if epoch else logs)

    monkeypatch.setattr(KeepBest, "_real", KeepBest.on_epoch_end, raising=False)
    monkeypatch.setattr(KeepBest, "on_epoch_end", spoil)
    with pytest.raises(tenfold.TenfoldError, match="stopped being a number in epoch 2"):
        tenfold.train("classic", data="digits", out=tmp_path / "a", overrides=QUICK, say=quiet)
    status = json.loads((tmp_path / "a" / "status.json").read_text())
    assert status["state"] == "failed"
    assert (tmp_path / "a" / "model.keras").is_file()


def test_a_full_disk_is_one_clear_error_and_leaves_nothing_half_written(monkeypatch, tmp_path):
    import errno
    import os

    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("tenfold.runs.folder.np.savez_compressed", lambda *_, **__: full(0))
    with pytest.raises(tenfold.TenfoldError, match="Cannot write .*splits.npz: the disk is full"):
        tenfold.train("classic", data="digits", out=tmp_path / "a", overrides=QUICK, say=quiet)
    names = {path.name for path in (tmp_path / "a").iterdir()}
    assert names == {
        "data.json",
        "environment.json",
        "lock",
        "plots",
        "request.json",
        "status.json",
    }


def test_changed_data_is_noticed(done, monkeypatch):
    changed = gathering.gather("digits", say=quiet)
    object.__setattr__(changed, "test", changed.test.take(np.arange(5)))
    monkeypatch.setattr("tenfold.data.digits.gather_digits", lambda: changed)
    with pytest.raises(tenfold.TenfoldError, match="have changed since its fit"):
        gathering.gather_again(done, say=quiet)


def test_a_folder_of_images_goes_through_everything(tmp_path):
    from PIL import Image

    made = bright_and_dark(60, seed=0)
    for i, (image, label) in enumerate(zip(made.images[:], made.labels, strict=True)):
        file = tmp_path / "mine" / made.classes[label] / f"{i}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[:, :, 0]).resize((9, 7)).save(file)
    (tmp_path / "mine" / "dark" / "broken.png").write_bytes(b"broken")
    overrides = {"epochs": 30, "widths": [8], "batch_size": 10, "learning_rate": 0.01}
    done = tenfold.run(
        "classic", data=str(tmp_path / "mine"), side_px=8, out=tmp_path / "run",
        overrides=overrides, say=quiet,
    )  # fmt: skip
    assert done.evaluation.accuracy == 1.0
    assert done.folder.read_json("data.json")["provenance"]["skipped"][0][0] == "dark/broken.png"
    assert all(name.endswith(".png") for name in done.predictions.names)
    own = [tmp_path / "mine" / "dark" / "0.png", tmp_path / "mine" / "bright" / "1.png"]
    answer = predict_files(done, own, say=quiet)["predictions"]
    assert [answer[str(file)]["predicted"] for file in own] == ["dark", "bright"]


def test_refuses_image_files_that_cannot_be_read(done, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"broken")
    with pytest.raises(tenfold.TenfoldError, match="none of the 1 given can be read"):
        predict_files(done, [tmp_path / "broken.png"], say=quiet)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"data": "nowhere"},
            "Expected `data` to be cifar10, cifar100, mnist, fashion-mnist, d",
        ),
        (
            {"data": "digits", "archive": "x.tar.gz"},
            "`archive` is for cifar10,",
        ),
        ({"recipe": "clasic", "data": "digits"}, "Did you mean 'classic'"),
        ({"data": "digits", "overrides": {"epohcs": 1}}, "Did you mean 'epochs'"),
    ],
)
def test_refuses_what_it_cannot_do_before_it_makes_a_folder(tmp_path, arguments, message):
    with pytest.raises(tenfold.TenfoldError, match=message):
        tenfold.run(**arguments, out=tmp_path / "run", say=quiet)
    assert not (tmp_path / "run").exists()


@pytest.mark.cifar10
def test_classic_runs_on_all_of_cifar10(cifar10_archive, tmp_path):
    done = tenfold.run(
        "classic", archive=cifar10_archive, out=tmp_path / "a", overrides={"epochs": 20}, say=quiet
    )
    assert (len(done.splits.train), len(done.splits.validation)) == (40_000, 10_000)
    assert done.splits.validation.tolist() == list(range(10_000))
    assert done.evaluation.n == 10_000
    assert 0.33 < done.evaluation.accuracy < 0.52  # Chance is 0.10; 100 epochs give 0.49.


@pytest.fixture(scope="module")
def promised(tmp_path_factory):
    """A run with a time budget, and its output; the epochs are limited to keep it short."""
    told: list[str] = []
    done = tenfold.run(
        "quick", data="digits", budget_s=300, out=tmp_path_factory.mktemp("budget") / "a",
        overrides={"widths": [16], "validation": "20%", "epochs": 2}, say=told.append,
    )  # fmt: skip
    return done, told


def test_a_budget_is_planned_promised_and_reported(promised):
    done, told = promised
    budget = done.metrics["budget"]
    assert budget["promised_s"] == 300
    assert budget["kept"] == (budget["took_s"] <= 300)
    assert budget == done.budget.to_dict() == done.folder.read_json("budget.json")
    assert any(line.startswith("Large products run at") for line in told)
    assert "Promised to end within 5 min 00 s; took" in told[-3]
    assert told[-3] == (done.folder / "summary.txt").read_text()


def test_the_verdict_on_a_budget_survives_another_evaluation(promised):
    done, _ = promised
    before, promise = done.metrics, (done.folder / "summary.txt").read_text().splitlines()[-1]
    tenfold.evaluate(done, say=quiet)
    assert without_seconds(done.metrics) == without_seconds(before)
    assert (done.folder / "summary.txt").read_text().splitlines()[-1] == promise


def test_an_interrupted_run_claims_no_budget_and_goes_on_without_a_limit(monkeypatch, tmp_path):
    def fit_interrupted(*args, **options):
        interrupting = {"listen": lambda _: signal.raise_signal(signal.SIGINT)}
        return fit(*args, **{**options, **interrupting})

    def planned(request, dataset, splits, *, began_at, say):
        recipe = find_recipe(request.recipe).with_overrides(request.overrides)
        return recipe, Promise(began_at, request.budget_s, began_at + request.budget_s)

    with monkeypatch.context() as patched:
        patched.setattr("tenfold.learn.recipe.fit", fit_interrupted)
        patched.setattr("tenfold.experiment.run.plan_for", planned)
        cut = tenfold.run(
            "classic", data="digits", budget_s=300, out=tmp_path / "a", overrides=QUICK, say=quiet
        )
    assert cut.record.interrupted_by == "SIGINT"
    assert "budget" not in cut.metrics
    cut.folder.write_json("budget.json", {"promised_s": 300, "took_s": 1, "kept": True})
    done = tenfold.resume(tmp_path / "a", say=quiet)
    assert done.record.interrupted_by is None
    assert "budget" not in done.metrics
    assert "Promised" not in (done.folder / "summary.txt").read_text()
    assert done.budget is None


def test_validation_images_are_predicted_once_with_the_bits_of_the_saved_model(
    monkeypatch, tmp_path
):
    n_predicted = []
    ask = predict.probabilities

    def counted(model, images, **options):
        n_predicted.append(len(images))
        return ask(model, images, **options)

    monkeypatch.setattr(predict, "probabilities", counted)
    done = tenfold.run("classic", data="digits", out=tmp_path / "a", overrides=QUICK, say=quiet)
    images = gathering.gather_again(done, say=quiet).train.take(done.splits.validation)
    assert n_predicted.count(len(images)) == 1
    found = done.validation_predictions.probabilities
    assert np.array_equal(found, ask(Run.open(tmp_path / "a").model, images.images))


def test_evaluate_scores_the_predictions_on_the_disk_without_the_images(
    done, tmp_path, monkeypatch
):
    copy = tenfold.Run.open(shutil.copytree(done.folder.path, tmp_path / "copy"))
    assert copy.evaluation.accuracy == done.evaluation.accuracy
    right = replace(copy.predictions, truth=copy.predictions.predicted)
    write_predictions(right, copy.folder / layout.PREDICTIONS["test"])
    monkeypatch.setattr("tenfold.data.digits.gather_digits", None)
    tenfold.evaluate(copy, say=quiet)
    assert copy.metrics["test"]["accuracy"] == 1.0
    assert "confused" not in (copy.folder / "summary.txt").read_text()


@pytest.mark.parametrize("kind", ["quick", "classic"])
def test_a_run_of_an_earlier_version_predicts(kind, tmp_path):
    before = tenfold.Run.open(EARLIER / kind)
    again = tenfold.Run.open(shutil.copytree(EARLIER / kind, tmp_path / kind))
    tenfold.predict(again, gathering.gather_again(again, say=quiet), say=quiet)
    tolerance = 0.02 if kind == "quick" else 1e-5  # It was fitted and saved in bfloat16.
    for one, other in (
        (before.predictions, again.predictions),
        (before.validation_predictions, again.validation_predictions),
    ):
        np.testing.assert_allclose(one.probabilities, other.probabilities, atol=tolerance)
    tenfold.evaluate(again, say=quiet)
    assert again.metrics["test"]["n"] == 359


def test_an_unfinished_run_of_an_earlier_version_is_not_gone_on_with(tmp_path):
    cut = shutil.copytree(EARLIER / "classic", tmp_path / "cut")
    (cut / "status.json").write_text('{"state": "interrupted", "reason": "SIGINT"}')
    with pytest.raises(tenfold.RunFolderError, match="Another version of Tenfold started this run"):
        tenfold.resume(cut, say=quiet)


@pytest.mark.parametrize(("rate", "advised"), [(0.002, "0.0002"), (1e9, "0.001")])
def test_a_smaller_rate_than_a_diverged_one_is_one_that_can_work(rate, advised):
    recipe = find_recipe("classic").with_overrides({"learning_rate": rate})  # Adam's is 0.001.
    assert f"'learning_rate': {advised}" in str(tenfold.TenfoldError(smaller_rate(recipe)))
