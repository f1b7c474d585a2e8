import numpy as np
import pytest

from tenfold.core.errors import TenfoldError
from tenfold.core.images import ImageSet

IMAGES = np.zeros((3, 2, 2, 1), np.uint8)
LABELS = np.array([0, 1, 1], np.int64)


def test_takes_images_labels_and_files_in_the_order_asked():
    images = np.arange(3, dtype=np.uint8).reshape(3, 1, 1, 1)
    taken = ImageSet(images, LABELS, ("a", "b"), ("x", "y", "z")).take(np.array([2, 0]))
    assert taken.images.ravel().tolist() == [2, 0]
    assert taken.labels.tolist() == [1, 0]
    assert taken.files == ("z", "x")


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
