"""Each corruption against what it says it does."""

import io

import numpy as np
import pytest
from PIL import Image
from scipy.stats import norm

from tenfold.measure.corruptions import (
    CORRUPTIONS,
    Corruption,
    blur,
    brightness,
    contrast,
    jpeg,
    noise,
    shift,
)


def random(seed=0):
    return np.random.default_rng(seed)


def some_images(n=3, shape=(8, 12, 3)):
    return random(1).integers(0, 256, (n, *shape), dtype=np.uint8)


def with_a_dot(side, row, column):
    image = np.zeros((1, side, side, 1), np.uint8)
    image[0, row, column] = 200
    return image


@pytest.mark.parametrize("shape", [(18, 12, 3), (15, 16, 1), (16, 16, 2)])
@pytest.mark.parametrize("each", CORRUPTIONS, ids=lambda each: each.name)
def test_spoils_images_of_any_shape_without_touching_them_and_alike_for_a_seed(each, shape):
    images = some_images(shape=shape)
    before = images.copy()
    spoilt = [each(images, strength=each.strengths[-1], seed=s) for s in (7, 7)]
    assert (spoilt[0].dtype, spoilt[0].shape) == (np.uint8, images.shape)
    np.testing.assert_array_equal(*spoilt)
    np.testing.assert_array_equal(images, before)
    assert (spoilt[0] != images).any()


@pytest.mark.parametrize("each", CORRUPTIONS, ids=lambda each: each.name)
def test_a_stronger_corruption_changes_smooth_images_more(each):
    rows, columns = np.mgrid[:32, :32] / 31
    images = np.stack([255 * rows, 255 * (1 - columns), 128 + 60 * np.sin(9 * rows)], -1)[None]
    images = images.astype(np.uint8).repeat(4, axis=0)
    changes = [
        np.abs(each(images, strength=s, seed=3).astype(int) - images).mean() for s in each.strengths
    ]
    assert changes == sorted(changes)
    assert len(set(changes)) == 5


def test_noise_has_its_standard_deviation_and_no_direction():
    spoilt = noise(np.full((10, 32, 32, 3), 128, np.uint8), 20.0, random()).astype(float) - 128
    assert spoilt.std() == pytest.approx(20, abs=0.3)
    assert spoilt.mean() == pytest.approx(0, abs=0.5)  # Its standard error is 0.11.


def test_values_beyond_black_and_white_are_clipped():
    black = np.zeros((50, 4, 4, 1), np.uint8)
    assert set(np.unique(brightness(black, 100.0, random()))) == {0, 100}
    assert set(np.unique(brightness(black + 255, 100.0, random()))) == {155, 255}


def test_brightness_changes_a_whole_image_alike():
    changes = brightness(np.full((20, 4, 4, 3), 120, np.uint8), 30.0, random()).astype(int) - 120
    assert (changes == changes[:, :1, :1, :1]).all()
    assert set(changes[:, 0, 0, 0]) == {-30, 30}


def test_contrast_keeps_the_mean_and_shrinks_the_distance_from_it():
    image = np.array([60, 100, 140, 180], np.uint8).reshape(1, 2, 2, 1)
    assert contrast(image, 0.25, random()).ravel().tolist() == [105, 115, 125, 135]


@pytest.mark.parametrize(("side", "sd"), [(32, 1.5), (64, 3.0)])
def test_a_blurred_dot_is_a_normal_curve_that_grows_with_the_side(side, sd):
    image = np.zeros((1, side, side, 1), np.uint8)
    image[0, :, side // 2] = 255  # A line, so that only the columns count.
    away = np.arange(side) - side // 2
    expected = 255 * norm.pdf(away, scale=sd) / norm.pdf(away, scale=sd).sum()
    found = blur(image, 1.5, random())[0, side // 4, :, 0]
    np.testing.assert_allclose(found, expected, atol=1.0)


@pytest.mark.parametrize(("side", "far_px", "moved"), [(32, 4.0, 4), (64, 4.0, 8), (16, 4.0, 2)])
def test_a_shift_moves_a_dot_in_one_of_four_directions_as_far_as_the_side_says(side, far_px, moved):
    images = with_a_dot(side, side // 2, side // 2).repeat(30, axis=0)
    places = np.argwhere(shift(images, far_px, random())[..., 0] == 200)[:, 1:] - side // 2
    assert len(places) == 30
    assert {tuple(place) for place in places} == {(0, moved), (0, -moved), (moved, 0), (-moved, 0)}


def test_a_shift_by_half_a_pixel_is_the_mean_of_two():
    images = with_a_dot(8, 4, 4).repeat(20, axis=0)  # 2 pixels of 32 are half a pixel of 8.
    for found in shift(images, 2.0, random())[..., 0]:
        assert sorted(found[found > 0]) == [100, 100]
        assert found[4, 4] == 100


def test_the_new_edge_after_a_shift_is_a_reflection():
    image = np.arange(8, dtype=np.uint8)[None, :, None, None].repeat(8, axis=2)
    images = image.repeat(20, axis=0)
    columns = {tuple(found[:, 0, 0].tolist()) for found in shift(images, 8.0, random())}
    assert columns == {
        (2, 1, 0, 1, 2, 3, 4, 5),
        (2, 3, 4, 5, 6, 7, 6, 5),
        (0, 1, 2, 3, 4, 5, 6, 7),
    }


def test_jpeg_is_what_pillow_writes():
    image = some_images(1, (16, 16, 3))
    file = io.BytesIO()
    Image.fromarray(image[0]).save(file, "JPEG", quality=40)
    np.testing.assert_array_equal(jpeg(image, 40.0, random())[0], np.asarray(Image.open(file)))


def test_the_same_seed_draws_the_same_for_each_strength():
    each = Corruption("noise", "grey levels", (1, 2, 3, 4, 5), noise)
    images = np.full((1, 8, 8, 1), 128, np.uint8)
    weak, strong = (each(images, strength=s, seed=0).astype(int) - 128 for s in (20, 40))
    np.testing.assert_allclose(strong, 2 * weak, atol=1.5)
