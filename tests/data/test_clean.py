"""Cleaning removes what would mislead from training, and only flags test images."""

import json
from collections.abc import Callable

import numpy as np
import pytest
from tests.conftest import most_bytes, some_kilobytes

from tenfold.core.cleaning import Cleaning
from tenfold.core.errors import TenfoldError
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.data import overlap
from tenfold.data.clean import clean

CLASSES = ("ant", "bee")


def picture(number: int) -> list[int]:
    """Two pixels that differ from each other; another number gives another picture."""
    return [number, 255 - number]


def cleaned(train: list[tuple[list[int], int]], test: list[tuple[list[int], int]]) -> Cleaning:
    """Clean sets given as (pixels, label)."""
    sets = [
        ImageSet(
            np.array([pixels for pixels, _ in images], dtype=np.uint8).reshape(-1, 1, 2, 1),
            np.array([label for _, label in images], dtype=np.int64),
            CLASSES,
        )
        for images in (train, test)
    ]
    return clean(Dataset("made", sets[0], sets[1], Provenance("folder", "made")))


def summary(cleaning: Cleaning) -> list[tuple[str, str, list[int], str]]:
    return [(f.kind, f.split, f.positions.tolist(), f.action) for f in cleaning.findings]


GOOD = [(picture(1), 0), (picture(2), 1)]
OTHER = [(picture(3), 0), (picture(4), 1)]


def test_keeps_everything_that_is_in_order() -> None:
    cleaning = cleaned(GOOD, OTHER)
    assert cleaning.kept.tolist() == [0, 1]
    assert cleaning.kept.dtype == np.int64
    assert cleaning.findings == ()
    assert any("1 x 2 pixels with 1 channel." in check for check in cleaning.checks)
    assert any("0..1" in check for check in cleaning.checks)


def test_keeps_the_first_of_identical_training_images() -> None:
    cleaning = cleaned([*GOOD, (picture(1), 0), (picture(1), 0)], OTHER)
    assert cleaning.kept.tolist() == [0, 1]
    assert summary(cleaning) == [("duplicate", "train", [2, 3], "removed")]


def test_removes_all_identical_training_images_that_disagree_on_the_label() -> None:
    cleaning = cleaned([(picture(9), 0), *GOOD, (picture(9), 1), (picture(9), 0)], OTHER)
    assert cleaning.kept.tolist() == [1, 2]
    assert summary(cleaning) == [("conflicting_labels", "train", [0, 3, 4], "removed")]


def test_removes_training_images_that_are_in_the_test_set() -> None:
    cleaning = cleaned([*GOOD, (picture(4), 1)], OTHER)
    assert cleaning.kept.tolist() == [0, 1]
    assert summary(cleaning) == [
        ("in_test", "train", [2], "removed"),
        ("in_train", "test", [1], "flagged"),
    ]


def test_removes_constant_training_images() -> None:
    cleaning = cleaned([([7, 7], 0), *GOOD], OTHER)
    assert cleaning.kept.tolist() == [1, 2]
    assert summary(cleaning) == [("constant", "train", [0], "removed")]


def test_flags_test_images_and_removes_none() -> None:
    test = [([5, 5], 0), (picture(8), 0), (picture(8), 1)]
    cleaning = cleaned(GOOD, test)
    assert cleaning.kept.tolist() == [0, 1]
    assert summary(cleaning) == [
        ("conflicting_labels", "test", [1, 2], "flagged"),
        ("constant", "test", [0], "flagged"),
        ("duplicate", "test", [2], "flagged"),
    ]


def test_flags_a_test_image_that_training_labels_otherwise() -> None:
    cleaning = cleaned([*GOOD, (picture(4), 0)], OTHER)
    assert summary(cleaning) == [
        ("in_test", "train", [2], "removed"),
        ("in_train", "test", [1], "flagged"),
        ("conflicting_labels", "test", [1], "flagged"),
    ]


def test_removes_an_image_with_several_faults_for_one_reason() -> None:
    faulty = [([4, 4], 0), ([4, 4], 1), (picture(3), 1)]
    cleaning = cleaned([*GOOD, *faulty], OTHER)
    removed = [f.positions for f in cleaning.findings if f.action == "removed"]
    assert np.concatenate(removed).tolist() == [4, 2, 3]
    assert cleaning.n_removed == 3


def test_agrees_with_comparing_every_pair_of_images() -> None:
    random = np.random.default_rng(1)
    pixels = random.integers(0, 4, (80, 1, 3, 1), dtype=np.uint8)
    labels = random.integers(0, 2, 80)
    train, test = (ImageSet(pixels[s], labels[s], CLASSES) for s in (slice(60), slice(60, 80)))
    same = (pixels[:, None] == pixels[None]).all(axis=(2, 3, 4))
    kept = [
        i
        for i in range(60)
        if not same[i, 60:].any()
        and not (same[i, :60] & (labels[:60] != labels[i])).any()
        and not same[i, :i].any()
        and len(set(pixels[i].ravel().tolist())) > 1
    ]
    cleaning = clean(Dataset("made", train, test, Provenance("folder", "made")))
    assert 0 < len(kept) < 60
    assert cleaning.kept.tolist() == kept


def test_takes_equal_digests_of_different_images_for_no_copy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(overlap, "_digest", lambda _: b"one for all")
    assert cleaned(GOOD, OTHER).findings == ()


def test_finds_the_same_among_images_on_the_disk_part_by_part(
    on_disk: Callable[[ImageSet], ImageSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenfold.core.images.PART_BYTES", 7 * 3)
    random = np.random.default_rng(2)
    pixels = random.integers(0, 4, (80, 1, 3, 1), dtype=np.uint8)
    labels = random.integers(0, 2, 80)
    train, test = (ImageSet(pixels[s], labels[s], CLASSES) for s in (slice(60), slice(60, 80)))
    here = clean(Dataset("made", train, test, Provenance("folder", "made")))
    there = clean(Dataset("made", on_disk(train), on_disk(test), Provenance("folder", "made")))
    assert len({found.kind for found in here.findings}) == 5
    assert there.to_dict() == here.to_dict()
    np.testing.assert_array_equal(there.kept, here.kept)


def test_holds_few_of_the_images_on_the_disk_at_once(
    on_disk: Callable[[ImageSet], ImageSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenfold.core.images.PART_BYTES", 10 * 3072)
    images = on_disk(some_kilobytes(300))
    test = images.take(np.arange(0))
    dataset = Dataset("made", images, test, Provenance("folder", "made"))
    assert most_bytes(lambda: clean(dataset)) < 150 * 3072


def test_accepts_an_empty_test_set() -> None:
    images = ImageSet(np.array([[1, 2]], dtype=np.uint8).reshape(1, 1, 2, 1), np.array([0]), ("a",))
    empty = images.take(np.array([], dtype=np.int64))
    assert clean(Dataset("made", images, empty, Provenance("folder", "x"))).kept.tolist() == [0]


def test_refuses_to_remove_every_image_of_a_class() -> None:
    train = [(picture(1), 0), (picture(4), 1), ([6, 6], 1)]
    with pytest.raises(TenfoldError, match=r"all 2 training images of 'bee' \(1 in test, 1 const"):
        cleaned(train, OTHER)


def test_refuses_training_and_test_images_of_different_shapes() -> None:
    small = ImageSet(np.zeros((1, 1, 2, 1), dtype=np.uint8), np.array([0]), ("a",))
    large = ImageSet(np.zeros((1, 2, 2, 1), dtype=np.uint8), np.array([0]), ("a",))
    with pytest.raises(TenfoldError, match=r"of one shape.*\(1, 2, 1\).*\(2, 2, 1\)"):
        clean(Dataset("made", small, large, Provenance("folder", "made")))


def test_json_says_what_was_removed_and_why() -> None:
    cleaning = cleaned([*GOOD, (picture(1), 0)], OTHER)
    facts = json.loads(json.dumps(cleaning.to_dict()))
    assert (facts["n_train"], facts["n_kept"], facts["n_removed"]) == (3, 2, 1)
    assert facts["findings"][0]["positions"] == [2]
    assert "earlier training image" in facts["findings"][0]["reason"]
