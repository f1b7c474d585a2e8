"""Work that is spread over Ray's workers gives what it gives here, whoever dies meanwhile."""

import json
import os
import subprocess
import sys
import time
from typing import Any

import pytest
from tests.conftest import bright_and_dark

import tenfold
from tenfold.cluster.spread import spread, threads_variables
from tenfold.experiment.spreading import Place, workers
from tenfold.experiment.verify import differences
from tenfold.runs.checkpoint import Checkpoints

RAY = pytest.mark.cluster
FITS = {"epochs": 2, "batch_size": 100, "train_size": 300}
STUDY = [sys.executable, "-m", "tenfold", "study", "classic-plain", "classic", "--seeds", "2"]


def quiet(_: str) -> None:
    """Say nothing."""


def options(overrides):
    return [
        "--data", "digits", *(w for k, v in overrides.items() for w in ("--set", f"{k}={v}"))
    ]  # fmt: skip


def numbers(path):
    """What the fits of a study found, without their seconds."""
    fits = json.loads((path / "fits.json").read_text())["fits"]
    for fit in fits:
        del fit["fit_s"]
        for epoch in fit["epochs"]:
            del epoch["wall_s"]
    return fits


@RAY
def test_a_task_whose_worker_dies_is_begun_again_with_as_many_threads_as_cores(two_nodes, tmp_path):
    def work(shared, task):
        died = tmp_path / str(task)
        if task % 2 and not died.exists():
            died.touch()
            os.abort()
        return shared + task, os.environ["TF_NUM_INTRAOP_THREADS"]

    found = dict(spread(work, 100, range(4), address=two_nodes, cores_each=1, say=quiet))
    assert found == {task: (100 + task, "1") for task in range(4)}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "3"]


@RAY
def test_an_error_that_the_user_can_correct_comes_back_as_itself(two_nodes):
    def work(shared, task):
        raise tenfold.DataError("There are no images.")

    with pytest.raises(tenfold.DataError, match=r"^There are no images\.$"):
        list(spread(work, None, [0], address=two_nodes, cores_each=1, say=quiet))


@RAY
def test_a_killed_study_on_workers_goes_on_to_what_this_machine_finds_by_itself(
    two_nodes, tmp_path
):
    here, there = tmp_path / "here", tmp_path / "there"
    small = {**FITS, "epochs": 40}
    one_thread = {**os.environ, **threads_variables(1)}
    subprocess.run(
        [*STUDY, *options(small), "--out", str(here)],
        env=one_thread, check=True, capture_output=True,
    )  # fmt: skip
    asked = [*STUDY, *options(small), "--cluster", two_nodes]
    child = subprocess.Popen(
        [*asked, "--out", str(there)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    until = time.monotonic() + 120
    while not (there / "fits.json").exists():
        assert child.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    child.kill()
    child.wait()
    n_kept = len(json.loads((there / "fits.json").read_text())["fits"])
    assert 1 <= n_kept < 4
    done = subprocess.run(
        [*asked, "--resume", str(there)], check=True, capture_output=True, text=True
    )
    assert f"{n_kept} fit" in done.stdout
    assert numbers(there) == numbers(here)
    for path in (here / "predictions").iterdir():
        assert (there / "predictions" / path.name).read_bytes() == path.read_bytes()
    assert not (there / "checkpoints").exists()


@RAY
def test_folds_on_workers_are_the_folds_of_this_machine(two_nodes, tmp_path):
    train, test = bright_and_dark(60, seed=3), bright_and_dark(20, seed=4)
    asked: dict[str, Any] = {
        "data": (train.images[:], train.labels, test.images[:], test.labels),
        "folds": 2,
        "overrides": {"epochs": 2, "batch_size": 20, "widths": [8], "patience": None},
    }
    here = tenfold.run("classic", out=tmp_path / "here", say=quiet, **asked)
    lines: list[str] = []
    there = tenfold.run(
        "classic", out=tmp_path / "there", cluster=two_nodes, say=lines.append, **asked
    )
    assert sorted(line for line in lines if line.startswith("\nFold ")) == [
        "\nFold 1 of 2", "\nFold 2 of 2",
    ]  # fmt: skip
    assert differences(here.folder.path, there.folder.path) == []


def test_checkpoints_are_kept_only_where_the_same_folder_is_seen(tmp_path):
    (tmp_path / "mark").write_text("one study")
    place = Place.of(tmp_path, "mark")
    there = tmp_path / "states" / "a"
    assert place.checkpoints("states/a") == Checkpoints(there)
    assert place.checkpoints("states/a", 7.0) == Checkpoints(there, 7.0)
    (tmp_path / "mark").write_text("another study in a folder of that name")
    assert place.checkpoints("states/a") is None
    (tmp_path / "mark").unlink()
    assert place.checkpoints("states/a") is None


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ((None, 2), r"`cores_per_fit` is for fits on a cluster. Add `cluster='local'` for"),
        (("local", 0), r"Expected `cores_per_fit` of 1 or more; received 0"),
    ],
)
def test_refuses_cores_that_no_fit_can_have(asked, message):
    with pytest.raises(tenfold.TenfoldError, match=message):
        workers(*asked)


def test_a_run_on_a_cluster_needs_folds(tmp_path):
    with pytest.raises(tenfold.TenfoldError, match=r"`cluster` is for the fits of `folds`; a run"):
        tenfold.run("quick", data="digits", out=tmp_path / "no", cluster="local", say=quiet)
    assert not (tmp_path / "no").exists()


def test_fits_here_do_not_start_ray(monkeypatch):
    monkeypatch.setattr("tenfold.cluster.connect.check_ray", lambda: 1 / 0)
    assert workers(None, None) is None
