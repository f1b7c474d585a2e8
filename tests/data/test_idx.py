import gzip
import struct

import numpy as np
import pytest

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError
from tenfold.data import labelled
from tenfold.data.idx import gather_idx
from tenfold.data.sources import source_for, source_named

N = 6
PIXELS = np.random.default_rng(0).integers(0, 256, (N, 4, 3), dtype=np.uint8)
LABELS = np.array([1, 2, 10, 1, 2, 10], np.uint8)


def packed(what, *, n=N):
    if what == "images":
        return struct.pack(">4I", 2051, n, 4, 3) + PIXELS[:n].tobytes()
    return struct.pack(">2I", 2049, n) + LABELS[:n].tobytes()


def fill(folder, *, form="{}-{}-idx{}-ubyte", test="t10k", pack=lambda content: content):
    folder.mkdir(exist_ok=True)
    for part in ("train", test) if test else ("train",):
        for what, dimensions in (("images", 3), ("labels", 1)):
            content = packed(what, n=N if part == "train" else 3)
            (folder / form.format(part, what, dimensions)).write_bytes(pack(content))
    return folder


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"form": "{}-{}-idx{}-ubyte.gz", "pack": gzip.compress},
        {"form": "{}-{}-idx{}-ubyte.gz"},  # A browser took the gzip layer off.
        {"form": "{}-{}.idx{}-ubyte"},
        {"form": "emnist-letters-{}-{}-idx{}-ubyte.gz", "test": "test", "pack": gzip.compress},
    ],
    ids=["plain", "gzip", "gz-in-name-only", "dot", "emnist"],
)
def test_reads_images_and_labels_in_their_order(tmp_path, options):
    dataset = gather_idx(fill(tmp_path, **options))
    assert dataset.classes == ("1", "2", "10")
    assert (dataset.name, dataset.shape) == ("idx", (4, 3, 1))
    np.testing.assert_array_equal(dataset.train.images[:][..., 0], PIXELS)
    np.testing.assert_array_equal(dataset.test.images[:][..., 0], PIXELS[:3])
    assert dataset.train.labels.tolist() == [0, 1, 2, 0, 1, 2]
    assert dataset.test.labels.tolist() == [0, 1, 2]
    assert len(dataset.provenance.notes) == ("emnist" in options.get("form", ""))


def test_reads_an_unpacked_file_rather_than_the_packed_one_beside_it(tmp_path):
    fill(tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(b"half a download")
    (tmp_path / "._train-images-idx3-ubyte").write_bytes(b"left by a system")
    assert len(gather_idx(tmp_path).train) == N


@pytest.mark.parametrize("asked", ["MNIST", "MNIST/raw", "MNIST/raw/train-images-idx3-ubyte"])
def test_finds_the_files_where_torchvision_puts_them(tmp_path, asked):
    (tmp_path / "MNIST").mkdir()
    fill(tmp_path / "MNIST" / "raw")
    dataset = gather_idx(tmp_path / asked)
    assert dataset.provenance.location == str(tmp_path / "MNIST" / "raw")


def test_without_test_files_a_fifth_is_held_out(tmp_path):
    folder = fill(tmp_path, test="")
    labels = struct.pack(">2I", 2049, N) + bytes([0, 0, 0, 1, 1, 1])
    (folder / "train-labels-idx1-ubyte").write_bytes(labels)
    dataset = gather_idx(folder)
    assert (len(dataset.train), len(dataset.test)) == (4, 2)
    assert "fixed 20 % of each class" in dataset.provenance.notes[0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train-images-idx3-ubyte", b"", "it is cut short"),
        ("train-images-idx3-ubyte", packed("images")[:-1], "more than the file can hold"),
        ("train-images-idx3-ubyte", packed("images") + b"0", "goes on after that"),
        ("train-images-idx3-ubyte", packed("labels"), "with 0x00000801 instead of 0x00000803"),
        ("train-labels-idx1-ubyte", b"<!DOCTYPE html>", "it is a web page"),
        ("train-images-idx3-ubyte", struct.pack(">4I", 2051, *[2**32 - 1] * 3), "can hold"),
        ("train-images-idx3-ubyte", struct.pack(">4I", 2051, 0, 4, 3), "which is empty"),
        ("train-labels-idx1-ubyte", struct.pack(">2I", 2049, 5) + bytes(5), "6 training.* 5 lab"),
        ("t10k-labels-idx1-ubyte", struct.pack(">2I", 2049, 3) + b"\1\2\3", "label 3, which no"),
        ("train-images-idx3-ubyte", gzip.compress(packed("images"), mtime=0)[:-9], "cut short"),
        (
            "train-images-idx3-ubyte",
            gzip.compress(packed("images")[:-1], mtime=0),
            "it is cut short",
        ),
        ("train-images-idx3-ubyte", gzip.compress(packed("images") + b"0", mtime=0), "goes on"),
    ],
)
def test_refuses_a_file_that_is_not_whole(tmp_path, name, content, message):
    (fill(tmp_path) / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        gather_idx(tmp_path)


def test_refuses_a_header_beyond_what_gzip_can_hold(tmp_path):
    lying = gzip.compress(struct.pack(">4I", 2051, 10**6, 28, 28) + bytes(50))
    (fill(tmp_path) / "train-images-idx3-ubyte").write_bytes(lying)
    with pytest.raises(DataError, match="784,000,000 bytes, which is more than the file can hold"):
        gather_idx(tmp_path)


def test_refuses_what_is_larger_than_half_of_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(labelled, "memory_bytes", lambda: 143)
    with pytest.raises(DataError, match="more than half of this machine's"):
        gather_idx(fill(tmp_path))


def test_any_damage_gives_a_dataset_or_a_clear_refusal(tmp_path):
    path = fill(tmp_path, pack=gzip.compress) / "train-images-idx3-ubyte"
    content = path.read_bytes()
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(200):
        damaged = bytearray(content)
        damaged[random.integers(len(damaged))] = random.integers(256)
        path.write_bytes(damaged)
        try:
            gather_idx(tmp_path)
        except DataError:
            refused += 1
    assert refused > 100


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        (["train-labels-idx1-ubyte"], "train-images-idx3-ubyte without the file of its labels"),
        (["t10k-images-idx3-ubyte"], r"its images. Add it, such as t10k-images-idx3-ubyte\.gz"),
        (["train-images-idx3-ubyte", "train-labels-idx1-ubyte"], "has no training images"),
    ],
)
def test_refuses_a_part_that_is_not_whole(tmp_path, gone, message):
    fill(tmp_path)
    for name in gone:
        (tmp_path / name).unlink()
    with pytest.raises(DataError, match=message):
        gather_idx(tmp_path)


def test_refuses_two_sets_in_one_folder(tmp_path):
    fill(tmp_path)
    fill(tmp_path, form="emnist-letters-{}-{}-idx{}-ubyte")
    with pytest.raises(DataError, match="of 2 sets, whose names begin with '', 'emnist-letters-'"):
        gather_idx(tmp_path)


def test_is_found_before_an_image_folder_and_gathered_again(tmp_path):
    asked = DataRequest(str(fill(tmp_path)))
    assert source_for(asked).name == "idx"
    dataset = source_for(asked).gather(asked, say=print)
    again = source_named("idx").gather_again(dataset.provenance, say=print)
    assert again.digests() == dataset.digests()


def test_says_that_a_folder_holds_no_such_files(tmp_path):
    with pytest.raises(DataError, match="There are no IDX files in"):
        gather_idx(tmp_path)
