import numpy as np
import pytest

from tenfold.core.errors import TenfoldError
from tenfold.core.predictions import Predictions
from tenfold.measure.intervals import wilson_interval
from tenfold.measure.selective import answered, check_risk, choose_threshold, selective


def predictions(confidence, right):
    confidence = np.asarray(confidence, np.float32)
    rows = np.stack([confidence, 1 - confidence], axis=1)
    truth = np.where(right, 0, 1).astype(np.int64)
    return Predictions(truth, rows, ("a", "b"), tuple(map(str, range(len(truth)))))


def sure_and_unsure(n_right_of_unsure):
    """100 images at a confidence of 0.9, all right; 100 at 0.6, of which some are right."""
    right = [True] * 100 + [True] * n_right_of_unsure + [False] * (100 - n_right_of_unsure)
    return predictions([0.9] * 100 + [0.6] * 100, right)


def test_the_threshold_keeps_the_risk_beyond_doubt():
    assert choose_threshold(sure_and_unsure(98), 0.05) == pytest.approx(0.6)
    assert choose_threshold(sure_and_unsure(90), 0.05) == pytest.approx(0.9)
    # 190 of 200 are 95 %, but on other images it may be less.
    assert wilson_interval(190, 200)[0] < 0.95


def test_too_few_images_give_no_threshold():
    assert choose_threshold(predictions([0.9] * 20, [True] * 20), 0.05) is None
    assert choose_threshold(predictions([], []), 0.05) is None


def test_images_of_the_same_confidence_are_never_parted():
    right = [True] * 150 + [False] * 50
    assert choose_threshold(predictions([0.9] * 200, right), 0.05) is None


def test_counts_the_answered_images():
    found = answered(sure_and_unsure(50), 0.9)
    assert (found.n, found.share, found.accuracy) == (100, 0.5, 1.0)
    assert found.interval_95 == wilson_interval(100, 100)
    assert answered(sure_and_unsure(50), 0.95).accuracy is None


def test_the_test_images_check_what_the_validation_images_chose():
    found = selective(sure_and_unsure(90), sure_and_unsure(20))
    assert found.threshold == pytest.approx(0.9)
    assert found.test == answered(sure_and_unsure(20), 0.9)
    assert found.curve == ((0.5, 1.0), (1.0, 0.6))


def test_the_wanted_share_is_written_in_full():
    some = sure_and_unsure(20)
    assert [selective(some, some, risk).wanted for risk in (0.05, 0.005, 0.07)] == [
        "95 %", "99.5 %", "93 %"
    ]  # fmt: skip


@pytest.mark.parametrize("risk", [0, 1, -0.1, 5, float("nan")])
def test_refuses_a_risk_that_is_not_a_share(risk):
    with pytest.raises(TenfoldError, match=rf"`risk` between 0 and 1, .*; received {risk:g}"):
        check_risk(risk)


def test_without_a_threshold_the_curve_is_still_there():
    found = selective(predictions([], []), sure_and_unsure(20))
    assert (found.threshold, found.validation, found.test) == (None, None, None)
    assert found.curve[-1] == (1.0, 0.6)
