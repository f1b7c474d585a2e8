"""What a network is worth elsewhere, in words."""

import numpy as np
import pytest

from tenfold.core.predictions import Predictions
from tenfold.measure.evaluate import evaluate
from tenfold.report.elsewhere import elsewhere_summary

EVALUATION = evaluate(
    Predictions(np.array([0, 1, 1]), np.eye(2, dtype=np.float32)[[0, 1, 0]], ("x", "y"), ("",) * 3)
)


def summary(seen=None, interval=None, is_own=False) -> str:
    own = {"n": 1_000, "accuracy": 0.5, "difference": 1 / 6, "difference_interval_95": interval}
    text = elsewhere_summary(
        title="run on it", evaluation=EVALUATION, seen=seen, is_own=is_own, notes=["A note."],
        own_test=own if interval else None,
    )  # fmt: skip
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ([0.01, 0.3], "does better here"),
        ([-0.2, -0.1], "does worse here"),
        ([-0.1, 0.3], "may be chance"),
    ],
)
def test_compares_with_the_runs_own_test(interval, verdict):
    text = summary(interval=interval)
    assert "On its own 1,000 test images the accuracy is 50.00 %: here it is +16.67 points" in text
    assert verdict in text
    assert "accuracy 66.67 %" in text


@pytest.mark.parametrize(
    ("n", "accuracy", "words"),
    [
        (0, 0.6, "None of these images is identical"),
        (1, 0.5, "1 of 3 images is identical to a training image of the run. Without, the accuracy "
         "is 50.00 %."),
        (3, None, "3 of 3 images, so all of them, are identical to training images"),
    ],
)  # fmt: skip
def test_says_how_many_images_the_network_has_seen(n, accuracy, words):
    assert words in summary({"n": n, "accuracy_without_them": accuracy})


def test_nothing_is_compared_where_there_is_nothing():
    assert "no figures on its own test images" in summary()
    assert "no figures" not in summary(is_own=True)
