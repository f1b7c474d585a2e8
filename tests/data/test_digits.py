import numpy as np
import pytest

from tenfold.core.errors import DataError
from tenfold.data.digits import gather_digits
from tenfold.data.holdout import hold_out


def test_digits_are_uint8_and_use_the_whole_range():
    digits = gather_digits()
    assert digits.shape == (8, 8, 1)
    assert len(digits.train) + len(digits.test) == 1797
    assert digits.classes == tuple("0123456789")
    assert (digits.train.images[:].min(), digits.train.images[:].max()) == (0, 255)
    # The first row of the bundled file, 0 0 5 13 9 1 0 0, times 255 / 16.
    rows = np.concatenate([digits.train.images[:], digits.test.images[:]])[:, 0, :, 0]
    assert (rows == [0, 0, 80, 207, 143, 16, 0, 0]).all(axis=1).any()


def test_digits_are_divided_alike_each_time():
    one, two = gather_digits(), gather_digits()
    np.testing.assert_array_equal(one.test.images, two.test.images)
    counts = np.bincount(one.test.labels)
    share = counts / (counts + np.bincount(one.train.labels))
    np.testing.assert_allclose(share, 0.2, atol=0.003)


@pytest.mark.parametrize(
    ("n", "n_test"), [(1, 0), (2, 0), (3, 1), (4, 1), (5, 1), (8, 2), (100, 20)]
)
def test_holds_out_a_fifth_of_each_class_but_at_least_one_of_three(n, n_test):
    labels = np.array([0] * n + [1] * 10)
    train, test = hold_out(labels)
    assert (labels[test] == 0).sum() == n_test
    assert (labels[test] == 1).sum() == 2
    assert sorted([*train, *test]) == list(range(n + 10))
    assert sorted(train) == list(train)


def test_refuses_to_hold_a_test_set_out_of_two_images_a_class():
    with pytest.raises(DataError, match="No class has 3 images, so no test set can be held out"):
        hold_out(np.array([0, 0, 1, 1]))
