"""Splitting holds validation images out of the kept training images."""

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


@pytest.mark.parametrize("validation", ["first:0", "0%", "1%"])
def test_refuses_empty_or_tiny_validation(validation: str) -> None:
    with pytest.raises(TenfoldError, match=r"holds out \d images, but none of .*'cow'"):
        made(validation)


def test_refuses_validation_without_a_class_and_says_what_to_do() -> None:
    with pytest.raises(TenfoldError, match=r"none of 'bee', 'cow'\. Use a share .*'10%'"):
        made("first:10", labels=np.repeat([0, 1, 2], 20))


def test_refuses_training_images_without_a_class() -> None:
    labels = np.array([2, *LABELS[:10], *np.tile([0, 1], 20)])
    labels[labels == 2] = 0
    labels[0] = 2
    with pytest.raises(TenfoldError, match="to fit, but none of 'cow'"):
        made("first:12", labels=labels, kept=np.arange(len(labels)))


def test_refuses_a_train_size_too_small_for_every_class() -> None:
    with pytest.raises(TenfoldError, match=r"none of 'cow'\. Ask for more than 2"):
        made(train_size=2)


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
