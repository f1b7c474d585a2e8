import os
import shutil

import numpy as np
import pytest
from PIL import Image

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError, TenfoldError
from tenfold.core.rendering import Rendering
from tenfold.data import decoding, reading
from tenfold.data.assembly import rendering_for
from tenfold.data.folder import gather_folder
from tenfold.data.picture import FORMAT_NAMES


@pytest.fixture
def paint(tmp_path):
    """Write grey squares below tmp_path/root; the grey level tells them apart."""
    root = tmp_path / "root"

    def write(files):
        for name, grey in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (6, 6), grey).save(root / name)
        return root

    return write


TEN = {f"{name}/{i}.png": 100 * c + i for c, name in enumerate(["cat", "dog"]) for i in range(10)}
SPLIT = {"train/b/1.png": 1, "train/a/2.png": 2, "train/a/3.png": 3, "test/a/4.png": 4}


def test_gathers_one_folder_for_each_class(paint):
    dataset = gather_folder(paint(TEN), Rendering(5))
    assert (dataset.name, dataset.classes, dataset.shape) == ("folder", ("cat", "dog"), (5, 5, 3))
    for part in (dataset.train, dataset.test):
        for image, label, file in zip(part.images[:], part.labels, part.files, strict=True):
            assert (image == TEN[file]).all()
            assert file.startswith(dataset.classes[label] + "/")
    assert {*dataset.train.files, *dataset.test.files} == set(TEN)
    np.testing.assert_array_equal(np.bincount(dataset.train.labels), [8, 8])
    np.testing.assert_array_equal(np.bincount(dataset.test.labels), [2, 2])
    assert dataset.provenance.rendering == Rendering(5)
    assert any("fixed 20 % of each class" in note for note in dataset.provenance.notes)


def test_gathers_train_and_test_folders(paint):
    dataset = gather_folder(paint(SPLIT))
    assert set(dataset.train.files) == {"train/b/1.png", "train/a/2.png", "train/a/3.png"}
    assert dataset.test.files == ("test/a/4.png",)
    assert dataset.classes == ("a", "b")
    assert dataset.shape == (32, 32, 3)
    assert "The test set has no image of b." in dataset.provenance.notes


def test_the_order_is_shuffled_but_the_same_each_time(paint):
    root = paint(TEN)
    one, two = gather_folder(root), gather_folder(root)
    assert one.train.files == two.train.files
    assert one.test.files == two.test.files
    assert len(set(one.train.labels[:8].tolist())) == 2  # Not one class after the other.


def test_unreadable_files_are_listed_and_left_alone(paint):
    root = paint(TEN)
    (root / "cat" / "broken.png").write_bytes((root / "cat" / "0.png").read_bytes()[:45])
    (root / "cat" / "notes.txt").write_text("not an image")
    (root / "loose.png").write_bytes(b"x")
    (root / "dog" / "more").mkdir()
    before = sorted(root.rglob("*"))
    skipped = dict(gather_folder(root).provenance.skipped)
    assert set(skipped) == {"cat/broken.png", "cat/notes.txt", "loose.png", "dog/more"}
    assert skipped["cat/notes.txt"] == f"not a readable {FORMAT_NAMES} image"
    assert skipped["loose.png"] == "lies outside the class folders"
    assert skipped["dog/more"] == "an empty folder inside a class folder"
    assert "damaged" in skipped["cat/broken.png"]
    assert sorted(root.rglob("*")) == before


def test_what_file_managers_leave_is_passed_over(paint):
    root = paint(TEN)
    (root / ".cache").mkdir()
    for name in (".DS_Store", "cat/.DS_Store", "cat/Thumbs.db", "cat/desktop.ini"):
        (root / name).write_text("x")
    dataset = gather_folder(root)
    assert dataset.provenance.skipped == ()
    assert dataset.classes == ("cat", "dog")


def test_what_lies_beside_train_and_test_is_listed(paint):
    root = paint({**SPLIT, "more/a/1.png": 1})
    skipped = gather_folder(root).provenance.skipped
    assert skipped == (("more", "lies beside the folders train and test"),)


def test_links_out_of_the_folder_are_skipped_and_links_within_are_read(paint, tmp_path):
    outside = tmp_path / "outside"
    shutil.copytree(paint(TEN) / "cat", outside)
    root = paint(TEN)
    (root / "cat" / "out.png").symlink_to(outside / "1.png")
    (root / "cat" / "broken.png").symlink_to(root / "nowhere.png")
    (root / "cat" / "loop.png").symlink_to(root / "cat" / "loop.png")
    (root / "cat" / "within.png").symlink_to(root / "dog" / "1.png")
    (root / "bird").symlink_to(outside)
    dataset = gather_folder(root)
    skipped = dict(dataset.provenance.skipped)
    assert skipped["cat/out.png"] == skipped["bird"] == "a link to outside the folder"
    assert {"cat/broken.png", "cat/loop.png"} < set(skipped)
    assert "cat/within.png" in {*dataset.train.files, *dataset.test.files}
    assert dataset.classes == ("cat", "dog")


def test_a_name_that_is_no_utf_8_is_spelt_out(paint):
    root = paint(TEN)
    shutil.copy(root / "cat" / "0.png", os.fsencode(root / "cat") + b"/caf\xe9.png")
    dataset = gather_folder(root)
    assert "cat/caf\\xe9.png" in {*dataset.train.files, *dataset.test.files}


def test_a_class_whose_files_cannot_be_read_is_no_class(paint):
    root = paint(TEN)
    (root / "empty").mkdir()
    (root / "bird").mkdir()
    (root / "bird" / "1.png").write_bytes(b"")
    assert gather_folder(root).classes == ("cat", "dog")


def test_says_how_far_the_reading_is(paint, monkeypatch):
    monkeypatch.setattr(reading, "_SAY_FROM", 20)
    monkeypatch.setattr(decoding, "_CHUNK", 3)
    said: list[str] = []
    gather_folder(paint(TEN), say=said.append)
    assert said == [f"Read {n} of 20 files ..." for n in (3, 6, 9, 12, 15, 18, 20)]


def test_refuses_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(TenfoldError, match="There is no folder .*missing"):
        gather_folder(tmp_path / "missing")


@pytest.mark.parametrize("side_px", [0, -1, 3, 1025])
def test_refuses_a_side_no_image_can_have(side_px):
    with pytest.raises(DataError, match=rf"`side_px` to be 4\.\.1024 pixels; received {side_px}"):
        rendering_for(DataRequest("mine", side_px=side_px))


def test_refuses_a_fit_that_there_is_not():
    with pytest.raises(DataError, match="`fit` to be crop, pad or squash; received 'stretch'"):
        rendering_for(DataRequest("mine", fit="stretch"))  # type: ignore[arg-type]


def test_refuses_a_folder_without_images(tmp_path):
    with pytest.raises(TenfoldError, match="holds no files. Put images there"):
        gather_folder(tmp_path)


def test_refuses_a_folder_without_a_readable_image(tmp_path):
    (tmp_path / "cat").mkdir()
    (tmp_path / "cat" / "1.png").write_text("nothing")
    with pytest.raises(
        TenfoldError, match=r"can be read: cat/1.png: not a readable PNG.*Replace these files"
    ):
        gather_folder(tmp_path)


def test_refuses_a_single_class(paint):
    with pytest.raises(TenfoldError, match="at least two classes; received one, 'cat'"):
        gather_folder(paint({"cat/1.png": 0, "cat/2.png": 1}))


def test_refuses_a_class_that_is_in_the_test_folder_only(paint):
    with pytest.raises(TenfoldError, match="class 'c' of .*test has no readable image in"):
        gather_folder(paint({**SPLIT, "test/c/1.png": 1}))


def test_refuses_a_test_folder_without_images(paint):
    root = paint(SPLIT)
    (root / "test" / "a" / "4.png").write_text("nothing")
    with pytest.raises(TenfoldError, match="No image in .*test can be read"):
        gather_folder(root)
