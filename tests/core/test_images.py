import pickle

import numpy as np
import pytest
from tests.conftest import most_bytes, some_kilobytes

from tenfold.core.errors import TenfoldError
from tenfold.core.images import ImageSet
from tenfold.core.rows import Rows

IMAGES = np.zeros((3, 2, 2, 1), np.uint8)
LABELS = np.array([0, 1, 1], np.int64)


def test_takes_images_labels_and_files_in_the_order_asked():
    images = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1)
    taken = ImageSet(images, LABELS, ("a", "b"), ("x", "y", "z")).take(np.array([2, 0]))
    assert taken.images[:].ravel().tolist() == [2, 0]
    assert taken.labels.tolist() == [1, 0]
    assert taken.files == ("z", "x")


def test_a_view_has_the_same_images_and_copies_none():
    images = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1)
    every = ImageSet(images, LABELS, ("a", "b"), ("x", "y", "z"))
    viewed = every.view(np.array([2, 0]))
    again = viewed.view(np.array([1]))
    images[0] = 7
    assert viewed.images[:].ravel().tolist() == [2, 7]
    assert again.images[:].ravel().tolist() == [7]
    assert viewed.labels.tolist() == [1, 0]
    assert viewed.files == ("z", "x")


def test_images_in_a_file_are_pickled_without_a_copy(tmp_path):
    images = np.memmap(tmp_path / "pixels", np.uint8, "w+", shape=(50, 8, 8, 3))
    images[:] = np.arange(50)[:, None, None, None]
    shared: list[pickle.PickleBuffer] = []
    labels = np.zeros(50, np.int64)
    sent = pickle.dumps(ImageSet(images, labels, ("a",)), protocol=5, buffer_callback=shared.append)
    assert len(sent) < 1_000
    assert np.shares_memory(np.frombuffer(shared[0].raw(), np.uint8), images)
    found = pickle.loads(sent, buffers=shared)
    assert np.array_equal(found.images, images)
    assert found.classes == ("a",)


@pytest.mark.parametrize("images", [IMAGES.astype(np.float32), IMAGES[0], IMAGES / 255])
def test_refuses_images_that_are_not_uint8_in_four_dimensions(images):
    with pytest.raises(TenfoldError, match=r"Expected images as uint8 \(n, height, width"):
        ImageSet(images, LABELS, ("a", "b"))


@pytest.mark.parametrize("labels", [LABELS[:2], LABELS.astype(np.int32), LABELS[:, None]])
def test_refuses_labels_of_another_length_or_type(labels):
    with pytest.raises(TenfoldError, match=r"Expected 3 labels as int64 \(3,\)"):
        ImageSet(IMAGES, labels, ("a", "b"))


@pytest.mark.parametrize("stray", [-1, 2])
def test_refuses_a_label_outside_the_classes(stray):
    with pytest.raises(TenfoldError, match=r"Expected labels in 0\.\.1"):
        ImageSet(IMAGES, np.array([0, 1, stray]), ("a", "b"))


def test_refuses_file_names_for_some_images_only():
    with pytest.raises(TenfoldError, match="a file name for each of 3 images; received 1"):
        ImageSet(IMAGES, LABELS, ("a", "b"), ("x",))


def test_of_images_on_the_disk_few_are_copied_and_many_stay_there(monkeypatch):
    monkeypatch.setattr("tenfold.core.images.LARGEST_COPY_BYTES", 8)
    base = np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1)
    images = ImageSet(Rows(base, np.array([2, 1, 0])), LABELS, ("a", "b"))
    few, many = images.take(np.array([0, 2])), images.take(np.array([0, 2, 1]))
    assert isinstance(few.images, np.ndarray)
    assert isinstance(many.images, Rows)
    np.testing.assert_array_equal(few.images, base[[2, 0]])
    np.testing.assert_array_equal(many.images[:], base[[2, 0, 1]])


@pytest.mark.parametrize(("part_bytes", "lengths"), [(1, [1, 1, 1]), (8, [2, 1]), (99, [3])])
def test_parts_hold_as_many_images_as_the_bytes_allow(part_bytes, lengths, monkeypatch):
    monkeypatch.setattr("tenfold.core.images.PART_BYTES", part_bytes)
    images = np.arange(12, dtype=np.uint8).reshape(3, 2, 2, 1)
    parts = list(ImageSet(images, LABELS, ("a", "b")).parts())
    assert [len(part) for part in parts] == lengths
    np.testing.assert_array_equal(np.concatenate(parts), images)


def test_a_checksum_is_the_same_for_images_on_the_disk_which_stay_there(on_disk, monkeypatch):
    monkeypatch.setattr("tenfold.core.images.PART_BYTES", 10 * 3072)
    images = some_kilobytes(200)
    moved = on_disk(images)
    assert moved.digest() == images.digest()
    assert most_bytes(moved.digest) < 50 * 3072
