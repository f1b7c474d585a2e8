"""Images that are mislabelled together: a folder, a group, or a class of the test set."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np

from tenfold.core.cleaning import SetName
from tenfold.core.images import Dataset
from tenfold.measure.intervals import wilson_interval

FEWEST = 5
"""Images in a unit. Of fewer, each is looked at on its own."""

LEAST_SHARE = 0.5
"""Share of a unit's images that must look like the same other class."""

RISK = 0.01
"""Chance, over all units of a dataset, of a finding in units that are like the rest of a class."""


@dataclass(frozen=True)
class Together:
    """Images with one label, most of which look like one other class.

    Attributes:
        split: The set that they are in.
        what: What they have in common: `folder`, `group` or `class`.
        name: The folder, the number of the group, or the class.
        label: Their label.
        other: The class that they look like.
        positions: int64 (n,), all of them, ascending.
        n_other: How many look like `other`.
    """

    split: SetName
    what: str
    name: str
    label: int
    other: int
    positions: np.ndarray
    n_other: int


def find_together(
    dataset: Dataset, predicted: Mapping[str, np.ndarray], judgeable: np.ndarray
) -> list[Together]:
    """Find units whose images look like another class, unlike other images with their label.

    Half of a unit at least must look like the same other class, and more than chance explains if
    it were like the other training images of its label. Chance is bounded for all units together.

    Args:
        dataset: Training and test images.
        predicted: For each set, int64 (n,): the most probable classes.
        judgeable: bool (n_classes,): classes whose images are judged.

    Returns:
        The most surprising first; each image is in one of them at most.
    """
    from scipy.stats import binom

    labels = {"train": dataset.train.labels, "test": dataset.test.labels}
    units = [unit for unit in _units(dataset) if len(unit[3]) >= FEWEST]
    found: list[tuple[float, Together]] = []
    for split, what, name, positions in units:
        label = int(labels[split][positions[0]])
        looks = predicted[split][positions]
        counts = np.bincount(looks, minlength=len(dataset.classes))
        counts[label] = 0
        other = int(counts.argmax())
        n, n_other = len(positions), int(counts[other])
        if not judgeable[label] or n_other < LEAST_SHARE * n:
            continue
        rest = labels["train"] == label
        if split == "train":
            rest[positions] = False
        if rest.sum() < FEWEST:
            continue
        usual = wilson_interval(int((predicted["train"][rest] == other).sum()), int(rest.sum()))[1]
        chance = float(binom.sf(n_other - 1, n, usual))
        if chance * len(units) < RISK:
            unit = Together(split, what, name, label, other, positions, n_other)
            found.append((chance, unit))
    return _each_image_once([unit for _, unit in sorted(found, key=lambda each: each[0])])


def _each_image_once(units: list[Together]) -> list[Together]:
    taken: set[tuple[str, int]] = set()
    kept = []
    for unit in units:
        images = {(unit.split, at) for at in unit.positions.tolist()}
        if not images & taken:
            taken |= images
            kept.append(unit)
    return kept


def _units(dataset: Dataset) -> Iterator[tuple[SetName, str, str, np.ndarray]]:
    """Images of one set with one label that may share a fault: where, what, name, positions."""
    sets: tuple[SetName, ...] = ("train", "test")
    for split in sets:
        images = dataset.train if split == "train" else dataset.test
        if split == "test":
            for positions, at in _with_one_label(images.labels, images.labels):
                yield split, "class", images.classes[at], positions

        folders = [str(PurePosixPath(file).parent) for file in images.files]
        if folders:
            names, number = np.unique(folders, return_inverse=True)
            for positions, at in _with_one_label(images.labels, number):
                yield split, "folder", str(names[at]), positions
        if split == "train" and dataset.groups is not None:
            for positions, at in _with_one_label(images.labels, dataset.groups):
                yield split, "group", str(at), positions


def _with_one_label(labels: np.ndarray, number: np.ndarray) -> Iterator[tuple[np.ndarray, int]]:
    """The positions of each pair of a label and a number, with the number."""
    order = np.lexsort((labels, number))
    keys = np.stack([number[order], labels[order]])
    starts = np.flatnonzero((np.diff(keys, axis=1) != 0).any(axis=0)) + 1
    for part in np.split(order, starts):
        if len(part):
            yield np.sort(part), int(number[part[0]])
