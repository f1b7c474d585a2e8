import numpy as np
import pytest

from tenfold.learn.balance import class_weights

LABELS = np.array([0] * 2 + [1] * 6 + [2] * 4)


def test_inverse_frequency_lets_all_classes_count_the_same():
    weights = class_weights(LABELS, 3, "inverse")
    # Each class has a third of the weight of 12 images.
    assert weights == pytest.approx((4 / 2, 4 / 6, 4 / 4))


def test_the_effective_number_is_the_sum_of_a_geometric_series():
    weights = np.array(class_weights(LABELS, 3, "effective"))
    effective = [sum(0.999**i for i in range(n)) for n in (2, 6, 4)]
    np.testing.assert_allclose(weights * effective, weights[0] * effective[0])


def test_the_effective_number_levels_off_where_inverse_frequency_does_not():
    labels = np.repeat([0, 1], [1_000, 100_000])
    effective = class_weights(labels, 2, "effective")
    assert effective is not None
    rare, common = effective
    assert rare / common == pytest.approx(1 / (1 - 0.999**1000), rel=1e-3)
    inverse = class_weights(labels, 2, "inverse")
    assert inverse is not None
    rare, common = inverse
    assert rare / common == pytest.approx(100)


@pytest.mark.parametrize("balance", ["effective", "inverse"])
def test_weights_have_a_mean_of_one_over_the_images(balance):
    weights = np.array(class_weights(LABELS, 5, balance))  # Two classes without images.
    assert weights[LABELS].mean() == pytest.approx(1)
    assert np.isfinite(weights).all()


def test_no_balance_is_no_weights():
    assert class_weights(LABELS, 3, "none") is None
