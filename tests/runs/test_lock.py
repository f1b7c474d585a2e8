import os
import subprocess
import sys

import pytest

from tenfold.core.errors import TenfoldError
from tenfold.runs.lock import is_locked, locked

HOLD = (
    "import sys, pathlib\nfrom tenfold.runs.lock import locked\n"
    "with locked(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()\n"
)


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


def test_one_process_holds_it_and_another_is_told_who(tmp_path, holder):
    assert is_locked(tmp_path / "lock")
    with (
        pytest.raises(TenfoldError, match=f"is in use by process {holder.pid} on "),
        locked(tmp_path / "lock"),
    ):
        pass


def test_the_lock_of_a_killed_process_is_stale_and_taken(tmp_path, holder):
    holder.kill()
    holder.wait()
    assert not is_locked(tmp_path / "lock")
    with locked(tmp_path / "lock"):
        assert is_locked(tmp_path / "lock")
        assert f"process {os.getpid()} on " in (tmp_path / "lock").read_text()
    assert not is_locked(tmp_path / "lock")


def test_a_lock_in_no_folder_is_a_clear_error(tmp_path):
    with pytest.raises(TenfoldError, match="Cannot write"), locked(tmp_path / "no" / "lock"):
        pass


def test_a_file_system_without_locks_is_said(tmp_path, monkeypatch):
    import errno

    def refused(_):
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))

    monkeypatch.setattr("tenfold.runs.lock._take", refused)
    with (
        pytest.raises(TenfoldError, match="a file system that supports locks"),
        locked(tmp_path / "lock"),
    ):
        pass


def test_a_place_where_nobody_may_write_is_not_held(tmp_path, monkeypatch):
    (tmp_path / "lock").write_text("")

    def refused(*_, **__):
        raise PermissionError

    monkeypatch.setattr("pathlib.Path.open", refused)
    assert not is_locked(tmp_path / "lock")
