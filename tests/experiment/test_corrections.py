"""A run and a study respect what a person decided, and a run with an audit scores without leaks."""

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.findings.made import dataset, textures

import tenfold
from tenfold.core.images import Dataset
from tenfold.core.text import Say
from tenfold.experiment.gather import gather_again
from tenfold.measure.intervals import wilson_interval

LABELS = [at % 2 for at in range(60)]
ONE_EPOCH = {"epochs": 1, "widths": [4], "validation": "20%"}


def made() -> Dataset:
    """Sixty training images; the first three test images are darker copies of the first three."""
    images = textures(70, seed=5)
    images[5:60:2] //= 2
    test = images[60:].copy()
    test[:3] = images[:3] // 2 + 10
    found = dataset(images[:60], test, train_labels=LABELS, files=True)
    return replace(found, test=replace(found.test, labels=np.array([0, 1] * 5, dtype=np.int64)))


def silent(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def edited(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("edited") / "quarantine.csv"
    path.write_text(
        "split,position,file,finding,suggestion,keep\n"
        "train,0,train/0.png,near-duplicate,as test 0,no\n"
        "train,2,train/2.png,label,bee,yes\n"
        "test,4,test/4.png,label,bee,no\n"
    )
    return path


@pytest.fixture(scope="module")
def done(tmp_path_factory, edited) -> tuple[tenfold.Run, list[str]]:
    told: list[str] = []
    path = tmp_path_factory.mktemp("runs") / "run"
    audited = tenfold.run(
        "classic",
        data=made(),
        out=path,
        overrides=ONE_EPOCH,
        exclude=edited,
        relabel=edited,
        audit=True,
        say=told.append,
    )
    return audited, told


def test_a_run_leaves_out_and_relabels_training_images_only(done):
    audited, told = done
    fitted = np.concatenate([audited.splits.train, audited.splits.validation])
    assert 0 not in fitted
    assert 2 in fitted
    assert len(audited.predictions) == 10
    assert any("1 test image with keep=no stays" in line for line in told)


def test_a_run_records_what_it_left_out_and_relabelled(done, edited):
    audited, _ = done
    kept = json.loads((audited.folder.path / "corrections.json").read_text())
    assert (kept["excluded"], kept["excluded_files"]) == ([0], ["train/0.png"])
    assert kept["relabelled_images"] == [
        {"position": 2, "file": "train/2.png", "from": "ant", "to": "bee"}
    ]
    assert kept["sources"]["exclude"]["path"] == str(edited)
    text = " ".join((audited.folder.path / "summary.txt").read_text().split())
    assert "removed 1: Left out by a person" in text
    assert "relabelled 1: A person gave them another label" in text
    assert "Left out by a person" in (audited.folder.path / "report.html").read_text()


def test_the_images_of_a_run_come_back_with_their_new_labels(done):
    audited, _ = done
    again = gather_again(audited, made(), say=silent)
    assert again.train.labels[2] == 1
    assert made().train.labels[2] == 0


def test_a_run_with_an_audit_scores_without_leaked_test_images(done):
    audited, _ = done
    with (audited.folder.path / "audit" / "near-duplicates.csv").open() as file:
        pairs = {(row["position"], row["other_position"]) for row in csv.DictReader(file)}
    assert pairs == {("0", "0"), ("1", "1"), ("2", "2")}
    rows = audited.metrics["audited"]["test"]
    right = audited.predictions.predicted == audited.predictions.truth
    # Training image 0 was left out, so test image 0 is not leaked.
    unleaked = np.delete(right, [1, 2])
    assert [(each["images"], each["n"], each["accuracy"]) for each in rows[:2]] == [
        ("all test images", 10, right.mean()),
        ("without images like a training image", 8, unleaked.mean()),
    ]
    assert tuple(rows[1]["accuracy_interval_95"]) == wilson_interval(int(unleaked.sum()), 8)
    assert (
        "without images like a training image" in (audited.folder.path / "summary.txt").read_text()
    )
    assert (
        "Without leaked and doubtful test images"
        in (audited.folder.path / "report.html").read_text()
    )


def with_doubts(folder: Path, digests: dict[str, str]) -> Path:
    folder.mkdir()
    facts = {"data": {"digests": digests}, "findings": {"labels": {}, "near-duplicates": {}}}
    (folder / "audit.json").write_text(json.dumps(facts))
    (folder / "quarantine.csv").write_text(
        "split,position,file,finding,suggestion,keep\ntest,4,,label,bee,yes\ntrain,4,,label,bee,yes\n"
    )
    return folder


def test_an_evaluation_takes_another_audit_of_the_same_images(done, tmp_path):
    audited, _ = done
    folder = with_doubts(tmp_path / "audit", made().digests())
    answer = tenfold.evaluate(audited, audit_from=folder, say=silent)
    assert [each["n"] for each in answer["audited"]["test"]] == [10, 10, 9, 9]
    tenfold.evaluate(audited, say=silent)
    assert [each["n"] for each in audited.metrics["audited"]["test"]][:2] == [10, 8]


def test_refuses_an_audit_of_other_images_or_none(done, tmp_path):
    audited, _ = done
    folder = with_doubts(tmp_path / "audit", {"train": "x", "test": "y"})
    with pytest.raises(tenfold.TenfoldError, match="is one of other images"):
        tenfold.evaluate(audited, audit_from=folder, say=silent)
    with pytest.raises(tenfold.TenfoldError, match="Expected `audit_from` to be the folder of an"):
        tenfold.evaluate(audited, audit_from=tmp_path, say=silent)


def stop_at(words: str) -> Say:
    """An output that ends the work as Ctrl-C does, at a line with these words."""

    def say(line: str) -> None:
        if words in line:
            raise KeyboardInterrupt

    return say


def test_a_plain_run_only_looks_at_single_images(tmp_path):
    path = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        tenfold.run("classic", data=made(), out=path, overrides=ONE_EPOCH, say=stop_at("\nDefine"))
    assert not (path / "audit").exists()
    assert not (path / "corrections.json").exists()
    assert list(json.loads((path / "data.json").read_text())["audit"]) == ["images"]


def test_refuses_a_file_that_is_not_there_before_anything_else(tmp_path):
    with pytest.raises(tenfold.TenfoldError, match="Expected `exclude` to be a quarantine.csv"):
        tenfold.run(data=made(), out=tmp_path / "run", exclude=tmp_path / "missing.csv", say=silent)
    assert not (tmp_path / "run").exists()


def test_a_resumed_run_keeps_its_decisions_when_the_edited_file_is_gone(tmp_path, edited, done):
    copy = tmp_path / "copy.csv"
    copy.write_bytes(edited.read_bytes())
    path = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        tenfold.run(
            "classic",
            data=made(),
            out=path,
            overrides=ONE_EPOCH,
            exclude=copy,
            relabel=copy,
            say=stop_at("\nDefine"),
        )
    copy.unlink()
    resumed, (whole, _) = tenfold.resume(path, data=made(), say=silent), done
    assert resumed.splits.train.tolist() == whole.splits.train.tolist()
    assert np.array_equal(resumed.predictions.probabilities, whole.predictions.probabilities)


def test_a_study_leaves_the_same_images_out_and_is_not_continued_without(tmp_path, edited):
    asked: dict[str, Any] = {"n_seeds": 1, "data": made(), "overrides": ONE_EPOCH}
    path, recipes = tmp_path / "study", ("classic", "classic-plain")
    with pytest.raises(KeyboardInterrupt):
        tenfold.study(recipes, out=path, exclude=edited, say=stop_at("images to fit"), **asked)
    settings = json.loads((path / "study-settings.json").read_text())
    assert settings["corrections"]["excluded"] == [0]
    with pytest.raises(tenfold.TenfoldError, match="images to leave out or labels to replace"):
        tenfold.study(recipes, resume=path, say=silent, **asked)
