"""A run whose images are missing, have moved, or have changed."""

import json
import shutil

import pytest
from PIL import Image
from tests.made_folders import dark_and_light

import tenfold
from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError
from tenfold.data.sources import moved
from tenfold.experiment.gather import gather_again
from tenfold.experiment.verify import differences
from tenfold.runs.folder import RunFolder
from tenfold.runs.run import Run

SMALL = {"epochs": 2, "batch_size": 10, "widths": [8], "validation": "20%"}


class Killed(BaseException):
    """Stands for SIGKILL: no code catches this exception."""


def quiet(_: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Twenty images of each class, and an uninterrupted run."""
    root = tmp_path_factory.mktemp("moved")
    dark_and_light(root / "data", ("cat", "dog"))
    run(root / "data", root / "run")
    return root


@pytest.fixture
def data(made, tmp_path):
    """A folder of the user's images, and a finished run on them."""
    shutil.copytree(made / "data", tmp_path / "data")
    shutil.copytree(made / "run", tmp_path / "run")
    path = tmp_path / "run" / "data.json"
    path.write_text(path.read_text().replace(str(made / "data"), str(tmp_path / "data")))
    return tmp_path / "data"


def run(data, out, **options):
    return tenfold.run(
        "classic", data=str(data), out=out, overrides=SMALL, say=quiet, side_px=8, **options
    )


def again(before, **options):
    return gather_again(Run.open(before.parent / "run"), say=quiet, **options)


def killed_at(monkeypatch, data, out, place):
    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(place, die)
        patched.setattr("tenfold.runs.folder.RunFolder.write_status", lambda *_: None)
        run(data, out)
    RunFolder(out).write_status("running")


def test_says_where_images_were_that_are_gone(data):
    place = data.rename(data.parent / "new")
    with pytest.raises(DataError, match=f"were read from {data}, where there is nothing now. Re"):
        again(data)
    found = again(data, data=place)
    assert found.digests() == json.loads((data.parent / "run/data.json").read_text())["digests"]
    assert found.provenance.location == str(place)
    assert found.provenance.asked == DataRequest(str(place), side_px=8)
    with pytest.raises(DataError, match="read from"):  # The record keeps the old place.
        again(data)


def test_what_was_added_is_named_by_class_with_its_counts(data):
    # 20 % of each class are for testing: 16 and 4 of 20; 17 and 4 of 21.
    shutil.copy(data / "cat" / "0.png", data / "dog" / "extra.png")
    with pytest.raises(DataError, match=r"training images of dog \(16 then, 17 now\)") as caught:
        again(data)
    assert "cat (" not in str(caught.value)
    then = json.loads((data.parent / "run/data.json").read_text())["digests"]["train"]
    assert f"Expected the checksums {{'train': '{then}'" in str(caught.value)


def test_a_class_that_came_or_went_is_named(data):
    shutil.copytree(data / "dog", data / "bird")
    with pytest.raises(DataError, match=r"training images of bird \(0 then, 16 now\)"):
        again(data)


def test_other_pixels_under_the_same_names_are_named(data):
    for path in (data / "cat").iterdir():
        Image.new("RGB", (8, 8), "white").save(path)
    with pytest.raises(DataError, match="as many training images of each class, but not the same"):
        again(data)


def test_what_systems_leave_behind_is_no_change(data):
    for name in ("cat/.DS_Store", "dog/Thumbs.db", "notes.txt"):
        (data / name).write_text("x")
    assert len(again(data).train) == 32


def test_images_that_cannot_be_read_again_keep_their_own_reason(data):
    shutil.rmtree(data / "dog")
    with pytest.raises(DataError, match=f"{data}, and cannot be read again: .*two classes"):
        again(data)


@pytest.mark.parametrize(
    "place",
    [
        "tenfold.experiment.run.prepare",
        "tenfold.experiment.run.split",
        "tenfold.learn.recipe.fit_to_predict",
        "tenfold.experiment.run.predict",
    ],
)
def test_a_killed_run_goes_on_from_the_new_place(place, monkeypatch, made, data):
    cut = data.parent / "cut"
    killed_at(monkeypatch, data, cut, place)
    new = data.rename(data.parent / "new")
    with pytest.raises(DataError, match=f"read from {data}, where there is nothing now"):
        tenfold.resume(cut, say=quiet)
    done = tenfold.resume(cut, data=new, say=quiet)
    assert done.folder.read_status() == ("finished", "")
    assert [each for each in differences(made / "run", cut) if each != "data.json"] == []


def test_a_killed_run_does_not_go_on_with_other_images(monkeypatch, data):
    killed_at(monkeypatch, data, data.parent / "cut", "tenfold.learn.recipe.fit_to_predict")
    new = data.rename(data.parent / "new")
    shutil.copy(new / "cat" / "0.png", new / "dog" / "extra.png")
    with pytest.raises(DataError, match=r"dog \(16 then, 17 now\)"):
        tenfold.resume(data.parent / "cut", data=new, say=quiet)


def test_an_archive_that_has_moved_is_named_as_one(tmp_path):
    asked = DataRequest("cifar10", archive="/gone/archive.tar.gz")
    assert moved(asked, str(tmp_path)) == DataRequest("cifar10", archive=str(tmp_path))
    folder = DataRequest("/gone", side_px=8)
    assert moved(folder, str(tmp_path)) == DataRequest(str(tmp_path), side_px=8)
