"""A comparison of runs, in words."""

import pytest

from tenfold.measure.comparison import Answer, RunDifference, paired_counts
from tenfold.report.comparison import difference_sentence, p_equals


def sentence(counts, p, answer):
    return difference_sentence(RunDifference("a", "b", paired_counts(*counts), p, answer), "test")


def test_says_that_one_cannot_tell_and_why():
    found = sentence((700, 50, 52, 198), 0.84, Answer.CANT_TELL)
    beginning = "Can't tell whether b is better or worse than a: +0.20 points (95 % interval "
    end = "p = 0.84). Of 1,000 test images, 52 are right only with b, and 50 only with a."
    assert found.startswith(beginning)
    assert found.endswith(end)


def test_says_that_nothing_distinguishes_two_networks():
    assert sentence((700, 0, 0, 300), 1.0, Answer.CANT_TELL) == (
        "Can't tell: b and a classify the same images correctly, all 700 of 1,000 test images."
    )


@pytest.mark.parametrize(
    ("p", "words"), [(0.5, "p = 0.50"), (0.0012, "p = 0.0012"), (1e-9, "p < 0.0001")]
)
def test_p_values_have_the_digits_that_say_something(p, words):
    assert p_equals(p) == words
