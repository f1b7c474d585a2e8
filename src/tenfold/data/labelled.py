"""Make a dataset of arrays whose labels are whole numbers."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from tenfold.core.errors import DataError
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.data.class_names import notes_on_missing
from tenfold.data.holdout import TEST_PERCENT, hold_out
from tenfold.runs.environment import memory_bytes


@dataclass(frozen=True)
class Labelled:
    """Images with the labels that a file gives them.

    Attributes:
        images: uint8 (n, height, width, channels), 0-255.
        labels: int64 (n,), any whole numbers.
        files: The file of each image; empty if there are none.
    """

    images: np.ndarray
    labels: np.ndarray
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Parts:
    """The images of a source, as it divides them.

    Attributes:
        train: Images to fit.
        validation: Images that it holds out for validation; None if it has none.
        test: Images to test at the end; None where it has none.
    """

    train: Labelled
    validation: Labelled | None = None
    test: Labelled | None = None


def dataset_of(parts: Parts, provenance: Provenance, names: tuple[str, ...] | None) -> Dataset:
    """Number the classes, join the validation images to the training images, and hold out a test.

    Args:
        parts: The images.
        provenance: Where they came from; the notes of what is done here are added to it.
        names: What the file calls its classes; used if there is one for each label.

    Raises:
        DataError: There are too few images or classes, or the parts do not fit together.
    """
    where = provenance.location
    _check_parts(parts, where)
    notes = list(provenance.notes)
    if parts.test is None and parts.validation is not None:
        parts = Parts(parts.train, test=parts.validation)
        notes.append("There is no test part, so the part for validation is the test set.")
    train, given = _joined(parts, notes)
    numbers = np.unique(train.labels)
    if len(numbers) < 2:
        raise DataError(
            f"Expected at least two classes; received one, the label {numbers[0]}, for all "
            f"{len(train.labels):,} training images of {where}. Add images of another class."
        )
    classes = _class_names(numbers, names, notes)
    everything = _image_set(train, numbers, classes, where)
    if parts.test is not None:
        test = _image_set(parts.test, numbers, classes, where)
    else:
        kept, held_out = hold_out(everything.labels)
        test, everything = everything.take(held_out), everything.take(kept)
        notes.append(
            f"There is no test part, so a fixed {TEST_PERCENT} % of each class, drawn at random, "
            "is the test set."
        )
    notes += notes_on_missing("test", test.labels, classes)
    noted = replace(provenance, notes=tuple(notes))
    return Dataset(provenance.source, everything, test, noted, given)


def refuse_more_than_memory(n_bytes: int, where: object) -> None:
    """Refuse images that would not fit into this machine, before anything is allocated.

    Raises:
        DataError: They take more than half of its memory; a copy of them is made later.
    """
    memory = memory_bytes()
    if memory is not None and n_bytes > memory / 2:
        raise DataError(
            f"The arrays of {where} take {n_bytes / 1e9:,.1f} GB, more than half of this machine's "
            f"memory of {memory / 1e9:,.1f} GB. Keep fewer or smaller images, or use a machine "
            "with more memory."
        )


def _check_parts(parts: Parts, where: str) -> None:
    named = {"training": parts.train, "validation": parts.validation, "test": parts.test}
    present = {name: part for name, part in named.items() if part is not None}
    for name, part in present.items():
        if len(part.images) != len(part.labels):
            raise DataError(
                f"Expected a label for each image; received {len(part.images):,} {name} images and "
                f"{len(part.labels):,} labels in {where}. Give each image one label."
            )
        if not part.images.size:
            raise DataError(
                f"The {name} images of {where} are empty, of shape {part.images.shape}. Expected "
                "at least one image of at least one pixel. Add images, or leave that part out."
            )
    for (one, first), (other, second) in pairwise(present.items()):
        if first.images.shape[1:] != second.images.shape[1:]:
            raise DataError(
                f"Expected images of one shape in {where}; received {one} images of "
                f"{first.images.shape[1:]} and {other} images of {second.images.shape[1:]} "
                "(height, width, channels). Bring them to one shape."
            )


def _joined(parts: Parts, notes: list[str]) -> tuple[Labelled, np.ndarray | None]:
    """Training and validation images in one, and the positions of the latter."""
    if parts.validation is None:
        return parts.train, None
    both = (parts.train, parts.validation)
    joined = Labelled(
        np.concatenate([part.images for part in both]),
        np.concatenate([part.labels for part in both]),
        tuple(file for part in both for file in part.files),
    )
    n_train, n = len(parts.train.labels), len(joined.labels)
    notes.append(
        f"The data holds out {n - n_train:,} images for validation. They follow its {n_train:,} "
        "training images and are this run's validation set, unless the setting validation differs."
    )
    return joined, np.arange(n_train, n, dtype=np.int64)


def _class_names(
    numbers: np.ndarray, names: tuple[str, ...] | None, notes: list[str]
) -> tuple[str, ...]:
    """The names of the labels `numbers`, ascending; the numbers themselves if there are none."""
    plain = tuple(str(number) for number in numbers)
    if names is None:
        return plain
    first, last = int(numbers[0]), int(numbers[-1])
    distinct = len(set(names)) == len(names) and all(name.strip() for name in names)
    if distinct and first >= 0 and len(names) == last + 1:
        return tuple(names[number] for number in numbers)
    if distinct and len(names) == last - first + 1 == len(numbers):
        return names
    notes.append(
        f"The class names in the file are not used: expected a different one for each of "
        f"{len(numbers):,} labels, {first}..{last}; received {len(names):,}. The classes are "
        "called by their labels."
    )
    return plain


def _image_set(
    part: Labelled, numbers: np.ndarray, classes: tuple[str, ...], where: str
) -> ImageSet:
    unknown = np.setdiff1d(part.labels, numbers)
    if len(unknown):
        raise DataError(
            f"The test images of {where} have the label {unknown[0]}, which no training image has. "
            "Add training images of that class, or remove its test images."
        )
    labels = np.searchsorted(numbers, part.labels).astype(np.int64)
    return ImageSet(part.images, labels, classes, part.files)
