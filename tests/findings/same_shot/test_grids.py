"""Images of any size come to one grid, with their brightness."""

import numpy as np
import pytest

from tenfold.core.images import ImageSet
from tenfold.findings.same_shot.grids import luminance, luminances, on_grid, smooth


@pytest.mark.parametrize(("height", "width"), [(8, 8), (28, 28), (32, 32), (64, 48), (224, 100)])
def test_keeps_a_flat_image_flat_at_every_size(height, width):
    flat = np.full((1, height, width), 77, dtype=np.float32)
    assert np.allclose(on_grid(flat, 32), 77)


def test_keeps_the_mean_and_the_order_of_left_and_right():
    ramp = np.tile(np.arange(96, dtype=np.float32), (1, 64, 1))
    small = on_grid(ramp, 32)
    assert small.mean() == pytest.approx(ramp.mean(), abs=0.1)
    assert (np.diff(small[0], axis=1) > 0).all()


def test_smoothing_spreads_a_point_evenly():
    point = np.zeros((1, 33, 33), dtype=np.float32)
    point[0, 16, 16] = 1
    smoothed = smooth(point, 2.0)[0]
    assert smoothed.sum() == pytest.approx(1, abs=1e-3)
    assert smoothed == pytest.approx(smoothed[::-1, ::-1], abs=1e-6)
    assert smoothed[16, 16] == pytest.approx(1 / (2 * np.pi * 2.0**2), rel=1e-3)


def test_weighs_channels_as_eyes_do():
    pixels = np.zeros((3, 32, 32, 3), dtype=np.uint8)
    for channel in range(3):
        pixels[channel, ..., channel] = 200
    assert luminance(pixels).mean(axis=(1, 2)) == pytest.approx([59.8, 117.4, 22.8], abs=0.01)


def test_joins_sets_in_their_order():
    sets = [
        ImageSet(np.full((n, 8, 8, 1), n, dtype=np.uint8), np.zeros(n, dtype=np.int64), ("a",))
        for n in (2, 0, 3)
    ]
    assert luminances(*sets)[:, 0, 0].tolist() == [2, 2, 3, 3, 3]
