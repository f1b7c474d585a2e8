import json
import math

import numpy as np
import pytest
from sklearn import metrics

from tenfold.core.errors import DataError, TenfoldError
from tenfold.core.predictions import Predictions
from tenfold.measure.evaluate import evaluate
from tenfold.measure.intervals import wilson_interval


def predictions(truth, probabilities, classes=None):
    rows = np.array(probabilities, dtype=np.float32)
    classes = classes or tuple("abcdefghij"[: rows.shape[1]])
    names = tuple(str(i) for i in range(len(truth)))
    return Predictions(np.array(truth, dtype=np.int64), rows, classes, names)


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(0)
    return predictions(rng.integers(0, 5, 400), rng.dirichlet(np.ones(5), 400))


def test_figures_of_four_images_counted_by_hand():
    found = evaluate(
        predictions(
            [0, 0, 1, 2], [[0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.2, 0.6, 0.2], [0.6, 0.3, 0.1]]
        )
    )
    assert (found.n, found.accuracy, found.top2_accuracy) == (4, 0.5, 0.75)
    assert found.log_loss == pytest.approx(
        -(math.log(0.7) + math.log(0.3) + math.log(0.6) + math.log(0.1)) / 4, rel=1e-6
    )
    assert (found.per_class["a"].recall, found.per_class["a"].precision) == (0.5, 0.5)
    assert (found.per_class["b"].recall, found.per_class["b"].precision) == (1.0, 0.5)
    assert (found.per_class["c"].recall, found.per_class["c"].precision) == (0.0, 0.0)
    assert [score.n for score in found.per_class.values()] == [2, 1, 1]
    assert found.recall_macro == pytest.approx(0.5)
    assert found.recall_weighted == pytest.approx(0.5)
    assert found.precision_weighted == pytest.approx((2 * 0.5 + 0.5) / 4)
    np.testing.assert_array_equal(found.confusion, [[1, 1, 0], [0, 1, 0], [1, 0, 0]])


def test_agrees_with_scikit_learns_own_figures(many):
    found = evaluate(many)
    truth, predicted, rows = many.truth, many.predicted, many.probabilities.astype(np.float64)
    rows /= rows.sum(axis=1, keepdims=True)
    assert found.accuracy == metrics.accuracy_score(truth, predicted)
    assert found.log_loss == pytest.approx(metrics.log_loss(truth, rows), abs=1e-12)
    assert found.top2_accuracy == metrics.top_k_accuracy_score(truth, rows, k=2)
    assert found.f1_macro == metrics.f1_score(truth, predicted, average="macro")
    assert found.precision_weighted == metrics.precision_score(truth, predicted, average="weighted")
    assert found.recall_weighted == pytest.approx(found.accuracy)
    assert found.accuracy_low < found.accuracy < found.accuracy_high


def test_two_classes_always_have_the_actual_one_among_the_best_two():
    assert evaluate(predictions([0, 1], [[0.1, 0.9], [0.9, 0.1]])).top2_accuracy == 1.0


def test_equal_probabilities_count_as_the_first_class_in_both_accuracies():
    found = evaluate(predictions([0, 1, 2], [[1 / 3] * 3] * 3))
    assert found.accuracy == pytest.approx(1 / 3)
    assert found.top2_accuracy == pytest.approx(2 / 3)


def test_a_probability_of_exactly_zero_gives_a_large_but_finite_loss():
    found = evaluate(predictions([0, 1], [[1.0, 0.0], [1.0, 0.0]]))
    assert 30 < found.log_loss < 100


def test_a_class_without_images_has_no_figures_and_counts_in_no_mean():
    found = evaluate(predictions([0, 1, 1], [[1, 0, 0], [0, 1, 0], [0, 0, 1]]))
    absent = found.per_class["c"]  # One image was taken for it all the same.
    assert (absent.recall, absent.precision, absent.f1, absent.n) == (None, None, None, 0)
    assert absent.words == ("-", "-", "-", "0")
    assert found.recall_macro == pytest.approx((1 + 1 / 2) / 2)
    assert found.precision_macro == 1.0
    assert json.dumps(found.to_dict(), allow_nan=False).count("null") == 6  # With the intervals.
    assert found._repr_html_().count(">-</td>") == 3


def test_intervals_of_a_class_are_wilsons():
    found = evaluate(predictions([0, 0, 1, 1], [[1, 0], [0, 1], [0, 1], [0, 1]]))
    score = found.per_class["b"]  # Two images, both right; three predictions.
    assert score.recall_interval_95 == wilson_interval(2, 2)
    assert score.precision_interval_95 == wilson_interval(2, 3)
    low, high = wilson_interval(2, 3)  # Two of three that are of the class or predicted as it.
    assert score.f1 == pytest.approx(2 * (2 / 3) / (1 + 2 / 3))
    assert score.f1_interval_95 == pytest.approx((2 * low / (1 + low), 2 * high / (1 + high)))


def test_a_single_image_says_nothing_about_the_loss_but_can_be_written():
    found = evaluate(predictions([0], [[0.5, 0.5]]))
    low, high = found.intervals["log_loss"]
    assert (low, high) == (0, pytest.approx(-math.log(np.finfo(np.float32).tiny)))
    assert found.calibration.brier_interval_95 == (0, 2)
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_class_that_is_never_predicted_has_no_interval_of_precision():
    found = evaluate(predictions([0, 1], [[1, 0], [1, 0]]))
    assert found.per_class["b"].precision_interval_95 is None


def test_balanced_accuracy_is_scikit_learns(many):
    expected = metrics.balanced_accuracy_score(many.truth, many.predicted)
    assert evaluate(many).balanced_accuracy == pytest.approx(expected)
    lopsided = evaluate(predictions([0, 0, 0, 1], [[1.0, 0.0]] * 4))
    assert (lopsided.accuracy, lopsided.balanced_accuracy) == (0.75, 0.5)


def test_the_form_in_metrics_json_survives_json_and_names_every_figure(many):
    form = evaluate(many).to_dict()
    assert json.loads(json.dumps(form))["log_loss_interval_95"] == form["log_loss_interval_95"]
    figures = {
        "accuracy", "balanced_accuracy", "top2_accuracy", "log_loss", "recall_macro",
        "precision_macro", "f1_macro", "recall_weighted", "precision_weighted", "f1_weighted",
    }  # fmt: skip
    intervals = {f"{name}_interval_95" for name in figures}
    assert set(form) == figures | intervals | {"n", "calibration", "per_class"}
    for name in figures:
        low, high = form[f"{name}_interval_95"]
        assert low < form[name] < high
    of_class = {"recall", "precision", "f1"}
    of_class |= {f"{each}_interval_95" for each in of_class}
    assert set(form["per_class"]["a"]) == of_class | {"n"}
    assert form["accuracy_interval_95"][0] < form["accuracy"] < form["accuracy_interval_95"][1]


def test_a_notebook_shows_the_figures_and_every_class_by_its_escaped_name():
    classes = ("cat", "<i>dog</i>")
    shown = evaluate(predictions([0, 1], [[0.9, 0.1], [0.6, 0.4]], classes))._repr_html_()
    assert [each in shown for each in ("50.00 %", "9.45 % to 90.55 %")] == [True, True]
    assert "best two" not in shown  # Of two classes, one of them is always right.
    assert ["&lt;i&gt;dog&lt;/i&gt;" in shown, "<i>" in shown] == [True, False]


def test_refuses_to_evaluate_nothing():
    with pytest.raises(DataError, match="no predictions"):
        evaluate(predictions([], np.zeros((0, 2))))


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ([math.nan, 1.0], "image 1 hold NaN"),
        ([2.0, -1.0], r"in 0\.\.1; received -1"),
        ([0.5, 0.4], r"row 1 sums to 0\.9"),
        ([math.inf, 0.0], "row 1 sums to inf"),
    ],
)
def test_refuses_rows_that_are_not_probabilities(row, complaint):
    with pytest.raises(TenfoldError, match=complaint):
        evaluate(predictions([0, 1], [[0.5, 0.5], row]))


def test_accepts_rows_that_sum_to_one_but_for_float32_rounding():
    assert evaluate(predictions([0], [[0.50001, 0.5]])).accuracy == 1.0


@pytest.mark.parametrize("stray", [-1, 2])
def test_refuses_an_actual_class_outside_the_classes(stray):
    with pytest.raises(DataError, match=r"actual classes in 0\.\.1; received"):
        evaluate(predictions([0, stray], [[0.5, 0.5], [0.5, 0.5]]))


def test_refuses_probabilities_of_another_number_of_classes():
    with pytest.raises(TenfoldError, match=r"shape \(1, 3\).*received \(1, 2\)"):
        evaluate(predictions([0], [[0.5, 0.5]], classes=("a", "b", "c")))
