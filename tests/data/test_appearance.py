"""Counting how images look."""

import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from tenfold.core.appearance import Appearance
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.data.appearance import appearance_of, size_of
from tenfold.data.explore import explore


def flat(*values: int, channels: int = 1) -> np.ndarray:
    return np.array(values, np.uint8)[:, None, None, None].repeat(4, 1).repeat(4, 2).repeat(
        channels, 3
    )  # fmt: skip


def test_counts_what_is_below_middle_grey():
    assert appearance_of(flat(0, 127, 128, 255)) == Appearance(4, 2, 2, 4)


def test_the_border_is_the_outermost_pixels():
    image = flat(0)
    image[0, 1:-1, 1:-1] = 255
    framed = np.concatenate([image, 255 - image])
    found = appearance_of(framed)
    assert (found.n_dark, found.n_dark_border) == (1, 1)
    # A quarter of the pixels is inside: the first image is dark as a whole, at its border too.
    assert appearance_of(framed[:1]).n_dark_border == 1


@pytest.mark.parametrize(("by", "n_grey"), [(0, 1), (2, 1), (3, 0)])
def test_channels_that_hardly_differ_are_grey(by, n_grey):
    image = flat(100, channels=3)
    image[..., 2] += by
    assert appearance_of(image).n_grey == n_grey
    assert appearance_of(image[..., :1], colours=image).n_grey == n_grey


def test_sizes_are_those_of_the_files(tmp_path):
    Image.new("RGB", (30, 70)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"broken")
    sizes = [size_of(tmp_path / name) for name in ("a.png", "b.png", "none.png")]
    assert sizes == [(30, 70), None, None]
    found = appearance_of(flat(0, 0, 0), sizes=[*sizes, (90, 90)])
    assert (found.n_sized, found.n_long) == (2, 1)
    assert found.side_px == pytest.approx(math.sqrt(30 * 90))


def test_exploring_keeps_how_the_training_images_look(tmp_path):
    names = ("a.png", "b.png", "c.png")
    for name in names:
        Image.new("L", (50, 20)).save(tmp_path / name)
    train = ImageSet(flat(0, 20, 200), np.array([0, 1, 1]), ("x", "y"), names)
    found = explore(Dataset("made", train, train, Provenance("folder", str(tmp_path))))
    assert found.appearance.log_side == pytest.approx(3 * math.log(20))
    assert replace(found.appearance, log_side=0) == Appearance(3, 2, 2, 3, 3, 3)
    assert Appearance(**found.to_dict()["appearance"]) == found.appearance


def test_nearly_all_digits_are_dark_with_a_dark_border():
    images = np.rint(load_digits().images * (255 / 16)).astype(np.uint8)[..., None]
    found = appearance_of(images)
    assert found.n_dark == found.n_dark_border == found.n == 1797
