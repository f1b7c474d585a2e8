import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from tenfold.measure.bootstrap import average_intervals
from tenfold.measure.intervals import wilson_interval

COUNTS = np.array([[40, 8, 2], [10, 70, 20], [5, 5, 90]])


def test_the_same_as_drawing_images():
    truth, predicted = (each.repeat(COUNTS.ravel()) for each in np.indices((3, 3)).reshape(2, -1))
    rng = np.random.default_rng(1)
    drawn: dict[str, list[float]] = {}
    scores = {"recall": recall_score, "precision": precision_score, "f1": f1_score}
    for _ in range(500):
        some = rng.integers(0, len(truth), len(truth))
        for name, score in scores.items():
            for average in ("macro", "weighted"):
                found = score(truth[some], predicted[some], average=average)
                drawn.setdefault(f"{name}_{average}", []).append(found)
    intervals = average_intervals(COUNTS)
    assert set(intervals) == set(drawn) - {"recall_weighted"}
    for name, interval in intervals.items():
        assert interval == pytest.approx(np.quantile(drawn[name], (0.025, 0.975)), abs=0.012)


def test_each_call_gives_the_same_interval():
    assert average_intervals(COUNTS) == average_intervals(COUNTS)


def test_parts_of_the_draws_make_no_difference(monkeypatch):
    whole = average_intervals(COUNTS)
    monkeypatch.setattr("tenfold.measure.bootstrap.MOST_NUMBERS", 900)
    assert average_intervals(COUNTS) == whole


def test_no_wrong_image_still_leaves_some_doubt():
    found = average_intervals(np.diag([30, 30]))
    assert found["f1_macro"] == wilson_interval(60, 60)


def test_a_class_without_images_does_not_count():
    counts = np.zeros((4, 4), np.int64)
    counts[:3, :3] = COUNTS
    assert average_intervals(counts) == average_intervals(COUNTS)
