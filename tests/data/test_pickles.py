import os
import pickle
import struct

import numpy as np
import pytest

from tenfold.data.pickles import read_pickle

# What Python 2 wrote: an array of two bytes, as in the official batches.
PYTHON_2 = (
    b"\x80\x02}(U\x04dataq\x01cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\n"
    b"K\x00\x85U\x01b\x87R(K\x01K\x01K\x02\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|"
    b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x02\x07\xfftbU\x06labels](K\x03K\x04eu."
)


def test_reads_what_python_2_wrote():
    content = read_pickle(PYTHON_2)
    np.testing.assert_array_equal(content["data"][0], np.array([7, 255], dtype=np.uint8))
    assert content["labels"] == [3, 4]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("protocol", [3, 4])
def test_reads_what_python_3_wrote(order, protocol):
    array = np.arange(6, dtype=np.uint8).reshape(2, 3).copy(order)
    content = read_pickle(pickle.dumps({"data": array}, protocol=protocol))
    np.testing.assert_array_equal(content["data"], array)
    assert content["data"].dtype == np.uint8


class RunsCode:
    def __reduce__(self):
        return os.mkdir, ("made-by-a-stranger",)


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_refuses_a_pickle_that_tries_to_run_code(protocol, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"asks for posix\.mkdir|asks for nt\.mkdir"):
        read_pickle(pickle.dumps({"data": RunsCode()}, protocol=protocol))
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ["numpy load", "numpy.core.multiarray scalar", "builtins eval", "numpy ndarray.tofile"]
)
def test_refuses_every_name_but_the_three(name):
    module, _, attribute = name.partition(" ")
    with pytest.raises(ValueError, match=f"asks for {module}.{attribute}; only numpy's"):
        read_pickle(b"\x80\x02c" + f"{module}\n{attribute}\n.".encode())


@pytest.mark.parametrize(
    ("pickled", "reason"),
    [
        (b"", "damaged"),
        (PYTHON_2[:60], "damaged"),
        (b"<!DOCTYPE html><html></html>", "damaged"),
        (b"\x80\x02)\x81.", "operation NEWOBJ"),
        (b"\x80\x02]0.", "operation POP"),
        (b"\x80\x02e.", "damaged"),
        (b"\x80\x02U\x01aU\x01bb.", "damaged"),
        (pickle.dumps([1, 2]), "a list instead of a dict"),
        (b"\x80\x02}r" + struct.pack("<I", 2**31) + b".", "object as number 2,147,483,648"),
        (b"\x80\x04B" + struct.pack("<I", 2**31) + b"abc.", "expected 2147483648 bytes"),
        (b"\x80\x02)\x85q\x00h\x00h\x00\x86.", "uses a tuple twice"),
        (b"\x80\x04}q\x05q\x05)\x85\x94h\x01h\x01\x86.", "uses a tuple twice"),
        (pickle.dumps({"data": np.zeros(2, "f4")}, protocol=4), "of type uint8"),
        (PYTHON_2.replace(b"K\x02\x86", b"K\x03\x86"), "not whole"),
        (PYTHON_2.replace(b"K\x02\x86", b"K\xff\x86"), "not whole"),
        (PYTHON_2.replace(b"(K\x01K\x01K\x02", b"(K\x01NK\x02"), "not whole"),
    ],
)
def test_refuses_what_is_damaged_or_greedy(pickled, reason):
    with pytest.raises(ValueError, match=reason):
        read_pickle(pickled)


def test_any_flipped_byte_gives_a_dict_or_a_clear_refusal():
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(2000):
        mutated = bytearray(PYTHON_2)
        mutated[random.integers(len(mutated))] = random.integers(256)
        try:
            assert isinstance(read_pickle(bytes(mutated)), dict)
        except ValueError:
            refused += 1
    assert refused > 100
