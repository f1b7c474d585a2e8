import numpy as np
import pytest

from tenfold.core.predictions import Predictions
from tenfold.measure.calibration import calibration
from tenfold.measure.intervals import wilson_interval


def two_classes(confidence, right):
    """Images that are all predicted as the first class, with a confidence each."""
    confidence = np.asarray(confidence, np.float32)
    truth = np.where(right, 0, 1).astype(np.int64)
    names = tuple(map(str, range(len(truth))))
    return Predictions(truth, np.stack([confidence, 1 - confidence], axis=1), ("a", "b"), names)


def drawn(rng, n, honest=lambda confidence: confidence):
    confidence = rng.uniform(0.5, 1, n)
    return two_classes(confidence, rng.random(n) < honest(confidence))


def test_one_bin_counted_by_hand():
    found = calibration(two_classes([0.9] * 10, [True] * 6 + [False] * 4))
    [only] = found.bins
    assert (only.n, only.accuracy, only.interval_95) == (10, 0.6, wilson_interval(6, 10))
    assert only.confidence == pytest.approx(0.9)
    assert found.largest_error == pytest.approx(0.3)
    assert found.brier == pytest.approx((6 * 2 * 0.1**2 + 4 * 2 * 0.9**2) / 10)


def test_bins_hold_equally_many_images_and_ascend():
    found = calibration(drawn(np.random.default_rng(0), 1_000))
    assert {each.n for each in found.bins} == {66, 67}
    assert len(found.bins) == 15
    confidences = [each.confidence for each in found.bins]
    assert confidences == sorted(confidences)


def test_an_honest_network_has_hardly_any_error_although_bins_vary_by_chance():
    rng = np.random.default_rng(1)
    found = [calibration(drawn(rng, 2_000)) for _ in range(30)]
    plain = [np.mean([abs(each.accuracy - each.confidence) for each in one.bins]) for one in found]
    assert np.mean(plain) > 0.02  # The usual estimate.
    assert np.mean([one.error for one in found]) < 0.01
    assert np.mean([one.error_interval_95[0] == 0 for one in found]) > 0.9


def test_a_network_that_is_always_ten_points_too_confident_has_an_error_of_ten_points():
    rng = np.random.default_rng(2)
    found = calibration(drawn(rng, 20_000, lambda confidence: confidence - 0.1))
    assert found.error == pytest.approx(0.1, abs=0.01)
    low, high = found.error_interval_95
    assert low < 0.1 < high
    assert found.confidence == pytest.approx(0.75, abs=0.01)


def test_few_sure_and_right_images_leave_some_doubt():
    found = calibration(two_classes([0.99] * 100, [True] * 100))
    assert found.error == 0
    assert found.error_interval_95 == (0, pytest.approx(0.01, rel=1e-3))


def test_a_single_image_has_figures():
    found = calibration(two_classes([0.75], [True]))
    assert found.largest_error == 0.25
    assert found.brier == pytest.approx(2 * 0.25**2)
