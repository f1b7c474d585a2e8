"""Where a command runs: without a home or working folder, on narrow streams, among odd names."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import tenfold
from tenfold.cli import app
from tenfold.core.errors import DataError, TenfoldError
from tenfold.data.cache import cache_folder
from tenfold.data.cifar10 import find_cifar10, gather_cifar10
from tenfold.runs.files import expanded
from tenfold.runs.run import Run

COMMANDS = (
    ("run", "classic", "--data", "digits"),
    ("train", "classic", "--data", "digits"),
    ("study", "classic", "--data", "digits"),
    ("resume", "run"),
    ("predict", "run"),
    ("predict", "run", "image.png"),
    ("evaluate", "run"),
    ("gather", "--data", "images"),
    ("explore", "--data", "digits"),
    ("clean", "--data", "images"),
    ("split", "--data", "digits"),
    ("doctor",),
)


def quiet(_: str) -> None:
    """Say nothing."""


def two_classes(root: Path, *names: str, n: int = 6) -> Path:
    """Make a folder of `n` dark and bright images for each class."""
    rng = np.random.default_rng(0)
    for label, name in enumerate(names):
        (root / name).mkdir(parents=True)
        for i in range(n):
            pixels = rng.integers(0, 80, (8, 8, 3)) + 150 * (label % 2)
            Image.fromarray(pixels.astype(np.uint8)).save(root / name / f"{i}.png")
    return root


def process(*arguments, **environment):
    """A real command, whose streams are bytes."""
    return subprocess.run(
        [sys.executable, "-m", "tenfold", *map(str, arguments)],
        capture_output=True,
        timeout=60,
        env={**os.environ, **environment},
    )


@pytest.fixture
def homeless(monkeypatch):
    """No HOME, and a user that the system does not know."""

    def unknown(_):
        raise KeyError("uid not found")

    for name in ("HOME", "TENFOLD_CACHE", "XDG_CACHE_HOME", "TENFOLD_CIFAR10", "KERAS_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.setattr("tenfold.data.published.keras_folder", lambda: Path("/nowhere"))


def test_without_a_home_digits_work_and_cifar10_says_what_to_set(homeless, monkeypatch, tmp_path):
    assert len(tenfold.gather("digits", say=quiet).train) == 1438
    assert find_cifar10() is None
    with pytest.raises(DataError, match=r"no home folder.*environment variable TENFOLD_CACHE"):
        gather_cifar10()
    monkeypatch.setenv("TENFOLD_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path


def test_without_a_home_the_doctor_says_so_and_ends_well(homeless):
    done = CliRunner().invoke(app, ["doctor", "--json"])
    assert done.exit_code == 0, done.output
    assert "TENFOLD_CACHE" in json.loads(done.stdout)["cifar10"]


def test_without_a_home_a_tilde_is_refused_and_no_folder_is_called_so(homeless):
    with pytest.raises(TenfoldError, match=r"received ~/x, and there is no home folder"):
        expanded("~/x")


def test_a_cache_that_cannot_be_written_is_a_reason_to_set_another(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TENFOLD_CACHE", str(tmp_path / "file"))
    monkeypatch.delenv("TENFOLD_CIFAR10", raising=False)
    with pytest.raises(DataError, match=r"Cannot write .*set the environment variable TENFOLD_CA"):
        gather_cifar10()


@pytest.mark.slow
def test_pictures_are_drawn_without_a_home_and_without_a_word(tmp_path):
    done = process("explore", "--data", "digits", "--out", tmp_path / "out", HOME="/proc/nowhere")
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "out" / "plots" / "examples.png").is_file()


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A working folder that was deleted."""
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    yield
    os.chdir("/")


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_a_working_folder_that_was_deleted_is_one_line(nowhere, arguments):
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 1, done.output
    assert done.stderr.startswith("tenfold: Cannot use the working folder: No such file")
    assert done.stderr.count("\n") == 1


def test_a_working_folder_that_was_deleted_is_a_clear_error_in_python(nowhere):
    for begin in (tenfold.run, tenfold.train):
        with pytest.raises(TenfoldError, match="It may have been deleted"):
            begin("classic", data="digits", say=quiet)
    for use in (Run.open, tenfold.resume):
        with pytest.raises(TenfoldError, match="It may have been deleted"):
            use("run")


ODD = "K\u00e4\u001b[31mfer\u202e\r"
"""A name with a letter beyond ASCII, a terminal's command, and a change of writing direction."""


@pytest.mark.parametrize(
    ("encoding", "written"),
    [("ascii", rb"K\xe4\x1b[31mfer\u202e\r"), ("cp1252", b"K\xe4" + rb"\x1b[31mfer\u202e\r")],
)
def test_a_story_on_a_narrow_stream_writes_out_what_it_cannot(tmp_path, encoding, written):
    root = two_classes(tmp_path / "images", ODD, "cat")
    (root / ODD / "broken.png").write_bytes(b"no image")
    done = process("gather", "--data", root, PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert b"Skipped " + written + b"/broken.png" in done.stdout
    assert not set(done.stdout + done.stderr) & {0x1B, 0x0D}


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_json_is_the_same_on_every_stream(tmp_path, encoding):
    root = two_classes(tmp_path / "images", ODD, "cat")
    (root / ODD / "broken.png").write_bytes(b"no image")
    done = process("gather", "--data", root, "--json", PYTHONIOENCODING=encoding)
    assert json.loads(done.stdout.decode("ascii"))["skipped"][0][0] == f"{ODD}/broken.png"
    assert not set(done.stdout + done.stderr) & {0x1B, 0x0D}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("resume", ODD), 1), (("gather", "--data", ODD), 1), (("recipes", "quick", ODD), 2)],
)
def test_errors_command_no_terminal(arguments, code):
    done = process(*arguments, PYTHONIOENCODING="cp1252")
    assert done.returncode == code
    assert b"K\xe4" + rb"\x1b[31mfer\u202e" in done.stderr
    assert not set(done.stdout + done.stderr) & {0x1B, 0x0D}


def test_the_help_can_be_written_in_ascii():
    done = process("run", "--help", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"--data" in done.stdout


def test_a_line_of_the_story_stays_one_line_whatever_a_name_holds(tmp_path):
    root = two_classes(tmp_path / "images", "cat", "dog")
    (root / "cat" / "a\ntenfold: all is well").write_bytes(b"no image")
    told: list[str] = []
    tenfold.gather(str(root), say=told.append)
    assert not [line for line in told if "\n" in line]
    assert any(r"a\ntenfold: all is well" in line for line in told)


def test_a_path_that_is_not_utf8_is_kept_in_a_record(tmp_path):
    from tenfold.runs.folder import Folder

    name = os.fsdecode(b"caf\xe9")
    Folder(tmp_path).write_json("kept.json", {"path": name})
    assert Folder(tmp_path).read_json("kept.json") == {"path": name}


@pytest.mark.parametrize("name", ["cifar10", "digits", "mnist"])
def test_a_folder_called_like_a_built_in_source_can_be_had(name, tmp_path, monkeypatch):
    from tenfold.core.data_request import DataRequest
    from tenfold.data.sources import source_for
    from tenfold.experiment.gather import requested

    two_classes(tmp_path / name, "cat", "dog")
    monkeypatch.chdir(tmp_path)
    assert source_for(DataRequest(name)).name == name
    for asked in (f"./{name}", Path(name)):
        request = requested(asked, {})
        assert (source_for(request).name, request.data) == ("folder", str(tmp_path / name))


def test_a_folder_called_digits_that_holds_cifar10_is_not_digits(tmp_path, monkeypatch):
    (tmp_path / "digits").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tenfold.data.cifar10._looks_unpacked", lambda _: True)
    told: list[str] = []
    assert tenfold.gather("digits", say=told.append).name == "digits"
    assert told[0] == "'digits' is the data set of that name; './digits' is what is here."


def test_a_tilde_is_the_home_folder_in_every_path(tmp_path, monkeypatch):
    from tenfold.data.wanted import find_wanted
    from tenfold.runs.ownership import new_path

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    two_classes(tmp_path / "x", "cat", "dog")
    assert new_path("~/out", "name") == tmp_path / "out"
    assert tenfold.gather("~/x", say=quiet).provenance.request.data == str(tmp_path / "x")
    for use in (Run.open, tenfold.resume):
        with pytest.raises(TenfoldError, match=f"received {tmp_path}/run"):
            use("~/run")
    for name in ("TENFOLD_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.setenv("TENFOLD_CACHE", "")
        monkeypatch.setenv(name, "~/kept")
        assert cache_folder().is_relative_to(tmp_path / "kept")
        monkeypatch.delenv(name)  # Others do not expand it.
    monkeypatch.setenv("TENFOLD_CIFAR10", "~/archive")
    assert find_cifar10() == str(tmp_path / "archive")
    with pytest.raises(DataError, match=f"There is no archive {tmp_path}/archive"):
        gather_cifar10()
    with pytest.raises(DataError, match=f"There is no archive {tmp_path}/other"):
        tenfold.gather("cifar10", archive="~/other", say=quiet)

    (wanted,) = find_wanted(["~/none.png"])
    assert wanted.path == tmp_path / "none.png"
    assert not (tmp_path / "~").exists()
