import numpy as np
import pytest
from scipy import stats

from tenfold.measure.comparison import (
    answer,
    holm,
    mid_p,
    p_of_mean,
    paired,
    paired_counts,
)
from tenfold.measure.intervals import Mean, mean_interval


def test_images_are_counted_by_which_network_is_right():
    found = paired(np.array([1, 1, 1, 0, 0, 0], bool), np.array([1, 1, 0, 1, 1, 0], bool))
    assert (found.both, found.only_first, found.only_second, found.neither) == (2, 1, 2, 1)
    assert found.n == 6
    assert found.difference == pytest.approx(1 / 6)


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [
        (1, 5, 8 / 64),  # 2 (1 + 6) / 64, less the 6 / 64 of exactly one.
        (1, 7, 0.0390625),  # Fagerland and others, 2013: 0.039.
        (4, 4, 1.0),
        (0, 0, 1.0),
    ],
)
def test_mid_p_values_counted_by_hand(only_first, only_second, p):
    assert mid_p(only_first, only_second) == pytest.approx(p)
    assert mid_p(only_second, only_first) == pytest.approx(p)


def test_the_mid_p_value_is_the_exact_one_less_half_of_the_observed_count():
    exact = stats.binomtest(40, 100).pvalue
    assert mid_p(40, 60) == pytest.approx(exact - stats.binom.pmf(40, 100, 0.5))


def test_the_interval_is_that_of_drawing_images():
    first, second = np.arange(300) < 200, (np.arange(300) > 30) & (np.arange(300) < 250)
    random = np.random.default_rng(1)
    drawn = random.integers(0, 300, (10_000, 300))
    differences = (second[drawn].astype(float) - first[drawn]).mean(axis=1)
    assert paired(first, second).interval == pytest.approx(
        tuple(np.quantile(differences, [0.025, 0.975])), abs=0.004
    )


def test_the_same_counts_give_the_same_interval():
    assert paired_counts(700, 40, 60, 200) == paired_counts(700, 40, 60, 200)
    assert paired_counts(700, 40, 60, 200, seed=1) != paired_counts(700, 40, 60, 200)


def test_networks_that_are_right_for_the_same_images_have_no_interval():
    found = paired_counts(7, 0, 0, 3)
    assert (found.interval, found.p, found.difference) == (None, 1.0, 0.0)


def test_refuses_different_numbers_of_images():
    with pytest.raises(ValueError, match="received 3 and 2 images"):
        paired(np.ones(3, bool), np.ones(2, bool))


def test_p_values_are_adjusted_for_their_number_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx((0.03, 0.06, 0.06))
    assert holm([0.5, 0.9]) == pytest.approx((1.0, 1.0))
    assert holm([0.04]) == (0.04,)
    assert holm([]) == ()


def test_the_p_value_of_a_mean_is_that_of_scipy():
    values = [0.01, 0.02, -0.003, 0.015]
    assert p_of_mean(mean_interval(values)) == pytest.approx(stats.ttest_1samp(values, 0).pvalue)
    assert p_of_mean(Mean(1, 0.5, None, None)) == 1.0


@pytest.mark.parametrize(
    ("difference", "p", "expected"),
    [(0.1, 0.049, "better"), (-0.1, 0.049, "worse"), (0.1, 0.051, "can't tell"),
     (0.0, 1.0, "can't tell")],
)  # fmt: skip
def test_answers_by_the_p_value_and_the_direction(difference, p, expected):
    assert answer(difference, p) == expected
