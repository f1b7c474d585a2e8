"""Splitting holds validation images out of the kept training images."""

import re

import numpy as np
import pytest

from tenfold.core.errors import TenfoldError
from tenfold.core.splits import Splits
from tenfold.data.split import split

CLASSES = ("ant", "bee", "cow")
LABELS = np.tile([0, 1, 2, 0, 0, 1], 10)  # 30 ants, 20 bees, 10 cows.
ALL = np.arange(60)


def made(
    validation: str = "10%",
    *,
    labels: np.ndarray = LABELS,
    kept: np.ndarray = ALL,
    train_size: int | None = None,
    seed: int = 0,
) -> Splits:
    return split(
        labels, kept, classes=CLASSES, validation=validation, train_size=train_size, seed=seed
    )


def counts(positions: np.ndarray) -> list[int]:
    per_class: list[int] = np.bincount(LABELS[positions], minlength=3).tolist()
    return per_class


@pytest.mark.parametrize("validation", ["first:12", "first:20%", "10%", "33.3%"])
def test_sets_are_disjoint_ascending_and_cover_what_was_kept(validation: str) -> None:
    kept = np.delete(ALL, [0, 7, 59])
    splits = made(validation, kept=kept)
    assert sorted([*splits.train, *splits.validation]) == kept.tolist()
    for positions in (splits.train, splits.validation):
        assert positions.dtype == np.int64
        assert (np.diff(positions) > 0).all()


def test_first_counts_in_the_gathered_order_and_leaves_out_what_was_not_kept() -> None:
    splits = made("first:10", kept=np.delete(ALL, [3, 5]))
    assert splits.validation.tolist() == [0, 1, 2, 4, 6, 7, 8, 9]


def test_first_share_is_of_all_gathered_images() -> None:
    splits = made("first:20%", kept=ALL[6:])
    assert splits.validation.tolist() == [6, 7, 8, 9, 10, 11]


def test_a_share_holds_each_class_in_proportion() -> None:
    assert counts(made("10%").validation) == [3, 2, 1]
    assert counts(made("50%").validation) == [15, 10, 5]


def test_what_does_not_divide_goes_to_the_largest_remainders() -> None:
    # 8 of 60: 4.0 ants, 2.67 bees, 1.33 cows.
    assert counts(made("10%", train_size=8).train) == [4, 3, 1]


def test_equal_remainders_go_to_the_first_classes() -> None:
    labels = np.repeat([0, 1, 2], 20)
    splits = made("10%", labels=labels, train_size=4)
    assert np.bincount(labels[splits.train]).tolist() == [2, 1, 1]


@pytest.mark.parametrize("size", range(4, 55))
def test_draws_exactly_as_many_as_asked_and_no_class_off_by_one_or_more(size: int) -> None:
    train = made("10%", train_size=size).train
    exact = np.array([27, 18, 9]) * size / 54
    assert len(train) == size
    assert (np.abs(np.array(counts(train)) - exact) < 1).all()


def test_the_seed_alone_decides_the_draw() -> None:
    first, again, other = made(seed=1), made(seed=1), made(seed=2)
    np.testing.assert_array_equal(first.validation, again.validation)
    assert first.validation.tolist() != other.validation.tolist()


def test_a_small_training_set_leaves_validation_as_it_is() -> None:
    small, whole = made(train_size=12), made()
    np.testing.assert_array_equal(small.validation, whole.validation)
    assert set(small.train) < set(whole.train)
    assert counts(small.train) == [6, 4, 2]


def test_a_small_training_set_is_not_just_the_first_images() -> None:
    assert made("first:12", train_size=12).train.max() > 30


@pytest.mark.parametrize("validation", ["first:60", "first:9999", "100%", "250%", "first:100%"])
def test_refuses_validation_that_takes_everything(validation: str) -> None:
    with pytest.raises(TenfoldError, match="takes all 60 training images"):
        made(validation)


@pytest.mark.parametrize("validation", ["first:0", "0%"])
def test_refuses_empty_validation(validation: str) -> None:
    with pytest.raises(TenfoldError, match="holds out none of 60 training images"):
        made(validation)


def test_a_tiny_share_still_holds_out_one_of_each_class() -> None:
    assert counts(made("1%").validation) == [1, 1, 1]


def test_first_images_of_sorted_data_are_refused_as_no_fair_sample() -> None:
    with pytest.raises(
        TenfoldError, match=r"not a fair sample: .* about 3 would be expected.*'10%'"
    ):
        made("first:10", labels=np.repeat([0, 1, 2], 20))


def test_a_rare_class_that_the_first_images_lack_gives_its_first_one() -> None:
    labels = np.tile([0, 1], 30)
    labels[[40, 50, 55]] = 2
    splits = made("first:10", labels=labels)
    assert splits.validation.tolist() == [*range(10), 40]


def test_refuses_first_images_that_take_all_of_a_class() -> None:
    labels = np.tile([0, 1], 30)
    labels[0] = 2
    with pytest.raises(TenfoldError, match="to fit, but none of 'cow'"):
        made("first:12", labels=labels)


def test_even_a_share_of_less_than_one_image_holds_out_one_of_each_class() -> None:
    labels = np.array([0, 1, 0, 1])
    splits = split(
        labels, np.arange(4), classes=("a", "b"), validation="10%", train_size=None, seed=0,
        test_labels=np.array([0, 1]),
    )  # fmt: skip
    assert np.bincount(labels[splits.validation]).tolist() == [1, 1]


@pytest.mark.parametrize("validation", ["10%", "first:20%"])
def test_two_classes_of_three_images_give_one_each_to_validation(validation: str) -> None:
    labels = np.array([0, 1, 0, 1, 0, 1])
    splits = split(
        labels, np.arange(6), classes=("a", "b"), validation=validation, train_size=None, seed=0
    )
    assert np.bincount(labels[splits.validation]).tolist() == [1, 1]
    assert np.bincount(labels[splits.train]).tolist() == [2, 2]


@pytest.mark.parametrize(("n_test", "held_out"), [(0, 0), (1, 1)])
def test_a_class_of_two_images_is_fitted_whole_unless_the_test_set_has_more(n_test, held_out):
    labels = np.array([0] * 20 + [1] * 2)
    splits = split(
        labels, np.arange(22), classes=("a", "b"), validation="10%", train_size=None, seed=0,
        test_labels=np.array([0] * 4 + [1] * n_test),
    )  # fmt: skip
    assert np.count_nonzero(labels[splits.validation] == 1) == held_out


def test_a_large_share_leaves_one_of_each_class_to_fit() -> None:
    labels = np.array([0] * 10 + [1] * 2)
    splits = split(
        labels, np.arange(12), classes=("a", "b"), validation="90%", train_size=None, seed=0,
        test_labels=np.array([1]),
    )  # fmt: skip
    assert np.bincount(labels[splits.train]).tolist() == [1, 1]


def test_validation_images_that_the_data_holds_out_are_taken_as_they_are() -> None:
    given = np.array([3, 4, 10, 20])
    splits = split(
        LABELS, np.delete(ALL, [4]), classes=CLASSES, validation="given", train_size=None, seed=0,
        given=given,
    )  # fmt: skip
    assert splits.validation.tolist() == [3, 10, 20]
    with pytest.raises(TenfoldError, match="this data holds out none"):
        made("given")


def test_refuses_a_train_size_too_small_for_every_class() -> None:
    with pytest.raises(TenfoldError, match=r"none of 'cow'\. Fit at least \d"):
        made(train_size=2)


@pytest.mark.parametrize("train_size", [1, 2, 3])
def test_the_train_size_that_an_error_names_is_enough(train_size: int) -> None:
    with pytest.raises(TenfoldError) as refused:
        made(train_size=train_size)
    found = re.search(r"'train_size': (\d+)", str(refused.value))
    assert found
    assert set(LABELS[made(train_size=int(found[1])).train]) == {0, 1, 2}


@pytest.mark.parametrize("validation", ["0%", "100%", "first:0", "first:1000", "given"])
def test_the_share_that_an_error_names_can_be_held_out(validation: str) -> None:
    with pytest.raises(TenfoldError, match=r"`overrides=\{'validation': '10%'\}`"):
        made(validation)
    assert len(made("10%").validation)


def test_refuses_a_class_that_has_no_training_image() -> None:
    with pytest.raises(
        TenfoldError, match=r"There are 50 training images, but none of 'cow'\. Add"
    ):
        made(kept=np.flatnonzero(LABELS != 2))


@pytest.mark.parametrize("train_size", [0, -5, 55])
def test_refuses_a_train_size_beyond_what_is_left(train_size: int) -> None:
    with pytest.raises(TenfoldError, match=rf"train_size of 1\.\.54.*received {train_size}\."):
        made(train_size=train_size)


def test_refuses_a_negative_seed() -> None:
    with pytest.raises(TenfoldError, match="seed of 0 or more; received -1"):
        made(seed=-1)


def test_refuses_validation_where_no_class_has_an_image_to_give() -> None:
    with pytest.raises(TenfoldError, match="No class has enough images for validation"):
        made("10%", labels=np.array([0, 1, 2]), kept=np.arange(3))
