"""Clean: remove misleading images from the training set; never change the test set."""

import numpy as np

from tenfold.core.cleaning import Action, Cleaning, Finding, SetName
from tenfold.core.errors import DataError
from tenfold.core.images import Dataset, ImageSet
from tenfold.core.text import counted
from tenfold.data.overlap import originals_of

_TRAIN_REASONS = {
    "excluded": "Left out by a person, as keep=no in quarantine.csv says.",
    "relabelled": "A person gave them another label, as quarantine.csv suggests.",
    "in_test": "Identical to a test image; removed so that the test images stay unseen.",
    "conflicting_labels": "An identical image has another label; all of them removed, "
    "as none of the labels can be trusted.",
    "constant": "Every pixel has the same value, so there is nothing to learn; removed.",
    "duplicate": "Identical to an earlier training image; removed, the first one is kept.",
}
_TEST_REASONS = {
    "in_train": "Identical to a training image; kept, the training image was removed.",
    "conflicting_labels": "An identical image has another label; kept, "
    "as test images are never removed.",
    "constant": "Every pixel has the same value; kept, as test images are never removed.",
    "duplicate": "Identical to an earlier test image; kept, as test images are never removed.",
}


def clean(dataset: Dataset) -> Cleaning:
    """Find constant, repeated and contradictory images, and choose the images to keep.

    From the training images it removes those identical to a test image, those identical to
    each other with different labels (all of them), constant ones, and copies after the first.
    Test images are flagged, never removed. Only exact copies are found. First of all, images that a
    person decided to leave out are removed.

    Raises:
        DataError: The sets do not fit together, or nothing would be left of a class.
    """
    train, test = dataset.train, dataset.test
    checks = _passed_checks(dataset)
    excluded, relabelled = _decided(dataset)
    originals = _without(originals_of(train, test), excluded)
    conflicting = _conflicting(originals, np.concatenate([train.labels, test.labels]))
    of_train, of_test = np.split(originals, [len(train)])
    train_faults = {
        "excluded": excluded,
        "in_test": np.isin(of_train, of_test),
        "conflicting_labels": conflicting[: len(train)],
        "constant": _constant(train),
        "duplicate": _repeated(of_train),
    }
    test_faults = {
        "in_train": np.isin(of_test, of_train),
        "conflicting_labels": conflicting[len(train) :],
        "constant": _constant(test),
        "duplicate": _repeated(of_test),
    }
    removed = np.zeros(len(train), dtype=bool)
    for fault in train_faults.values():
        fault &= ~removed  # An image is removed for the first reason that applies.
        removed |= fault
    _refuse_to_empty_a_class(train, train_faults, removed)
    return Cleaning(
        n_train=len(train),
        kept=np.flatnonzero(~removed),
        checks=checks,
        findings=(
            *_findings("train", train_faults, "removed", _TRAIN_REASONS),
            *_findings("train", {"relabelled": relabelled}, "relabelled", _TRAIN_REASONS),
            *_findings("test", test_faults, "flagged", _TEST_REASONS),
        ),
    )


def _decided(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Bool (n_train,) twice: which training images a person left out, or gave another label."""
    excluded, relabelled = np.zeros((2, len(dataset.train)), dtype=bool)
    if dataset.corrections is not None:
        excluded[dataset.corrections.excluded] = True
        relabelled[dataset.corrections.relabelled] = True
    return excluded, relabelled


def _without(originals: np.ndarray, excluded: np.ndarray) -> np.ndarray:
    """The first identical image of each, as if some training images were not there.

    Args:
        originals: int64 (n_train + n_test,).
        excluded: bool (n_train,), images that become like no other.
    """
    every = np.arange(len(originals))
    stays = ~np.concatenate([excluded, np.zeros(len(originals) - len(excluded), dtype=bool)])
    firsts = np.full(len(originals), len(originals))
    np.minimum.at(firsts, originals[stays], every[stays])
    return np.where(stays, firsts[originals], every)


def _passed_checks(dataset: Dataset) -> tuple[str, ...]:
    """Check training and test images together, and list all checks that passed."""
    train, test = dataset.train, dataset.test
    if train.shape != test.shape or train.classes != test.classes:
        raise DataError(
            "Expected training and test images of one shape and with the same classes; received "
            f"{train.shape} with {len(train.classes)} classes and "
            f"{test.shape} with {len(test.classes)} classes. Gather both the same way."
        )
    height, width, channels = dataset.shape
    return (
        f"Shape: all {len(train) + len(test):,} images are "
        f"{height} x {width} pixels with {counted(channels, 'channel')}.",
        f"Type: all values are {train.images.dtype}, 0..255.",
        f"Labels: one for each image, all in 0..{len(dataset.classes) - 1}.",
    )


def _conflicting(originals: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Whether an identical image has another label: bool (n,)."""
    _, group = np.unique(originals, return_inverse=True)
    lowest = np.full(len(labels), np.iinfo(np.int64).max)
    highest = np.full(len(labels), -1)
    np.minimum.at(lowest, group, labels)
    np.maximum.at(highest, group, labels)
    differs: np.ndarray = lowest[group] != highest[group]
    return differs


def _constant(images: ImageSet) -> np.ndarray:
    """Whether all values of the image are the same: bool (n,)."""
    flat_parts = (part.reshape(len(part), -1) for part in images.parts())
    same = [part.min(axis=1) == part.max(axis=1) for part in flat_parts]
    return np.concatenate([np.zeros(0, dtype=bool), *same])


def _repeated(originals: np.ndarray) -> np.ndarray:
    """Whether an earlier image of the same set is identical: bool (n,)."""
    _, first = np.unique(originals, return_index=True)
    repeated = np.ones(len(originals), dtype=bool)
    repeated[first] = False
    return repeated


def _findings(
    split: SetName, faults: dict[str, np.ndarray], action: Action, reasons: dict[str, str]
) -> tuple[Finding, ...]:
    return tuple(
        Finding(kind, split, np.flatnonzero(fault), action, reasons[kind])
        for kind, fault in faults.items()
        if fault.any()
    )


def _refuse_to_empty_a_class(
    train: ImageSet, faults: dict[str, np.ndarray], removed: np.ndarray
) -> None:
    for label, name in enumerate(train.classes):
        members = train.labels == label
        if not members.any() or not removed[members].all():
            continue
        causes = ", ".join(
            f"{np.count_nonzero(fault & members):,} {kind}"
            for kind, fault in faults.items()
            if (fault & members).any()
        )
        raise DataError(
            f"Cleaning would remove all {np.count_nonzero(members):,} training images of "
            f"'{name}' ({causes.replace('_', ' ')}). Add other images of that class, or take "
            "the test images out of the training images."
        )
