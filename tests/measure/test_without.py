"""The accuracy without some test images, counted by hand."""

import numpy as np

from tenfold.measure.intervals import wilson_interval
from tenfold.measure.without import without

RIGHT = np.array([True, True, True, False, False, True])
LEAKED = np.array([True, True, False, False, False, False])
DOUBTED = np.array([False, True, False, True, False, False])


def test_scores_all_images_and_those_that_remain():
    found = [(each.images, each.n, each.accuracy) for each in without(RIGHT, LEAKED, DOUBTED)]
    assert found == [
        ("all test images", 6, 4 / 6),
        ("without images like a training image", 4, 2 / 4),
        ("without labels in doubt", 4, 3 / 4),
        ("without both", 3, 2 / 3),
    ]
    assert without(RIGHT, LEAKED, DOUBTED)[3].accuracy_interval_95 == wilson_interval(2, 3)


def test_says_nothing_about_what_was_not_looked_for():
    assert [each.n for each in without(RIGHT, LEAKED, None)] == [6, 4]
    assert [each.n for each in without(RIGHT, None, DOUBTED)] == [6, 4]
    assert [each.n for each in without(RIGHT, None, None)] == [6]


def test_there_is_no_accuracy_without_images():
    assert without(RIGHT, np.ones(6, dtype=bool), None)[1].accuracy is None
