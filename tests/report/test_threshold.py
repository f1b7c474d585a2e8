"""The words of a threshold; its facts are in `tests/measure/test_threshold.py`."""

from dataclasses import replace

import pytest

from tenfold.measure.threshold import AtThreshold, Threshold
from tenfold.report.threshold import threshold_sentence

AT = AtThreshold(300, 100, 0.96, (0.9, 0.98), 0.125, (0.09, 0.18), 0.8, (0.7, 0.9), None, None)
HALF = replace(AT, recall=0.8, false_alarms=0.05)
FOUND = Threshold("recall", 0.95, "dog", 0.231, AT, AT, HALF)


def test_says_what_the_threshold_is_for_and_what_it_does_to_the_test_images():
    assert threshold_sentence(FOUND) == (
        "An image is taken for dog if the probability of dog is 0.2310 or more (chosen on "
        "validation images so that a recall of 95 % is reached beyond doubt). Of the 100 test "
        "images of dog, 96.0 % (90.0 % to 98.0 %) are recognised (at 0.5: 80.0 %); of the 200 "
        "others, 12.5 % (9.0 % to 18.0 %) are taken for dog (at 0.5: 5.0 %)."
    )


def test_says_the_cost_beside_that_at_a_half():
    at, half = (replace(AT, cost=cost, cost_interval_95=(0.05, 0.2)) for cost in (0.1, 0.3))
    words = threshold_sentence(Threshold("cost", 5, "dog", 0.231, at, at, half))
    assert "(chosen on validation images, where a missed dog costs 5 times as much as" in words
    assert "0.1000 (95 % interval 0.0500 to 0.2000), against 0.3000 with a threshold" in words


@pytest.mark.parametrize(("goal", "words"), [("recall", "a recall of 95 %"), ("cost", "a cost")])
def test_says_that_there_is_no_threshold(goal, words):
    found = replace(FOUND, goal=goal, threshold=None, validation=None, test=None)
    assert threshold_sentence(found) == (
        f"The validation images of dog are too few to choose a threshold for {words}."
    )


def test_a_class_without_test_images_has_no_shares():
    at = replace(AT, recall=None, recall_interval_95=None)
    assert "test images of dog, none are" in threshold_sentence(replace(FOUND, test=at))
