import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from tenfold.core.predictions import Predictions
from tenfold.measure.two_classes import ranking, roc_area


def predictions(truth, positive):
    rows = np.stack([1 - np.asarray(positive), positive], axis=1).astype(np.float32)
    return Predictions(np.asarray(truth), rows, ("cat", "dog"), tuple(map(str, truth)))


def drawn(rng, n):
    truth = np.arange(n) % 2
    return predictions(truth, 1 / (1 + np.exp(-rng.normal(truth, 1))))


def test_four_images_counted_by_hand():
    found = ranking(predictions([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.9]))
    assert found is not None
    assert (found.positive, found.auc) == ("dog", 0.75)  # Three of four pairs are in order.
    assert found.average_precision == pytest.approx((1 + 2 / 3) / 2)
    assert (found.roc[0], found.roc[-1]) == ((0.0, 0.0), (1.0, 1.0))


def test_agrees_with_scikit_learn_even_with_ties():
    rng = np.random.default_rng(0)
    some = predictions(np.arange(300) % 2, rng.integers(0, 11, 300) / 10)
    found = ranking(some)
    assert found is not None
    score = some.probabilities[:, 1]
    assert found.auc == pytest.approx(roc_auc_score(some.truth, score))
    assert found.average_precision == pytest.approx(average_precision_score(some.truth, score))


def test_the_interval_of_the_area_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    true = 0.5 * (1 + 0.5204999)  # Two normal distributions one apart: Phi(1 / sqrt(2)).
    held = []
    for _ in range(300):
        some = drawn(rng, 120)
        score = some.probabilities[:, 1]
        _, (low, high) = roc_area(score[some.truth == 1], score[some.truth == 0])
        held.append(low <= true <= high)
    assert 0.91 <= np.mean(held) <= 0.98


def test_other_numbers_of_classes_and_a_missing_class_have_no_ranking():
    three = Predictions(
        np.array([0, 1]), np.full((2, 3), 1 / 3, np.float32), tuple("abc"), ("", "")
    )
    assert ranking(three) is None
    assert ranking(predictions([1, 1], [0.5, 0.6])) is None
