import errno
import json
import os

import numpy as np
import pytest

from tenfold.core.errors import TenfoldError
from tenfold.core.run_folder import RunFolder
from tenfold.core.splits import Splits
from tenfold.recipes import find_recipe


@pytest.fixture
def folder(tmp_path):
    return RunFolder.create(tmp_path / "runs" / "one")


def test_never_writes_into_a_folder_that_holds_something(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(TenfoldError, match="is not empty, and a run never overwrites"):
        RunFolder.create(tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


def test_a_file_where_the_folder_should_be_is_a_clear_error(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(TenfoldError, match="Cannot write .*out"):
        RunFolder.create(tmp_path / "out")


def test_a_recipe_comes_back_with_its_seed(folder):
    recipe = find_recipe("classic").with_overrides({"epochs": 3})
    folder.write_recipe(recipe, seed=7)
    assert RunFolder.open(folder.path).read_recipe() == (recipe, 7)


def test_splits_come_back(folder):
    folder.write_splits(Splits(train=np.array([1, 2]), validation=np.array([0])))
    splits = folder.read_splits()
    assert (splits.train.tolist(), splits.validation.tolist()) == ([1, 2], [0])


def test_says_how_the_run_stands(folder):
    folder.write_status("failed", "no disk")
    assert json.loads((folder / "status.json").read_text()) == {
        "state": "failed",
        "reason": "no disk",
    }


def test_refuses_to_open_what_is_no_run(tmp_path):
    with pytest.raises(TenfoldError, match="Expected a run's folder"):
        RunFolder.open(tmp_path)


@pytest.mark.parametrize("name", ["recipe.yaml", "splits.npz", "data.json"])
def test_a_damaged_file_is_a_clear_error(folder, name):
    (folder / name).write_bytes(b"\x00[damaged")
    read = {
        "recipe.yaml": folder.read_recipe,
        "splits.npz": folder.read_splits,
        "data.json": lambda: folder.read_json("data.json"),
    }[name]
    with pytest.raises(TenfoldError, match=f"Cannot read .*{name}"):
        read()


def test_a_read_only_place_is_a_clear_error(tmp_path, monkeypatch):
    def refused(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr("pathlib.Path.mkdir", refused)
    with pytest.raises(TenfoldError, match="Cannot write .*run: the file system is read-only"):
        RunFolder.create(tmp_path / "run")
    assert os.listdir(tmp_path) == []
