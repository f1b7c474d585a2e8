import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

import tenfold
from tenfold.data.digits import gather_digits
from tenfold.experiment import verify as verifying
from tenfold.experiment.resume import resume
from tenfold.experiment.verify import differences
from tenfold.learn.fit import fit
from tenfold.runs.folder import RunFolder

SMALL = {"epochs": 4, "batch_size": 200, "balance": "effective"}
OF_ANOTHER_NETWORK = (
    "predictions", "confusion", "metrics", "summary", "budget", "plots/confusion",
    "plots/first-predictions",
)  # fmt: skip
"""The first letters of the names of files made from a fitted network's predictions."""


def quiet(_: str) -> None:
    """Say nothing."""


class Killed(BaseException):
    """Stands for SIGKILL: no code catches this exception."""


def run(path, **options):
    return tenfold.run("classic", data="digits", out=path, overrides=SMALL, say=quiet, **options)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run."""
    path = tmp_path_factory.mktemp("whole") / "run"
    run(path)
    return path


def killed_at(monkeypatch, path, place):
    """Begin a run that dies when it calls `place`; its status is as SIGKILL leaves it."""

    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(place, die)
        patched.setattr("tenfold.runs.folder.RunFolder.write_status", lambda *_: None)
        run(path)
    RunFolder(path).write_status("running")


@pytest.mark.parametrize(
    "place",
    [
        pytest.param("tenfold.experiment.run.clean", marks=pytest.mark.torture),
        "tenfold.learn.recipe.fit_to_predict",
        pytest.param("tenfold.learn.storage.save_model", marks=pytest.mark.torture),
        "tenfold.experiment.run.predict",
    ],
)
def test_a_run_killed_anywhere_is_resumed_to_the_same_bits(place, monkeypatch, tmp_path, whole):
    killed_at(monkeypatch, tmp_path / "cut", place)
    assert RunFolder(tmp_path / "cut").read_status()[0] == "killed"
    done = resume(tmp_path / "cut", say=quiet)
    assert differences(whole, tmp_path / "cut") == []
    assert done.folder.read_status() == ("finished", "")
    names = {path.name for path in (tmp_path / "cut").iterdir()}
    assert names == {path.name for path in whole.iterdir()}


def test_a_run_from_the_disk_ends_with_the_bits_of_one_from_memory(
    monkeypatch, tmp_path, whole, on_disk
):
    here = gather_digits()
    there = replace(here, train=on_disk(here.train), test=on_disk(here.test))
    monkeypatch.setattr("tenfold.data.digits.gather_digits", lambda: there)
    killed_at(monkeypatch, tmp_path / "cut", "tenfold.experiment.run.predict")
    resume(tmp_path / "cut", say=quiet)
    assert differences(whole, tmp_path / "cut") == []


def test_a_run_that_a_signal_ended_goes_on_to_the_same_bits(monkeypatch, tmp_path, whole):
    def signalled(*_):
        def at_the_second(epoch):
            if epoch.epoch == 2:
                os.kill(os.getpid(), signal.SIGINT)

        return at_the_second

    with monkeypatch.context() as patched:
        patched.setattr("tenfold.experiment.run.EpochLines", signalled)
        done = run(tmp_path / "cut")
    assert done.record.interrupted_by == "SIGINT"
    assert done.folder.read_status() == ("interrupted", "SIGINT during the fit")
    told: list[str] = []
    again = resume(tmp_path / "cut", say=told.append)
    assert "interrupted (SIGINT during the fit)" in told[0]
    assert any("Continuing after step" in line for line in told)
    assert again.record.interrupted_by is None
    assert differences(whole, tmp_path / "cut") == []
    assert not (tmp_path / "cut" / "checkpoints").exists()


def test_a_finished_run_is_left_as_it_is(whole):
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*")}
    told: list[str] = []
    resume(whole, say=told.append)
    assert told == [f"{whole} is finished; there is nothing to resume."]
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*")} == before


def test_says_what_has_changed_since_the_run_began(monkeypatch, tmp_path):
    killed_at(monkeypatch, tmp_path / "cut", "tenfold.learn.recipe.fit_to_predict")
    environment = json.loads((tmp_path / "cut" / "environment.json").read_text())
    environment["cores"] = 99
    (tmp_path / "cut" / "environment.json").write_text(json.dumps(environment))
    told: list[str] = []
    resume(tmp_path / "cut", say=told.append)
    assert any("cores was 99 and is" in line for line in told)


def test_refuses_what_was_never_begun(tmp_path):
    with pytest.raises(tenfold.TenfoldError, match=r"Expected the folder of a run, with a request"):
        resume(tmp_path, say=quiet)


def test_a_folder_that_a_process_died_in_before_its_first_file_can_be_used(tmp_path):
    (tmp_path / "lock").touch()
    (tmp_path / ".request.123.part.json").touch()
    (tmp_path / "plots").mkdir()
    assert RunFolder.create(tmp_path).path == tmp_path


def test_a_model_that_was_exchanged_is_refused(tmp_path, whole):
    import shutil

    shutil.copytree(whole, tmp_path / "copy")
    model = tmp_path / "copy" / "model.keras"
    model.write_bytes(model.read_bytes() + b"\0")
    with pytest.raises(tenfold.TenfoldError, match="is not the file that this run wrote"):
        _ = tenfold.Run.open(tmp_path / "copy").model
    assert tenfold.Run.open(tmp_path / "copy", trust=True).model.count_params() > 0


def test_differences_are_found(tmp_path, whole):
    other = tmp_path / "other"
    tenfold.run("classic", data="digits", out=other, overrides=SMALL, seed=1, say=quiet)
    found = differences(whole, other)
    assert {"metrics.json", "fit.json", "recipe.yaml", "model.keras"} <= set(found)
    assert "data.json" not in found


@pytest.mark.torture
def test_verify_proves_it_with_real_processes():
    told: list[str] = []
    proof = verifying.verify(say=told.append)
    assert proof.holds
    assert proof.to_dict()["resumed"] == ()
    assert "The resumed run equals the run: all bits." in told
    assert len(proof.killed_after) == 2


class FakeProcess:
    """A run that leaves checkpoints until it is killed, or ends at once."""

    def __init__(self, path, returncode=None):
        self.path, self.returncode = path, returncode

    def poll(self):
        folder = self.path / "checkpoints"
        folder.mkdir(exist_ok=True)
        (folder / f"{len(os.listdir(folder)):010}.ckpt").touch()
        return self.returncode

    def kill(self):
        self.returncode = -9

    def communicate(self, timeout=None):  # noqa: ARG002
        return b"", b"tenfold: no room"


def test_verify_kills_in_the_middle_and_finds_what_differs(monkeypatch, tmp_path, whole):
    import shutil
    from contextlib import nullcontext

    other = tmp_path / "other"
    tenfold.run("classic", data="digits", out=other, overrides=SMALL, seed=1, say=quiet)
    ended = []

    def start(_, *arguments):
        path = Path(arguments[-1])
        if arguments[0] == "run" and path.name == "killed":
            path.mkdir()
            return nullcontext(FakeProcess(path))
        source = whole if path.name != "killed" else other
        shutil.copytree(source, path, dirs_exist_ok=True)
        ended.append(path.name)
        return nullcontext(FakeProcess(path, returncode=0))

    monkeypatch.setattr(verifying, "_tenfold", start)
    told: list[str] = []
    proof = verifying.verify(say=told.append)
    assert ended == ["run", "rerun", "killed"]
    assert proof.killed_after == (1, 0)
    assert proof.rerun == ()
    assert "model.keras" in proof.resumed
    assert not proof.holds
    assert told[-1].startswith("NOT proved")


def test_verify_says_which_run_failed_and_why(monkeypatch, tmp_path):
    from contextlib import nullcontext

    monkeypatch.setattr(
        verifying, "_tenfold", lambda *_: nullcontext(FakeProcess(tmp_path, returncode=1))
    )
    with pytest.raises(tenfold.TenfoldError, match="ended with exit code 1: tenfold: no room"):
        verifying.verify(say=quiet)
    with pytest.raises(tenfold.TenfoldError, match="left no checkpoint in time"):
        verifying._kill_when_fitting(tmp_path / "no")


def test_what_an_interrupted_fit_predicted_is_gone_once_the_fit_has_ended(monkeypatch, tmp_path):
    def interrupted(*args, **options):
        interrupting = {"listen": lambda _: os.kill(os.getpid(), signal.SIGTERM)}
        return fit(*args, **{**options, **interrupting})

    with monkeypatch.context() as patched:
        patched.setattr("tenfold.learn.recipe.fit", interrupted)
        run(tmp_path / "cut")
    assert (tmp_path / "cut" / "predictions-test.csv").exists()

    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("tenfold.experiment.run.predict", die)
        resume(tmp_path / "cut", say=quiet)
    left = {str(path.relative_to(tmp_path / "cut")) for path in (tmp_path / "cut").rglob("*.*")}
    assert {"model.keras", "plots/curves.png"} <= left
    assert not [name for name in left if name.startswith(OF_ANOTHER_NETWORK)]
