import numpy as np
import pytest

from tenfold.core.errors import DataError
from tenfold.data.groups import count_groups
from tenfold.data.holdout import hold_out
from tenfold.data.split import split


def divided(groups, *parts):
    """The groups that have images in more than one of the parts."""
    inside = [set(groups[part].tolist()) for part in parts]
    return {g for i, one in enumerate(inside) for other in inside[i + 1 :] for g in one & other}


def people(n_people, n_each, *, seed=0):
    """Labels of three classes, and the person of each image, in a random order."""
    random = np.random.default_rng(seed)
    groups = random.permutation(np.repeat(np.arange(n_people), n_each))
    return random.integers(0, 3, len(groups)), groups


def halved(labels, groups, **options):
    wanted = {"validation": "20%", "train_size": None, "seed": 0, **options}
    classes = tuple("abcdefgh"[: labels.max() + 1])
    return split(labels, np.arange(len(labels)), classes=classes, groups=groups, **wanted)


def test_counts_the_groups_of_each_class():
    labels, groups = np.array([0, 0, 1, 1, 1, 2]), np.array([7, 7, 7, 8, 9, 9])
    assert count_groups(labels, groups, 4).tolist() == [1, 3, 1, 0]


@pytest.mark.parametrize("seed", range(5))
def test_a_test_set_of_whole_groups_is_near_a_fifth_of_each_class(seed):
    labels, groups = people(60, 10, seed=seed)
    train, test = hold_out(labels, groups)
    assert not divided(groups, train, test)
    assert np.array_equal(np.sort(np.concatenate([train, test])), np.arange(600))
    for label in range(3):
        share = np.count_nonzero(labels[test] == label) / np.count_nonzero(labels == label)
        assert share == pytest.approx(0.2, abs=0.05)


@pytest.mark.parametrize("seed", range(5))
def test_validation_is_drawn_in_whole_groups(seed):
    labels, groups = people(40, 5)
    splits = halved(labels, groups, seed=seed)
    assert not divided(groups, splits.train, splits.validation)
    assert len(splits.validation) == pytest.approx(40, abs=5)
    again = halved(labels, groups, seed=seed)
    assert np.array_equal(again.validation, splits.validation)


def test_another_seed_draws_other_groups():
    labels, groups = people(40, 5)
    drawn = [tuple(halved(labels, groups, seed=seed).validation) for seed in range(3)]
    assert len(set(drawn)) == 3


def test_a_class_of_three_groups_gives_one_to_each_set():
    labels = np.repeat([0, 1], 30)
    groups = np.repeat(np.arange(6), 10)  # Three large groups in each class.
    train, test = hold_out(labels, groups)
    splits = halved(labels[train], groups[train], test_labels=labels[test])
    for part in (test, train[splits.train], train[splits.validation]):
        assert set(labels[part]) == {0, 1}
    assert not divided(groups, test, train[splits.train], train[splits.validation])


def test_a_class_of_two_groups_stays_to_be_fitted():
    labels = np.array([0] * 20 + [1] * 20)
    groups = np.concatenate([np.arange(20), np.repeat([100, 101], 10)])
    train, test = hold_out(labels, groups)
    assert np.count_nonzero(labels[train] == 1) == 20
    assert set(labels[test]) == {0}


def test_a_group_with_a_rare_class_goes_where_a_common_one_would_lack():
    labels = np.array([0, 1, 0, 1, 0, 2])  # Every group of class 0 has a class of fewer than three.
    groups = np.array([1, 1, 2, 2, 3, 3])
    train, test = hold_out(labels, groups)
    assert 0 in labels[test]
    assert set(labels[train]) == {0, 1, 2}
    assert not divided(groups, train, test)


def test_groups_of_one_image_are_as_none():
    labels = np.arange(50) % 5
    _, test = hold_out(labels, np.arange(50))
    assert np.bincount(labels[test]).tolist() == [2] * 5


def test_refuses_what_no_group_can_give():
    with pytest.raises(DataError, match="No class has 3 groups"):
        hold_out(np.zeros(10, dtype=np.int64), np.arange(10) % 2)
    with pytest.raises(DataError, match="that takes two training images"):
        halved(np.array([0, 0, 0, 1, 1, 1]), np.array([1, 1, 1, 2, 2, 2]))


def test_refuses_the_first_images_where_there_are_groups():
    labels, groups = people(10, 5)
    with pytest.raises(DataError, match=r"may divide a group. Hold out a share .*10%"):
        halved(labels, groups, validation="first:20%")
