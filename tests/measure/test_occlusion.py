import numpy as np
import pytest

from tenfold.measure.occlusion import occlusion


def looks_at_the_corner(images):
    """Class 1 is as probable as the top left 2 x 2 pixels are bright."""
    share = images[:, :2, :2].mean(axis=(1, 2, 3)) / 255
    return np.stack([1 - share, share], axis=1)


def image_with_a_bright_corner(shape=(8, 8, 3)):
    image = np.zeros(shape, np.uint8)
    image[:2, :2] = 255
    return image


def test_only_the_corner_that_decides_matters():
    found = occlusion(looks_at_the_corner, image_with_a_bright_corner(), 1, patch_px=2, stride_px=2)
    assert (found.dtype, found.shape) == (np.float32, (8, 8))
    mean = round(255 * 4 / 64)  # The covered corner has the mean colour.
    np.testing.assert_allclose(found[:2, :2], 1 - mean / 255, rtol=1e-5)
    assert (found[2:] == 0).all()
    assert (found[:, 2:] == 0).all()


def test_for_the_other_class_the_corner_speaks_against_it():
    found = occlusion(looks_at_the_corner, image_with_a_bright_corner(), 0, patch_px=2, stride_px=2)
    assert found[0, 0] == found.min() < -0.9


def test_a_pixel_has_the_mean_of_the_squares_that_cover_it():
    def first_pixel(images):
        return images[:, 0, 0].astype(np.float64) / 255

    image = np.array([[255, 0, 0, 0]] * 2, np.uint8)[..., None]
    found = occlusion(first_pixel, image, 0, patch_px=2, stride_px=1)
    # Squares begin in columns 0, 1 and 2; only the first covers the first pixel, by 255 / 4.
    drop = 1 - 64 / 255
    np.testing.assert_allclose(found, [[drop, drop / 2, 0, 0]] * 2, rtol=1e-6)


def test_every_pixel_is_covered_and_all_squares_are_predicted_at_once():
    calls = []

    def predict(images):
        calls.append(images)
        return np.ones((len(images), 1))

    image = np.random.default_rng(0).integers(0, 256, (7, 9, 3), dtype=np.uint8)
    assert np.isfinite(occlusion(predict, image, 0, patch_px=3, stride_px=3)).all()
    [seen] = calls
    assert len(seen) == 1 + 3 * 3
    np.testing.assert_array_equal(seen[0], image)
    assert (seen[1:] != image).any(axis=(0, 3)).all()
    mean = np.rint(image.mean(axis=(0, 1))).astype(np.uint8)
    np.testing.assert_array_equal(seen[1, :3, :3], np.broadcast_to(mean, (3, 3, 3)))


@pytest.mark.parametrize(("patch_px", "stride_px"), [(5, 1), (2, 3), (2, 0)])
def test_refuses_squares_that_do_not_fit_or_leave_pixels_out(patch_px, stride_px):
    with pytest.raises(ValueError, match=r"<= 4; received squares of"):
        occlusion(
            looks_at_the_corner,
            image_with_a_bright_corner((4, 8, 3)),
            1,
            patch_px=patch_px,
            stride_px=stride_px,
        )
