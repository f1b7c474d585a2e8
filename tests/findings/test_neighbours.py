import numpy as np
from tests.findings.made import textures

from tenfold.core.images import ImageSet
from tenfold.findings.neighbours import nearest, thumbnails


def images(pixels: np.ndarray) -> ImageSet:
    return ImageSet(pixels, np.zeros(len(pixels), dtype=np.int64), ("any",))


def test_thumbnails_ignore_brightness_and_contrast():
    made = textures(1)
    small, duller = thumbnails(images(made)), thumbnails(images(made // 2 + 60))
    assert float((small @ duller.T).item()) > 0.999


def test_thumbnails_average_pixels_of_any_size():
    made = np.random.default_rng(0).integers(0, 256, (1, 24, 16, 1), dtype=np.uint8)
    [found] = thumbnails(images(made))
    means = made.reshape(8, 3, 8, 2).mean(axis=(1, 3)).ravel()
    expected = (means - means.mean()) / np.linalg.norm(means - means.mean())
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_blank_image_is_like_none():
    assert not thumbnails(images(np.full((1, 8, 8, 3), 128, dtype=np.uint8))).any()


def test_the_nearest_rows_come_best_first_and_without_the_image_itself():
    known = np.array([[1, 0], [0.8, 0.6], [0, 1], [-1, 0]], dtype=np.float32)
    found = nearest(known[:2], known, 2, np.array([0, -1]))
    assert found.tolist() == [[1, 2], [1, 0]]


def test_there_are_no_more_neighbours_than_other_images():
    known = np.eye(2, dtype=np.float32)
    assert nearest(known[:1], known, 5, np.array([0])).tolist() == [[1]]
