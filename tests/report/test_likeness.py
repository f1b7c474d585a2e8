"""Words for images that look unlike the training images."""

import pytest

from tenfold.core.rendering import Fit
from tenfold.measure.likeness import Kind, Unlikeness
from tenfold.report.likeness import unlikeness_sentence


@pytest.mark.parametrize(
    ("kind", "fit", "words"),
    [
        ("lighter", "crop", "2 of 3 images are light, where nearly all training images are dark."),
        ("darker", "crop", "2 of 3 images are dark, where nearly all training images are light."),
        ("coloured", "crop", "2 of 3 images are coloured, and nearly all training images are grey"),
        ("grey", "crop", "2 of 3 images are grey, and nearly all training images are coloured"),
        ("longer", "crop", "as the other; half of such an image or more is cut off."),
        ("longer", "pad", "half of such an image or more becomes white padding."),
        ("longer", "squash", "such an image is squashed."),
        ("larger", "crop", "about 4,000 pixels, that of training images about 64, and the network "
         "sees 32. The images shrink 125-fold, and what is smaller than 125 pixels is lost"),
        ("smaller", "crop", "Details that the training images had are missing"),
    ],
)  # fmt: skip
def test_says_what_differs_and_what_becomes_of_it(kind: Kind, fit: Fit, words: str):
    found = Unlikeness(kind, 2, 3, side_px=4_000, usual_px=64)
    assert words in unlikeness_sentence(found, side_px=32, fit=fit, inverted=False)
