import numpy as np
import pytest

from tenfold.core.errors import DataError
from tenfold.data.folds import divide, hold_out_to_stop


def in_each(labels, fold_of):
    """Count images of each fold (rows) and class."""
    counts = np.zeros((fold_of.max() + 1, labels.max() + 1), dtype=int)
    np.add.at(counts, (fold_of, labels), 1)
    return counts


def test_folds_and_the_images_of_a_class_in_them_differ_by_one_at_most():
    labels = np.random.default_rng(0).permutation(np.repeat([0, 1, 2, 3], [17, 8, 3, 1]))
    counts = in_each(labels, divide(labels, 5, seed=0))
    assert counts.shape == (5, 4)
    assert (np.ptp(counts, axis=0) <= 1).all()
    assert np.ptp(counts.sum(axis=1)) <= 1
    assert counts.sum(axis=0).tolist() == [17, 8, 3, 1]


def test_the_seed_decides_the_folds():
    labels = np.repeat([0, 1], 50)
    first, again, other = (divide(labels, 4, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_group_is_never_divided_and_folds_stay_even():
    random = np.random.default_rng(0)
    groups = random.permutation(np.repeat(np.arange(60), random.integers(1, 12, 60)))
    labels = (groups % 3).astype(np.int64)
    labels[random.random(len(labels)) < 0.2] = 0  # Groups of more than one class.
    fold_of = divide(labels, 5, seed=0, groups=groups)
    assert all(len(set(fold_of[groups == group])) == 1 for group in range(60))
    counts = in_each(labels, fold_of)
    fair = counts.sum(axis=0) / 5
    assert (np.abs(counts - fair) < 0.25 * fair).all()


def test_groups_of_one_image_are_divided_as_evenly_as_without_groups():
    labels = np.repeat([0, 1, 2], [20, 10, 5])
    counts = in_each(labels, divide(labels, 5, seed=0, groups=np.arange(35)))
    np.testing.assert_array_equal(counts, [[4, 2, 1]] * 5)


def test_every_fold_gets_a_group_even_of_a_single_class():
    fold_of = divide(np.zeros(9, dtype=np.int64), 3, seed=0, groups=np.array([7] * 7 + [1, 4]))
    assert sorted(np.bincount(fold_of)) == [1, 1, 7]


@pytest.mark.parametrize("n_folds", [0, 1, 9])
def test_refuses_one_fold_and_more_than_the_commonest_class_has_images(n_folds):
    with pytest.raises(DataError, match=f"`folds` of 2 to 8, .* received {n_folds}"):
        divide(np.repeat([0, 1], [8, 3]), n_folds, seed=0)


def test_refuses_what_cannot_be_divided():
    with pytest.raises(DataError, match="No class has two training images"):
        divide(np.arange(4), 2, seed=0)
    with pytest.raises(DataError, match="only 2 groups .* `folds`, which is 3"):
        divide(np.zeros(6, dtype=np.int64), 3, seed=0, groups=np.array([0, 0, 0, 1, 1, 1]))


def test_a_tenth_decides_when_to_stop_with_its_groups_whole():
    labels = np.repeat([0, 1], 50)
    held_out = hold_out_to_stop(labels, seed=0)
    assert np.bincount(labels[held_out]).tolist() == [5, 5]
    groups = np.arange(100) // 5
    held_out = hold_out_to_stop(labels, seed=0, groups=groups)
    assert held_out.sum() == 10
    assert set(groups[held_out]).isdisjoint(groups[~held_out])
    assert hold_out_to_stop(np.array([0, 1, 2]), seed=0).sum() == 1
    with pytest.raises(DataError, match="set patience to null"):
        hold_out_to_stop(labels, seed=0, groups=np.zeros(100, dtype=np.int64))
