"""Bringing files to a network's shape."""

import numpy as np
from PIL import Image

from tenfold.core.rendering import Rendering
from tenfold.data.as_trained import bring, with_channels

RANDOM = np.random.default_rng(0)


def test_rgb_becomes_grey_as_pillow_does_and_grey_becomes_rgb():
    colours = RANDOM.integers(0, 256, (2, 4, 5, 3), dtype=np.uint8)
    grey = with_channels(colours, 1)
    for found, image in zip(grey, colours, strict=True):
        weighted = image @ np.array([0.299, 0.587, 0.114])  # ITU-R BT.601.
        np.testing.assert_allclose(found[..., 0], weighted, atol=1)
    assert with_channels(colours, 3) is colours
    np.testing.assert_array_equal(with_channels(grey, 3), np.repeat(grey, 3, axis=3))


def test_files_are_rendered_as_the_training_images_were_and_inverted(tmp_path):
    wide = np.zeros((4, 8, 3), np.uint8)
    wide[:, :2] = 200
    Image.fromarray(wide).save(tmp_path / "wide.png")
    files = [tmp_path / "none.png", tmp_path / "wide.png"]
    cropped = bring(files, (4, 4, 3), Rendering(4))
    assert cropped.images.shape == (1, 4, 4, 3)
    assert cropped.images.max() == 0  # What is light was cut off.
    assert [bool(reason) for reason in cropped.reasons] == [True, False]
    assert (cropped.appearance.n, cropped.appearance.n_long) == (1, 1)
    squashed = bring(files, (4, 4, 1), Rendering(4, "squash"), invert=True)
    assert squashed.images.shape == (1, 4, 4, 1)
    assert squashed.images[0, 0, 0, 0] < 100 < squashed.images[0, 0, 3, 0]
