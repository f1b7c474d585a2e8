"""Images that look unlike the training images."""

import math
from dataclasses import replace

import pytest

from tenfold.core.appearance import Appearance
from tenfold.measure.likeness import Unlikeness, unlikenesses

DARK = Appearance(n=100, n_dark=98, n_dark_border=100, n_grey=100)
LIGHT = Appearance(n=100, n_dark=2, n_dark_border=0, n_grey=100)
MIXED = Appearance(n=100, n_dark=60, n_dark_border=50, n_grey=3)


def sized(side_px: float, n: int = 10, n_long: int = 0) -> Appearance:
    return Appearance(
        n=n, n_dark=n, n_grey=n, n_sized=n, n_long=n_long, log_side=n * math.log(side_px)
    )


def kinds(given: Appearance, usual: Appearance, native_px: int | None = None) -> list[str]:
    return [each.kind for each in unlikenesses(given, usual, native_px)]


@pytest.mark.parametrize("looks", [DARK, LIGHT, MIXED])
def test_images_as_the_training_images_are_alike(looks):
    assert unlikenesses(looks, looks) == ()


def test_negatives_are_found_either_way():
    assert unlikenesses(LIGHT, DARK) == (Unlikeness("lighter", 98, 100),)
    assert unlikenesses(DARK, LIGHT) == (Unlikeness("darker", 98, 100),)


def test_where_training_images_are_dark_and_light_no_negative_is_found():
    usual = replace(MIXED, n_grey=50)
    assert kinds(LIGHT, usual) == kinds(DARK, usual) == []


def test_where_the_border_alone_tells_it_decides():
    usual = replace(DARK, n_dark=80)
    assert kinds(replace(LIGHT, n_dark=60), usual) == ["lighter"]
    assert kinds(replace(LIGHT, n_dark_border=60), usual) == []


def test_light_images_with_a_dark_border_are_not_negatives_of_dark_ones():
    assert kinds(replace(LIGHT, n_dark_border=100), DARK) == []


def test_half_of_the_images_are_not_most():
    assert kinds(Appearance(10, 5, 5, 10), DARK) == []
    assert kinds(Appearance(10, 4, 4, 10), DARK) == ["lighter"]


def test_colour_and_its_absence_are_found():
    coloured = replace(DARK, n_grey=20)
    assert unlikenesses(coloured, DARK) == (Unlikeness("coloured", 80, 100),)
    assert unlikenesses(replace(MIXED, n_grey=100), MIXED) == (Unlikeness("grey", 100, 100),)


@pytest.mark.parametrize(
    ("side_px", "expected"), [(3.9, "smaller"), (4.1, None), (255, None), (257, "larger")]
)
def test_sizes_count_from_a_factor_of_eight(side_px, expected):
    found = kinds(sized(side_px), sized(32))
    assert found == ([expected] if expected else [])
    assert kinds(sized(side_px), replace(sized(32), n_sized=0), native_px=32) == found


def test_sizes_of_training_images_that_nobody_knows_are_not_compared():
    assert kinds(sized(4_000), Appearance(n=10, n_dark=10, n_grey=10)) == []


def test_long_images_are_found_where_training_images_are_not_long():
    assert kinds(sized(40, n_long=6), sized(40, n=100, n_long=5)) == ["longer"]
    assert kinds(sized(40, n_long=6), sized(40, n=100, n_long=6)) == []


def test_nothing_is_said_where_there_is_nothing_to_compare():
    assert unlikenesses(Appearance(), DARK) == unlikenesses(DARK, Appearance()) == ()
