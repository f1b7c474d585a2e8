import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from tenfold.measure.confusion import (
    ConfusedPair,
    MixedPair,
    confusion,
    grouped,
    most_confused,
    most_confused_classes,
    most_mixed_up,
    never_predicted,
    row_shares,
)


def test_counts_rows_as_actual_and_columns_as_predicted():
    counts = confusion(np.array([0, 0, 0, 2]), np.array([0, 1, 1, 2]), n_classes=3)
    np.testing.assert_array_equal(counts, [[1, 2, 0], [0, 0, 0], [0, 0, 1]])
    assert counts.dtype == np.int64


def test_agrees_with_scikit_learn():
    rng = np.random.default_rng(0)
    truth, predicted = rng.integers(0, 5, (2, 300))
    oracle = confusion_matrix(truth, predicted, labels=range(5))
    np.testing.assert_array_equal(confusion(truth, predicted, 5), oracle)


@pytest.mark.parametrize("stray", [-1, 2])
def test_refuses_a_label_outside_the_classes(stray):
    with pytest.raises(ValueError, match=r"in 0\.\.1; received"):
        confusion(np.array([0, 1]), np.array([0, stray]), n_classes=2)


def test_refuses_predictions_that_do_not_match_the_labels():
    with pytest.raises(ValueError, match="as many predictions"):
        confusion(np.array([0, 1]), np.array([0]), n_classes=2)


def test_row_shares_sum_to_one_where_there_are_images_and_stay_zero_elsewhere():
    shares = row_shares(np.array([[1, 3], [0, 0]]))
    np.testing.assert_array_equal(shares, [[0.25, 0.75], [0, 0]])


def test_most_confused_lists_the_largest_errors_first_and_ties_by_label():
    counts = np.array([[90, 2, 8], [2, 8, 0], [0, 1, 4]])
    assert most_confused(counts, ("a", "b", "c"), n_pairs=3) == (
        ConfusedPair("a", "c", 8, 0.08),
        ConfusedPair("a", "b", 2, 0.02),
        ConfusedPair("b", "a", 2, 0.2),
    )


def test_most_confused_leaves_out_pairs_that_never_happened():
    assert most_confused(np.diag([3, 4]), ("a", "b")) == ()


def test_a_class_is_never_predicted_if_it_has_images_and_no_image_was_taken_for_it():
    counts = np.array([[3, 0, 0, 1], [2, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]])
    assert never_predicted(counts, ("a", "b", "c", "d")) == ("b",)


def test_the_most_confused_classes_are_those_of_the_worst_pairs():
    counts = np.diag([9] * 6)
    counts[4, 1], counts[5, 4], counts[0, 3] = 7, 6, 2
    assert most_confused_classes(counts, 3).tolist() == [1, 4, 5]
    assert most_confused_classes(counts, 4).tolist() == [0, 1, 4, 5]
    assert most_confused_classes(counts, 6).tolist() == [0, 1, 2, 3, 4, 5]
    assert most_confused_classes(np.diag([9] * 6), 2).tolist() == [0, 1]


def test_grouping_keeps_some_classes_and_adds_up_the_others():
    counts = np.arange(16).reshape(4, 4)
    expected = [
        [5, 7, 4 + 6],
        [13, 15, 12 + 14],
        [1 + 9, 3 + 11, 0 + 2 + 8 + 10],
    ]
    np.testing.assert_array_equal(grouped(counts, np.array([1, 3])), expected)


def test_pairs_are_ranked_by_the_images_mixed_up_either_way():
    counts = np.array([[5, 3, 4], [3, 4, 0], [0, 1, 9]])
    assert most_mixed_up(counts, "abc") == (
        MixedPair("a", "b", 3, 3, 6 / 19),
        MixedPair("a", "c", 4, 0, 4 / 22),
        MixedPair("c", "b", 1, 0, 1 / 17),
    )
    assert [pair.n for pair in most_mixed_up(counts, "abc", 2)] == [6, 4]
    assert most_mixed_up(np.diag([1, 2]), "ab") == ()
