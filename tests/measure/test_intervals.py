import math

import pytest
from scipy import stats

from tenfold.measure.intervals import (
    difference_interval,
    mean_interval,
    paired_interval,
    wilson_interval,
)


@pytest.mark.parametrize(("n_right", "n"), [(0, 7), (3, 7), (7, 7), (4891, 10_000)])
def test_wilson_interval_agrees_with_scipy(n_right, n):
    oracle = stats.binomtest(n_right, n).proportion_ci(0.95, method="wilson")
    assert wilson_interval(n_right, n) == pytest.approx((oracle.low, oracle.high), abs=1e-12)


@pytest.mark.parametrize(("n_right", "n"), [(0, 3), (3, 3), (1, 1), (10_000, 10_000)])
def test_wilson_interval_holds_its_share_and_stays_within_0_and_1(n_right, n):
    low, high = wilson_interval(n_right, n)
    assert 0 <= low <= n_right / n <= high <= 1
    assert low < high


@pytest.mark.parametrize(("n_right", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_refuses_a_share_of_nothing_or_outside_0_to_1(n_right, n):
    with pytest.raises(ValueError, match=f"received {n_right} of {n}"):
        wilson_interval(n_right, n)


def test_mean_interval_is_students():
    values = [0.47, 0.49, 0.52]
    found = mean_interval(values)
    oracle = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert found.n == 3
    assert found.mean == pytest.approx(0.4933333333)
    assert found.sd == pytest.approx(math.sqrt(0.001266666667 / 2))
    assert found.interval == pytest.approx((oracle.low, oracle.high))


def test_one_value_has_neither_spread_nor_interval():
    found = mean_interval([0.5])
    assert (found.n, found.mean, found.sd, found.interval) == (1, 0.5, None, None)
    assert found.to_dict() == {"n": 1, "mean": 0.5, "sd": None, "interval_95": None}


def test_equal_values_give_no_interval_of_width_zero():
    found = mean_interval([0.1 + 0.2, 0.3, 0.3])  # Equal apart from rounding.
    assert (found.sd, found.interval) == (0.0, None)


def test_paired_interval_is_that_of_the_differences():
    first, second = [0.40, 0.60, 0.50, 0.45], [0.42, 0.61, 0.53, 0.46]
    found = paired_interval(first, second)
    oracle = stats.ttest_rel(second, first).confidence_interval(0.95)
    assert found.mean == pytest.approx(0.0175)
    assert found.interval == pytest.approx((oracle.low, oracle.high))


@pytest.mark.parametrize("values", [[], [0.5, math.nan], [math.inf, 0.1]])
def test_refuses_values_without_a_mean(values):
    with pytest.raises(ValueError, match="one finite value or more"):
        mean_interval(values)


def test_refuses_values_that_do_not_pair():
    with pytest.raises(ValueError, match="received 2 and 1 values"):
        paired_interval([0.1, 0.2], [0.3])


def test_the_interval_of_a_difference_is_newcombes():
    # Table II of his paper, example (a): 56/70 - 48/80, method 10.
    low, high = difference_interval(56, 70, 48, 80)
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_the_interval_of_a_difference_turns_with_it():
    low, high = difference_interval(9, 10, 3, 10)
    other_low, other_high = difference_interval(3, 10, 9, 10)
    assert (low, high) == pytest.approx((-other_high, -other_low))
    assert difference_interval(10, 10, 0, 10)[1] == pytest.approx(1.0)
