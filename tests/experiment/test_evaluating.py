"""Scoring a fitted network on another labelled source."""

import csv
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import tenfold
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.data.digits import gather_digits
from tenfold.experiment.evaluating import evaluate

OVERRIDES = {"epochs": 2, "widths": [16], "batch_size": 200}
CLASSES = tuple("0123456789")


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run on digits with a very short fit."""
    out = tmp_path_factory.mktemp("runs") / "digits"
    return tenfold.run("classic", data="digits", out=out, overrides=OVERRIDES, say=quiet)


@pytest.fixture
def others():
    """40 test and 20 training digits of the run, with the classes in another order."""
    digits = gather_digits()
    taken = [digits.test.take(np.arange(40)), digits.train.take(np.arange(20))]
    classes = CLASSES[::-1]
    test, train = (replace(each, labels=9 - each.labels, classes=classes) for each in taken)
    return Dataset("others", train, test, Provenance("folder", "made"))


def right_share(run, images: ImageSet) -> float:
    """Keras's own answer, of labels in the run's order."""
    predicted = run.model.predict(images.images, verbose=0).argmax(axis=1)
    return float((predicted == images.labels).mean())


def test_scores_all_images_and_matches_classes_by_name(run, others, tmp_path):
    told: list[str] = []
    metrics = evaluate(run, others, out=tmp_path / "out", say=told.append)
    digits = gather_digits()
    unseen = right_share(run, digits.test.take(np.arange(40)))
    seen = right_share(run, digits.train.take(np.arange(20)))
    assert metrics["n"] == 60
    assert metrics["accuracy"] == pytest.approx((40 * unseen + 20 * seen) / 60)
    assert metrics["seen_in_training"] == {"n": 20, "accuracy_without_them": pytest.approx(unseen)}
    assert metrics["own_test"]["accuracy"] == run.evaluation.accuracy
    assert metrics["own_test"]["difference"] == pytest.approx(
        metrics["accuracy"] - run.evaluation.accuracy
    )
    assert "20 of 60 images are identical to training images of the run" in told[0]


def test_leaves_its_results_in_a_folder_of_its_own_and_the_run_as_it_was(run, others, tmp_path):
    def state():
        return {f: f.stat().st_mtime_ns for f in run.folder.path.rglob("*") if f.name != "lock"}

    before = state()
    metrics = evaluate(run, others, out=tmp_path / "out", say=quiet)
    assert state() == before
    names = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*")}
    assert names == {
        "confusion-counts.csv", "confusion-shares.csv", "metrics.json", "plots",
        "plots/confusion-counts.png", "plots/confusion-shares.png", "predictions.csv",
        "summary.txt",
    }  # fmt: skip
    assert json.loads((tmp_path / "out" / "metrics.json").read_text()) == json.loads(
        json.dumps(metrics)
    )
    with (tmp_path / "out" / "predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [rows[0]["name"], rows[20]["name"]] == ["train/0", "test/0"]
    right = [row["actual"] == row["predicted"] for row in rows]
    assert np.mean(right) == pytest.approx(metrics["accuracy"])
    with pytest.raises(tenfold.RunFolderError, match="not empty"):
        evaluate(run, others, out=tmp_path / "out", say=quiet)


def test_of_the_runs_own_data_only_the_test_images_are_scored(run, tmp_path):
    told: list[str] = []
    metrics = evaluate(run, "digits", out=tmp_path / "out", say=told.append)
    assert metrics["accuracy"] == run.evaluation.accuracy
    assert (metrics["n"], metrics["own_test"], metrics["seen_in_training"]) == (359, None, None)
    assert "These are the run's own images" in told[-2]


def test_files_are_brought_to_the_runs_shape_and_some_classes_are_enough(run, tmp_path):
    test = gather_digits().test
    taken = np.flatnonzero(np.isin(test.labels, (3, 7)))[:20]
    for i in taken:
        file = tmp_path / "mine" / CLASSES[test.labels[i]] / f"{i}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(test.images[i][:, :, 0])
        image.resize((16, 16), Image.Resampling.NEAREST).save(file)
        # Reduced again, each pixel is nearly what it was.
    metrics = evaluate(run, str(tmp_path / "mine"), out=tmp_path / "out", say=quiet)
    assert metrics["n"] == len(taken)
    assert metrics["classes_without_images"] == list("01245689")
    assert metrics["accuracy"] == pytest.approx(right_share(run, test.take(taken)), abs=0.11)
    assert metrics["data"]["rendering"]["side_px"] == 8


def test_unknown_classes_are_named(run, others, tmp_path):
    classes = ("nine", *others.classes[1:])
    parts = [replace(each, classes=classes) for each in (others.train, others.test)]
    strange = replace(others, train=parts[0], test=parts[1])
    with pytest.raises(tenfold.DataError, match="1 class that the run does not know: nine. Expec"):
        evaluate(run, strange, out=tmp_path / "out", say=quiet)
    assert not (tmp_path / "out").exists()


def test_a_class_without_images_may_have_any_name(run, others, tmp_path):
    classes = (*others.classes, "none")
    parts = [replace(each, classes=classes) for each in (others.train, others.test)]
    more = replace(others, train=parts[0], test=parts[1])
    assert evaluate(run, more, out=tmp_path / "out", say=quiet)["n"] == 60


def test_images_of_another_shape_are_refused(run, others, tmp_path):
    parts = [replace(each, images=each.images[:, :7]) for each in (others.train, others.test)]
    with pytest.raises(tenfold.DataError, match=r"8 x 8 pixels and 1 channel.*received \(7, 8, 1"):
        small = replace(others, train=parts[0], test=parts[1])
        evaluate(run, small, out=tmp_path / "out", say=quiet)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"data": "digits", "side_px": 8}, "The run decides `side_px`"),
        ({"out": "x"}, "`out` is for `data`"),
        ({"archive": "x.tar"}, "`archive` is for `data`"),
    ],
)
def test_arguments_without_a_use_are_refused(run, arguments, message):
    with pytest.raises(tenfold.TenfoldError, match=message):
        evaluate(run, **arguments, say=quiet)


def test_a_run_without_its_images_or_figures_still_scores_others(run, others, tmp_path):
    shutil.copytree(run.folder.path, tmp_path / "run")
    (tmp_path / "run" / "predictions-test.csv").unlink()
    content = json.loads((tmp_path / "run" / "data.json").read_text())
    content["digests"]["train"] = "0"
    (tmp_path / "run" / "data.json").write_text(json.dumps(content))
    told: list[str] = []
    changed = tenfold.Run.open(tmp_path / "run")
    metrics = evaluate(changed, others, out=tmp_path / "out", say=told.append)
    assert metrics["own_test"] is metrics["seen_in_training"] is None
    assert told[0].startswith("It is not known whether the network has seen some of these images")
    assert "no figures on its own test images" in told[1]
