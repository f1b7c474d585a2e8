"""Predicting unlabelled files."""

import csv
import io
import json
import shutil
from contextlib import nullcontext
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image
from pyarrow.parquet import read_table

import tenfold
from tenfold.data.digits import gather_digits
from tenfold.experiment import predicting, predicting_parts
from tenfold.experiment.predicting import predict_files

OVERRIDES = {"epochs": 2, "widths": [16], "batch_size": 200}
CLASSES = tuple("0123456789")


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A network for digits after a very short fit."""
    out = tmp_path_factory.mktemp("runs") / "digits"
    return tenfold.train("classic", data="digits", out=out, overrides=OVERRIDES, say=quiet)


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """Thirty test digits as files, and a file that is not an image."""
    folder = tmp_path_factory.mktemp("digits")
    for i, image in enumerate(gather_digits().test.images[:30]):
        Image.fromarray(image[:, :, 0]).save(folder / f"{i:02}.png")
        Image.fromarray(255 - image[:, :, 0]).save(folder / f"ink-{i:02}.png")
    (folder / "15.txt.png").write_text("not an image")
    return folder


@pytest.fixture(scope="module")
def expected(run):
    """The network's own probabilities of these digits: float32 (30, 10)."""
    return run.model.predict(gather_digits().test.images[:30], verbose=0)


def test_a_pattern_is_predicted_in_order_whatever_the_batch(run, digits, expected, monkeypatch):
    monkeypatch.setattr(predicting, "BATCH", 7)
    answer = predict_files(run, f"{digits}/[0-9]*.png", say=quiet)
    names = [f"{digits}/{i:02}.png" for i in range(30)]
    assert list(answer["predictions"]) == names
    for name, row in zip(names, expected, strict=True):
        found = answer["predictions"][name]
        assert found["predicted"] == CLASSES[row.argmax()]
        assert list(found["probabilities"]) == list(CLASSES)
        np.testing.assert_allclose(list(found["probabilities"].values()), row, atol=1e-6)
    bad = f"{digits}/15.txt.png"
    assert list(answer["skipped"]) == [bad]
    assert "not a readable PNG" in answer["skipped"][bad]


def test_top_gives_the_most_probable_classes_in_the_story_and_the_answer(run, digits, expected):
    told: list[str] = []
    answer = predict_files(run, [digits / "00.png"], top=3, say=told.append)
    best = np.argsort(-expected[0])[:3]
    found = answer["predictions"][str(digits / "00.png")]["probabilities"]
    assert list(found) == [CLASSES[label] for label in best]
    assert told[0].count("%") == 3


def test_a_table_has_a_row_for_each_file_and_every_probability(run, digits, expected, tmp_path):
    out = tmp_path / "new" / "answers.csv"
    names = [str(digits / "00.png"), "none.png", str(digits / "01.png")]
    answer = predict_files(run, names, out=out, say=quiet)
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == names
    assert list(rows[0]) == [
        "file", "predicted", "probability", *(f"probability_{name}" for name in CLASSES), "skipped",
    ]  # fmt: skip
    read = np.array([rows[0][f"probability_{name}"] for name in CLASSES], np.float32)
    np.testing.assert_allclose(read, expected[0], atol=1e-6)
    assert np.float32(rows[0]["probability"]) == read.max()
    assert (rows[1]["predicted"], rows[1]["skipped"]) == ("", "there is no such file")
    counts = answer["predicted"]
    assert sum(counts.values()) == answer["n"] == 2
    assert (answer["n_skipped"], answer["file"]) == (1, str(out))


def test_a_table_of_the_top_has_a_pair_of_columns_for_each(run, digits, expected, tmp_path):
    out = tmp_path / "answers.csv"
    predict_files(run, [digits / "00.png"], out=out, top=2, say=quiet)
    header, row = csv.reader(out.read_text().splitlines())
    assert header == [
        "file", "predicted", "probability", "predicted_2", "probability_2", "skipped",
    ]  # fmt: skip
    assert [row[1], row[3]] == [CLASSES[label] for label in np.argsort(-expected[0])[:2]]


def test_json_lines_have_an_object_for_each_file(run, digits, tmp_path):
    out = tmp_path / "answers.jsonl"
    predict_files(run, [digits / "00.png", "nö.png"], out=out, top=1, say=quiet)
    first, second = map(json.loads, out.read_text().splitlines())
    assert first["file"] == str(digits / "00.png")
    assert first["probabilities"].keys() == {first["predicted"]}
    assert second == {"file": "nö.png", "skipped": "there is no such file"}


def test_nothing_is_left_where_nothing_can_be_predicted(run, tmp_path):
    with pytest.raises(tenfold.ImageError, match="none of the 1 given can be read. no.png: there"):
        predict_files(run, ["no.png"], out=tmp_path / "answers.csv", say=quiet)
    with pytest.raises(tenfold.ImageError, match="- names none"):
        predict_files(run, ["-"], stdin=io.BytesIO(), say=quiet)
    assert list(tmp_path.iterdir()) == []


def test_refuses_to_overwrite_and_other_formats(run, digits, tmp_path):
    (tmp_path / "a.csv").write_text("mine")
    with pytest.raises(
        tenfold.RunFolderError, match="exists already, and Tenfold never overwrites"
    ):
        predict_files(run, digits, out=tmp_path / "a.csv", say=quiet)
    with pytest.raises(tenfold.RunFolderError, match=r"`out` to end with \.csv or \.jsonl"):
        predict_files(run, digits, out=tmp_path / "a.xlsx", say=quiet)
    with pytest.raises(tenfold.DataError, match="`top` to be 1 or more; received 0"):
        predict_files(run, digits, top=0, say=quiet)


def test_the_story_names_three_skipped_files_and_counts_all(run, digits):
    told: list[str] = []
    answer = predict_files(run, [digits / "00.png", *"abcde"], say=told.append)
    assert [line for line in told if line.startswith("Skipped")] == [
        "Skipped a: there is no such file",
        "Skipped b: there is no such file",
        "Skipped c: there is no such file",
        "Skipped 5 files in all.",
    ]
    assert list(answer["skipped"]) == list("abcde")


def test_progress_is_told_on_the_way_to_a_file(run, digits, tmp_path, monkeypatch):
    monkeypatch.setattr(predicting, "BATCH", 10)
    monkeypatch.setattr(predicting, "SAY_EVERY_S", 0)
    told: list[str] = []
    predict_files(run, f"{digits}/0?.png", out=tmp_path / "a.csv", say=told.append)
    assert told[0] == "Predicted 10 images ..."
    assert told[-1] == f"The predictions are in {tmp_path / 'a.csv'}"


def test_real_digits_are_like_the_training_images(run, digits):
    assert predict_files(run, f"{digits}/[0-9]*.png", say=quiet)["remarks"] == []


def test_ink_on_paper_is_noticed_and_inverting_it_helps(run, digits, expected):
    told: list[str] = []
    remarks = predict_files(run, f"{digits}/ink*.png", say=told.append)["remarks"]
    assert remarks == told[-1:]
    assert remarks[0].startswith("Unlike the training images: 30 of 30 images are light, where")
    assert "--invert helps" in remarks[0]

    inverted = predict_files(run, f"{digits}/ink*.png", invert=True, say=quiet)
    rows = [list(each["probabilities"].values()) for each in inverted["predictions"].values()]
    np.testing.assert_allclose(rows, expected, atol=1e-6)
    assert inverted["remarks"] == []


def test_inverting_what_was_right_is_noticed(run, digits):
    remarks = predict_files(run, f"{digits}/[0-9]*.png", invert=True, say=quiet)["remarks"]
    assert "Leave --invert out" in remarks[0]


def test_a_large_coloured_long_photograph_is_noticed(run, tmp_path):
    Image.new("RGB", (2400, 800), (120, 20, 20)).save(tmp_path / "photo.png")
    remarks = predict_files(run, tmp_path / "photo.png", say=quiet)["remarks"]
    beginnings = [
        "Unlike the training images: 1 of 1 image is coloured",
        "Unlike the training images: the shorter side measures about 800 pixels, that of training "
        "images about 8, and the network sees 8. The images shrink 100-fold",
        "Unlike the training images: in 1 of 1 image, one side is at least twice as long",
    ]
    assert all(map(str.startswith, remarks, beginnings))
    assert len(remarks) == 3


def test_runs_of_earlier_versions_predict_without_remarks(run, digits, tmp_path):
    earlier = tmp_path / "run"
    shutil.copytree(run.folder.path, earlier)
    content = json.loads((earlier / "data.json").read_text())
    del content["appearance"]
    (earlier / "data.json").write_text(json.dumps(content))
    answer = predict_files(tenfold.Run.open(earlier), digits / "ink-00.png", say=quiet)
    assert answer["remarks"] == []


def test_a_network_of_two_channels_takes_no_pictures(run, digits, tmp_path, monkeypatch):
    model = keras.Sequential([keras.Input((8, 8, 2)), keras.layers.Flatten()])
    monkeypatch.setattr(type(run), "model", property(lambda _: model))
    with pytest.raises(tenfold.DataError, match="have 2 channels; image files give 1"):
        predict_files(run, digits, say=quiet)


def test_pictures_are_rendered_as_the_training_images_were(run, tmp_path):
    folder = Path(tmp_path / "run")
    shutil.copytree(run.folder.path, folder)
    content = json.loads((folder / "data.json").read_text())
    scale = {"eight_bits": 255, "sixteen_bits": 4095, "floats": 1.0}
    content["provenance"]["rendering"] = {"side_px": 8, "fit": "squash", "scale": scale}
    (folder / "data.json").write_text(json.dumps(content))
    deep = np.zeros((8, 16), np.uint16)
    deep[:, :4] = 4095  # White at 12 bits; a crop would lose it.
    Image.fromarray(deep).save(tmp_path / "deep.png")
    changed = tenfold.Run.open(folder)
    answer = predict_files(changed, tmp_path / "deep.png", say=quiet)["predictions"]
    image = Image.fromarray((deep > 0).astype(np.uint8) * 255).resize(
        (8, 8), Image.Resampling.LANCZOS
    )
    row = changed.model.predict(np.asarray(image)[None, ..., None], verbose=0)[0]
    found = list(answer[str(tmp_path / "deep.png")]["probabilities"].values())
    np.testing.assert_allclose(found, row, atol=1e-6)


def test_parts_of_a_run_hold_the_same_answers_as_the_run_itself(run, digits, tmp_path, monkeypatch):
    monkeypatch.setattr(predicting_parts, "connected", lambda *_, **__: nullcontext(1))
    monkeypatch.setattr(
        predicting_parts,
        "stream",
        lambda numbers, make_worker, **_: [(each, make_worker().work(each)) for each in numbers],
    )
    expected = predict_files(run, digits, say=quiet)
    answer = tenfold.predict_parts(
        run.folder.path, digits, out=tmp_path / "out", part_rows=25, say=quiet
    )
    assert (answer["n"], answer["n_errors"], answer["n_parts"]) == (60, 1, 3)
    rows = {row["file"]: row for row in read_table(tmp_path / "out" / "parts").to_pylist()}
    assert len(rows) == 61
    for name, found in expected["predictions"].items():
        assert rows[name]["class"] == found["predicted"]
        given = [rows[name][f"probability_{each}"] for each in CLASSES]
        np.testing.assert_allclose(given, list(found["probabilities"].values()), atol=1e-5)
    [(bad, reason)] = expected["skipped"].items()
    assert rows[bad]["error"] == reason
