"""Predicting many images in parts that survive any kill."""

import json
from contextlib import nullcontext

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow.parquet import read_table, write_table
from tests.made_exports import CLASSES, usual, write_export

import tenfold
from tenfold.cluster.connect import ClusterError
from tenfold.core.errors import DataError, ImageError, RunFolderError
from tenfold.deploy.classifier import Classifier
from tenfold.experiment import predicting_parts
from tenfold.experiment.predicting_parts import PartPredictor, predict_parts

N = 23


def quiet(_: str) -> None:
    pass


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    return write_export(tmp_path_factory.mktemp("export") / "made.onnx", familiarity=usual())


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Twenty-two pictures of noise and a file that is not one, in two folders."""
    folder, random = tmp_path_factory.mktemp("images"), np.random.default_rng(3)
    for number in range(N - 1):
        path = folder / f"{number % 2}" / f"{number:02}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(random.integers(0, 256, (6, 5, 3), np.uint8)).save(path)
    (folder / "1" / "bad.png").write_text("not an image")
    return folder


class Cut(BaseException):
    """Stands for a kill."""


@pytest.fixture
def here(monkeypatch):
    """Work in this process, without Ray; a kill comes after `here.last` parts."""

    class Here:
        last = 10**9

        def stream(self, numbers, make_worker, **_):
            worker = make_worker()
            for done, number in enumerate(numbers):
                if done == self.last:
                    raise Cut
                yield number, worker.work(number)

    made = Here()
    monkeypatch.setattr(predicting_parts, "connected", lambda *_, **__: nullcontext(2))
    monkeypatch.setattr(predicting_parts, "stream", made.stream)
    return made


def states(folder):
    """What would change if a file of a folder were written again."""
    return {each.name: (each.stat().st_ino, each.stat().st_mtime_ns) for each in folder.iterdir()}


def test_every_image_is_a_row_that_says_what_load_says(export, images, here, tmp_path):
    answer = predict_parts(export, images, out=tmp_path / "out", part_rows=5, say=quiet)
    assert [answer[name] for name in ("n", "n_errors", "n_parts", "n_parts_kept")] == [22, 1, 5, 0]
    files = sorted((tmp_path / "out" / "parts").iterdir())
    assert [each.name for each in files] == [f"part-{n:05}.parquet" for n in range(5)]
    assert [read_table(each).num_rows for each in files] == [5, 5, 5, 5, 3]
    rows = read_table(tmp_path / "out" / "parts").to_pylist()
    assert [row["file"] for row in rows] == sorted(str(each) for each in images.rglob("*.png"))
    network = tenfold.load(export)
    for row in rows:
        if row["file"].endswith("bad.png"):
            assert "not a readable PNG" in row["error"]
            assert row["class"] is row["probability"] is row["unfamiliar"] is None
            continue
        [expected] = network.predict(row["file"])
        assert (row["class"], row["unfamiliar"]) == (expected.label, expected.unfamiliar)
        assert row["error"] is None
        found = [row[f"probability_{name}"] for name in CLASSES]
        np.testing.assert_allclose(found, list(expected.probabilities.values()), atol=1e-6)
        assert row["probability"] == max(found)
    assert {row["unfamiliar"] for row in rows} == {True, False, None}
    assert answer["predicted"] == {
        name: n for name in CLASSES if (n := sum(row["class"] == name for row in rows))
    }


@pytest.mark.parametrize("last", [0, 1, 4])
def test_what_was_cut_goes_on_and_finished_parts_are_not_written_again(
    last, export, images, here, tmp_path
):
    out = tmp_path / "cut"
    here.last = last
    with pytest.raises(Cut):
        predict_parts(export, images, out=out, part_rows=5, say=quiet)
    (out / "parts").mkdir(exist_ok=True)
    before = states(out / "parts")
    assert len(before) == last
    left = out / "parts" / ".part-00003.123.part.parquet"
    left.write_bytes(b"of a worker that was killed")
    here.last = 10**9
    answer = predict_parts(export, images, out=out, say=quiet)
    assert answer["n_parts_kept"] == last
    assert not left.exists()
    after = states(out / "parts")
    assert {name: after[name] for name in before} == before
    whole = predict_parts(export, images, out=tmp_path / "whole", part_rows=5, say=quiet)
    assert read_table(out / "parts").equals(read_table(tmp_path / "whole" / "parts"))
    assert {**whole, "folder": 0, "n_parts_kept": 0} == {**answer, "folder": 0, "n_parts_kept": 0}


def test_a_kill_before_the_list_is_complete_begins_again(export, images, here, tmp_path):
    out = tmp_path / "out"
    here.last = 0
    with pytest.raises(Cut):
        predict_parts(export, images, out=out, part_rows=5, say=quiet)
    (out / "manifest.json").unlink()  # It comes last.
    (out / "listing" / "00000.parquet").write_bytes(b"PAR1")
    here.last = 10**9
    assert predict_parts(export, images, out=out, part_rows=7, say=quiet)["n_parts"] == 4


def test_asked_again_nothing_is_left_to_do_and_the_answer_is_the_same(
    export, images, here, tmp_path
):
    first = predict_parts(export, images, out=tmp_path, part_rows=5, say=quiet)
    here.last = 0
    again = predict_parts(export, images, out=tmp_path, say=quiet)
    assert {**first, "n_parts_kept": 5} == again


def test_a_part_of_a_worker_that_was_killed_before_it_answered_is_not_written_again(
    export, images, here, tmp_path
):
    predict_parts(export, images, out=tmp_path, part_rows=5, say=quiet)
    before = states(tmp_path / "parts")
    found = json.loads(PartPredictor(str(tmp_path)).work(2))
    assert states(tmp_path / "parts") == before
    assert found["n"] + found["n_errors"] == 5


def test_no_more_images_are_in_memory_than_are_predicted_at_once(
    export, images, here, tmp_path, monkeypatch
):
    predict_parts(export, images, out=tmp_path / "whole", say=quiet)
    sizes: list[int] = []
    figures = Classifier.figures

    def noted(self, images):
        sizes.append(len(images))
        return figures(self, images)

    monkeypatch.setattr(Classifier, "figures", noted)
    monkeypatch.setattr(predicting_parts, "BATCH", 4)
    predict_parts(export, images, out=tmp_path / "out", say=quiet)
    assert (max(sizes), sum(sizes)) == (4, N - 1)
    found, whole = (read_table(tmp_path / each / "parts") for each in ("out", "whole"))
    assert found["file"].equals(whole["file"])
    assert found["class"].equals(whole["class"])


def test_rows_of_parquet_files_are_predicted_by_number(export, images, here, tmp_path):
    files = sorted(images.rglob("[0-9]*.png"))
    write_table(pa.table({"image": [each.read_bytes() for each in files]}), tmp_path / "a.parquet")
    predict_parts(export, tmp_path / "a.parquet", out=tmp_path / "rows", part_rows=9, say=quiet)
    predict_parts(export, [str(each) for each in files], out=tmp_path / "files", say=quiet)
    rows, named = (read_table(tmp_path / each / "parts") for each in ("rows", "files"))
    assert rows["row"].to_pylist() == list(range(N - 1))
    assert rows.drop_columns(["file", "row"]).equals(named.drop_columns(["file", "row"]))


def test_no_readable_image_at_all_is_an_error(export, images, here, tmp_path):
    with pytest.raises(ImageError, match="none of the 1 given can be read"):
        predict_parts(export, images / "1" / "bad.png", out=tmp_path, say=quiet)


def test_refuses_a_folder_of_something_else_and_another_network(export, images, here, tmp_path):
    other = write_export(tmp_path / "other.onnx")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    with pytest.raises(RunFolderError, match="holds notes.txt, and no predictions to go on with"):
        predict_parts(export, images, out=mine, say=quiet)
    with pytest.raises(RunFolderError, match="notes.txt is a file"):
        predict_parts(export, images, out=mine / "notes.txt", say=quiet)
    predict_parts(export, images, out=tmp_path / "out", say=quiet)
    with pytest.raises(RunFolderError, match="holds predictions of the network"):
        predict_parts(other, images, out=tmp_path / "out", say=quiet)
    with pytest.raises(RunFolderError, match=r"predictions of the images .*, not .*/0\. Ask"):
        predict_parts(export, images / "0", out=tmp_path / "out", say=quiet)


def test_refuses_parts_of_no_rows_and_a_missing_ray(export, images, tmp_path, monkeypatch):
    with pytest.raises(DataError, match=r"Expected `part_rows` to be 1 or more; received 0"):
        predict_parts(export, images, out=tmp_path / "out", part_rows=0)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(ClusterError, match=r"pip install 'tenfold\[cluster\]'"):
        predict_parts(export, images, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
