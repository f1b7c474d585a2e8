import errno
import json
import os

import numpy as np
import pytest

from tenfold.core.errors import TenfoldError
from tenfold.core.splits import Splits
from tenfold.recipes import find_recipe
from tenfold.runs import layout
from tenfold.runs.folder import Folder, RunFolder


@pytest.fixture
def folder(tmp_path):
    return RunFolder.create(tmp_path / "runs" / "one")


def test_refuses_a_number_that_json_does_not_have(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        Folder(tmp_path).write_json("metrics.json", {"loss": float("nan")})
    assert not list(tmp_path.iterdir())


def test_never_writes_into_a_folder_that_holds_something(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(TenfoldError, match="is not empty, and Tenfold never overwrites anything"):
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


def test_refuses_to_open_what_is_not_a_run(tmp_path):
    with pytest.raises(TenfoldError, match="Expected the folder of a run, with a recipe.yaml"):
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


@pytest.mark.parametrize("content", [b"[1]", b"[" * 100_000, b'"a"'])
def test_json_that_holds_no_names_and_values_is_a_clear_error(folder, content):
    (folder / "data.json").write_bytes(content)
    with pytest.raises(TenfoldError, match=r"Cannot read .*data\.json"):
        folder.read_json("data.json")


def test_splits_that_are_cut_changed_or_no_positions_are_a_clear_error(folder):
    folder.write_splits(Splits(train=np.arange(50), validation=np.array([0])))
    whole = (folder / "splits.npz").read_bytes()
    flipped = [whole[:at] + bytes([whole[at] ^ 255]) + whole[at + 1 :] for at in (90, 120, 150)]
    for damaged in (b"", whole[: len(whole) // 2], *flipped):
        (folder / "splits.npz").write_bytes(damaged)
        with pytest.raises(TenfoldError, match=r"Cannot read .*splits\.npz"):
            folder.read_splits()
    np.savez(folder / "splits.npz", train=np.array([0.5]), validation=np.array([0]))
    with pytest.raises(TenfoldError, match=r"expected positions, found float64"):
        folder.read_splits()


def test_aliases_in_a_recipe_are_refused_before_they_fill_the_memory(folder):
    levels = [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 30)]
    (folder / "recipe.yaml").write_text("\n".join(["a0: &a0 {k: 1}", *levels, "seed: 0"]))
    with pytest.raises(TenfoldError, match=r"Cannot read .*recipe\.yaml: it holds aliases"):
        folder.read_recipe()


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
@pytest.mark.parametrize("name", ["lock", "checkpoints", "plots", "model.keras"])
def test_a_folder_with_a_link_to_elsewhere_is_refused(folder, tmp_path, name):
    folder.write_recipe(find_recipe("classic"), seed=0)
    folder.write_json("request.json", {})
    (tmp_path / "mine").mkdir()
    (folder / name).symlink_to(tmp_path / "mine")
    for opened in (RunFolder.open, RunFolder.reopen, RunFolder.create):
        with pytest.raises(TenfoldError, match="is a link to another place|is not empty"):
            opened(folder.path)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_nothing_is_begun_through_a_link(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "run" / "lock").symlink_to(tmp_path / "mine")
    with pytest.raises(TenfoldError, match="is not empty"):
        RunFolder.create(tmp_path / "run")
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_status_without_a_state_is_no_crash(folder):
    (folder / "status.json").write_text("{}")
    assert folder.read_status() == ("None", "None")


def test_what_is_no_longer_true_is_deleted_as_far_as_it_is_there(folder):
    folder.write_text(layout.METRICS, "{}")
    folder.remove(layout.METRICS, layout.SUMMARY)
    assert not folder.has(layout.METRICS)
