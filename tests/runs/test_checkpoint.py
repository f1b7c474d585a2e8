import errno
import os

import numpy as np
import pytest
from tests.faults.injection import ERRORS, FileFaults

from tenfold.core.errors import TenfoldError
from tenfold.runs.checkpoint import Checkpoint, Checkpoints, DamagedError, read, write


def newest(files, say):
    found = files.latest(say)
    assert found is not None
    return found


def checkpoint(number: int) -> Checkpoint:
    arrays = (np.full((3, 4), number, np.float32), np.array(number), np.empty((0, 2), np.uint8))
    return Checkpoint({"number": number}, arrays)


@pytest.fixture
def files(tmp_path):
    return Checkpoints(tmp_path / "checkpoints")


def test_a_checkpoint_comes_back_with_every_dtype_and_shape(tmp_path):
    given = Checkpoint(
        {"steps": 7, "loss": 0.1, "name": "é"},
        (
            np.arange(6, dtype=np.float64).reshape(2, 3).T,
            np.array(2**60),
            np.array([], np.float32),
            np.array([[True]]),
        ),
    )
    write(tmp_path / "a.ckpt", given)
    found = read(tmp_path / "a.ckpt")
    assert found.state == given.state
    for one, other in zip(found.arrays, given.arrays, strict=True):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        assert np.array_equal(one, other)


def test_the_last_two_are_kept_and_the_newest_is_found(files):
    for number in (9, 10, 11, 100):
        files.save(number, checkpoint(number))
    assert sorted(path.name for path in files.folder.iterdir()) == [
        "0000000011.ckpt",
        "0000000100.ckpt",
    ]
    assert newest(files, print).state == {"number": 100}
    files.clear()
    assert files.latest(print) is None
    assert not files.folder.exists()


@pytest.mark.parametrize("damage", ["flip", "cut", "empty", "other format"])
def test_any_damage_is_noticed_and_the_one_before_used(files, damage):
    files.save(1, checkpoint(1))
    files.save(2, checkpoint(2))
    last = files.folder / "0000000002.ckpt"
    content = last.read_bytes()
    last.write_bytes(
        {
            "flip": content[:20] + bytes([content[20] ^ 1]) + content[21:],
            "cut": content[:-1],
            "empty": b"",
            "other format": b"x",
        }[damage]
    )
    said: list[str] = []
    assert newest(files, said.append).state == {"number": 1}
    assert len(said) == 1
    assert "0000000002.ckpt is damaged" in said[0]


@pytest.mark.parametrize(
    "header", [b"[]", b'{"state": 1, "arrays": [{"dtype": "object", "shape": [1]}]}', b"{"]
)
def test_a_header_that_makes_no_sense_is_damage(tmp_path, header):
    import hashlib

    body = b"TENFOLD1" + len(header).to_bytes(8, "little") + header + b"12345678"
    (tmp_path / "a.ckpt").write_bytes(body + hashlib.sha256(body).digest())
    with pytest.raises(DamagedError, match="is not valid"):
        read(tmp_path / "a.ckpt")


@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
def test_a_save_that_fails_at_any_file_operation_keeps_the_last_good_checkpoint(tmp_path, number):
    with FileFaults(tmp_path) as faults:
        Checkpoints(tmp_path / "counted").save(1, checkpoint(1))
        operations = len(faults.seen)
    assert {"mkdir", "open", "write", "fsync"} <= set(faults.seen)
    assert {"rename", "replace"} & set(faults.seen)
    for at in range(operations):
        files = Checkpoints(tmp_path / str(at))
        files.save(1, checkpoint(1))
        with FileFaults(tmp_path, at, number), pytest.raises(TenfoldError, match="Cannot write"):
            for _ in range(2):  # The folder exists: the last operations are in the second.
                files.save(2, checkpoint(2))
        found = files.latest(print)
        assert found is not None
        assert (found.arrays[0] == found.state["number"]).all()
        files.save(3, checkpoint(3))
        assert newest(files, print).state == {"number": 3}


def test_a_checkpoint_too_many_does_no_harm(files, monkeypatch):
    def refused(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("pathlib.Path.unlink", refused)
    for number in (1, 2, 3):
        files.save(number, checkpoint(number))
    assert newest(files, print).state == {"number": 3}


@pytest.mark.parametrize("n_damaged", [1, 2])
def test_damaged_checkpoints_do_not_count_among_the_last_two(files, n_damaged):
    for number in (490, 500):
        files.save(number, checkpoint(number))
    for number in (500, 490)[:n_damaged]:
        (files.folder / f"0000000{number}.ckpt").write_bytes(b"x")
    files.latest(print)
    for number in (491, 492):
        files.save(number, checkpoint(number))
    assert newest(files, print).state == {"number": 492}
    (files.folder / "0000000492.ckpt").write_bytes(b"x")
    assert newest(files, print).state == {"number": 491}
    files.clear()
    assert not files.folder.exists()


def test_only_checkpoints_are_cleared(files):
    files.save(1, checkpoint(1))
    (files.folder / "mine.txt").write_text("mine")
    files.clear()
    assert [path.name for path in files.folder.iterdir()] == ["mine.txt"]
