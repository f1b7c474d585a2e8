"""Read a quarantine.csv that a person has edited, and check that it is about these images."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from tenfold.core.cleaning import SetName
from tenfold.core.errors import DataError, nearest
from tenfold.core.images import Dataset
from tenfold.data.table import read_rows

LABEL = "label"
"""The finding whose suggestion is a class."""
AUDIT = "audit.json"
"""Beside quarantine.csv as an audit wrote it; it holds the checksums of the images."""

_NEEDED = ("split", "position", "keep")
_KEEP = {"yes": True, "no": False}


@dataclass(frozen=True)
class Decision:
    """One row.

    Attributes:
        line: Its line in the file, from 1.
        split: The set that the image is in.
        position: Its position in that set, as the data has it now.
        finding: What was found.
        suggestion: Of a finding `label`, the class that it should be.
        keep: Whether the image stays.
    """

    line: int
    split: SetName
    position: int
    finding: str
    suggestion: str
    keep: bool


def read_quarantine(path: Path, dataset: Dataset) -> list[Decision]:
    """Read the rows of a quarantine.csv, and find the image of each.

    Images of files are found by their names, others by their positions.

    Raises:
        DataError: It is not such a file, or is about other images.
    """
    header, *rows = read_rows(path)
    names = [name.lower() for name in header.fields]
    if lacking := [name for name in _NEEDED if name not in names]:
        raise DataError(
            f"Expected {path} to be a quarantine.csv of `tenfold audit`, with the columns "
            f"{', '.join(_NEEDED)} at least; received {', '.join(header.fields)}, without "
            f"{', '.join(lacking)}. Keep its first line when you edit it."
        )
    _check_digests(path, dataset)
    by_file = {
        "train": {name: at for at, name in enumerate(dataset.train.files)},
        "test": {name: at for at, name in enumerate(dataset.test.files)},
    }
    decisions = []
    for row in rows:
        texts = dict(zip(names, row.fields, strict=False))
        where = f"{path}, line {row.line:,}"
        split = _split(texts.get("split", ""), where)
        decisions.append(
            Decision(
                row.line,
                split,
                _position(texts, split, dataset, by_file[split], where),
                texts.get("finding", ""),
                texts.get("suggestion", ""),
                _keep(texts.get("keep", ""), where),
            )
        )
    return decisions


def excluded(decisions: list[Decision]) -> np.ndarray:
    """int64 (m,), ascending: the training images that a row with keep=no is about."""
    return np.unique([each.position for each in _of_train(decisions) if not each.keep]).astype(
        np.int64
    )


def relabelled(
    decisions: list[Decision], dataset: Dataset, path: Path
) -> tuple[np.ndarray, np.ndarray]:
    """The training images that get another label, and these labels.

    They are those with the finding `label` and a suggestion, unless they are not kept.

    Returns:
        int64 (m,), ascending, and int64 (m,).

    Raises:
        DataError: A suggestion is not a class, or two rows suggest different ones.
    """
    number = {name: label for label, name in enumerate(dataset.classes)}
    labels: dict[int, int] = {}
    for each in _of_train(decisions):
        if each.finding != LABEL or not each.suggestion or not each.keep:
            continue
        where = f"{path}, line {each.line:,}"
        if each.suggestion not in number:
            raise DataError(
                f"{where}: there is no class '{each.suggestion}'."
                f"{nearest(each.suggestion, dataset.classes)} Expected one of the data's classes, "
                "or nothing, to keep the label."
            )
        label = labels.setdefault(each.position, number[each.suggestion])
        if label != number[each.suggestion]:
            raise DataError(
                f"{where}: an earlier line gives this image the class "
                f"'{dataset.classes[label]}', this one '{each.suggestion}'. Remove one of them."
            )
    changed = sorted(at for at, label in labels.items() if dataset.train.labels[at] != label)
    return (
        np.array(changed, dtype=np.int64),
        np.array([labels[at] for at in changed], dtype=np.int64),
    )


def _of_train(decisions: list[Decision]) -> list[Decision]:
    return [each for each in decisions if each.split == "train"]


def _check_digests(path: Path, dataset: Dataset) -> None:
    """Compare checksums, where the audit's own file is beside; files are found by name instead."""
    if dataset.train.files:
        return
    try:
        about = json.loads((path.parent / AUDIT).read_text(encoding="utf-8"))["data"]
        then, name = about["digests"], about["name"]
    except (OSError, ValueError, LookupError, TypeError):
        return
    if then != (now := dataset.digests()):
        raise DataError(
            f"{path} is about other images: {path.parent / AUDIT} has those of '{name}', with the "
            f"checksums {then}; received '{dataset.name}', with {now}. Audit these images, and "
            "edit the file that this gives."
        )


def _split(text: str, where: str) -> SetName:
    if text not in ("train", "test"):
        raise DataError(f"{where}: expected the split to be train or test; received '{text}'.")
    return cast(SetName, text)


def _keep(text: str, where: str) -> bool:
    if text.lower() not in _KEEP:
        raise DataError(f"{where}: expected keep to be yes or no; received '{text}'.")
    return _KEEP[text.lower()]


def _position(
    texts: dict[str, str], split: SetName, dataset: Dataset, by_file: dict[str, int], where: str
) -> int:
    images = dataset.train if split == "train" else dataset.test
    kind = "training" if split == "train" else "test"
    file = texts.get("file", "")
    if by_file and file:
        if file not in by_file:
            raise DataError(
                f"{where}: there is no {kind} image {file} in {dataset.provenance.location}. Audit "
                "the images as they are now, or remove the line."
            )
        return by_file[file]
    text = texts.get("position", "")
    position = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= position < len(images):
        raise DataError(
            f"{where}: expected a position in 0..{len(images) - 1}, since there are "
            f"{len(images):,} {kind} images; received '{text}'. Is this file about these images?"
        )
    return position
