import errno
import os
from pathlib import Path

import pytest

from tenfold.core.errors import TenfoldError
from tenfold.runs.files import expanded, written_whole
from tenfold.runs.ownership import new_path


def test_a_file_appears_whole_and_leaves_nothing_beside_it(tmp_path):
    with written_whole(tmp_path / "a.txt") as part:
        part.write_text("whole")
        assert not (tmp_path / "a.txt").exists()
    assert (tmp_path / "a.txt").read_text() == "whole"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_a_failed_block_keeps_the_old_file(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(ZeroDivisionError), written_whole(tmp_path / "a.txt") as part:
        part.write_text("half")
        1 / 0  # noqa: B018
    assert (tmp_path / "a.txt").read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EROFS, "read-only"),
        (errno.EACCES, "you may not write there"),
        (errno.EDQUOT, "quota is used up"),
    ],
)
def test_a_disk_that_refuses_is_a_clear_error_and_leaves_nothing(tmp_path, number, words):
    with (
        pytest.raises(TenfoldError, match=f"Cannot write .*a.txt: .*{words}"),
        written_whole(tmp_path / "a.txt") as part,
    ):
        part.write_text("half")
        raise OSError(number, os.strerror(number))
    assert os.listdir(tmp_path) == []


def test_a_tilde_is_the_home_folder_and_that_of_nobody_stays(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert expanded("~/x") == tmp_path / "x"
    assert expanded("~nobody-of-this-name/x") == Path("~nobody-of-this-name/x")
    assert new_path("~/x", "run") == tmp_path / "x"
