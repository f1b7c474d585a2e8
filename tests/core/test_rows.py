import pickle

import numpy as np
import pytest

from tenfold.core.errors import DataError
from tenfold.core.rows import Rows

BASE = np.arange(24, dtype=np.uint8).reshape(6, 2, 2, 1)
INDEX = np.array([5, 0, 3, 0])


def test_rows_stand_for_the_array_that_they_would_be():
    rows, array = Rows(BASE, INDEX), BASE[INDEX]
    assert (len(rows), rows.shape, rows.ndim, rows.dtype) == (4, (4, 2, 2, 1), 4, np.uint8)
    assert rows.row_bytes == 4
    for key in (slice(None), slice(1, 3), np.array([3, 1]), 2, -1):
        np.testing.assert_array_equal(rows[key], array[key])


def test_rows_that_are_taken_from_rows_are_counted_from_those():
    taken = Rows(BASE, INDEX).take(np.array([2, 0]))
    np.testing.assert_array_equal(taken[:], BASE[[3, 5]])


def test_rows_do_not_become_an_array_unasked():
    with pytest.raises(TypeError, match=r"read them part by part, as rows\[a:b\]"):
        np.asarray(Rows(BASE, INDEX))


def test_rows_in_memory_reach_another_process_by_content():
    part = np.arange(30).reshape(10, 3)[2:]
    sent = pickle.loads(pickle.dumps(Rows(part, np.array([1]))))
    assert sent[:].tolist() == [[9, 10, 11]]


def test_pickled_rows_are_read_from_their_file(tmp_path):
    np.save(tmp_path / "base.npy", BASE)
    pickled = pickle.dumps(Rows(np.load(tmp_path / "base.npy", mmap_mode="r"), INDEX))
    assert BASE[INDEX].tobytes() not in pickled
    np.testing.assert_array_equal(pickle.loads(pickled)[:], BASE[INDEX])
    (tmp_path / "base.npy").unlink()
    with pytest.raises(DataError, match=r"on this machine.*TENFOLD_CACHE"):
        pickle.loads(pickled)


def test_refuses_to_pickle_rows_whose_file_is_gone(tmp_path):
    np.save(tmp_path / "base.npy", BASE)
    rows = Rows(np.load(tmp_path / "base.npy", mmap_mode="r"), INDEX)
    (tmp_path / "base.npy").unlink()
    with pytest.raises(DataError, match="too many to be sent.*Repeat the command"):
        pickle.dumps(rows)
