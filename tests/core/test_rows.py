import pickle

import numpy as np
import pytest

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


def test_rows_of_a_file_reach_another_process_by_name_and_not_by_content(tmp_path):
    whole = np.arange(100_000, dtype=np.uint8).reshape(-1, 10)
    whole.tofile(tmp_path / "images")
    mapped = np.memmap(tmp_path / "images", np.uint8, "r", shape=whole.shape)
    sent = pickle.dumps(Rows(mapped, np.array([7, 2])))
    assert len(sent) < 1000
    np.testing.assert_array_equal(pickle.loads(sent)[:], whole[[7, 2]])


def test_rows_in_memory_reach_another_process_by_content():
    part = np.arange(30).reshape(10, 3)[2:]
    sent = pickle.loads(pickle.dumps(Rows(part, np.array([1]))))
    assert sent[:].tolist() == [[9, 10, 11]]
