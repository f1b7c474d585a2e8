"""Read the labels of Parquet files, and find what their classes are called."""

from dataclasses import dataclass
from pathlib import Path

from tenfold.core.errors import DataError
from tenfold.core.text import counted
from tenfold.data.class_names import composed, in_natural_order, listed, notes_on_names
from tenfold.data.columns import choose_columns, class_names, class_names_of_card
from tenfold.data.parquet_rows import head_of, values_of
from tenfold.data.shards import Shards

_SECRET = -1  # The label that hubs write for test images whose labels are secret.
_TOO_LARGE = 2**63  # From there on a number is no int64.

_Label = int | str | None


@dataclass(frozen=True)
class Labels:
    """The labels of each set that has any, and where its images are.

    Attributes:
        image: The column of images.
        numbers: A whole number for each row of each set; None where a row has no label.
        names: What 0, 1, 2 and so on are called; None where nothing says it.
        notes: Plain sentences on them.
    """

    image: str
    numbers: dict[str, list[int | None]]
    names: tuple[str, ...] | None
    notes: tuple[str, ...]


def read_labels(shards: Shards) -> Labels:
    """Choose the columns of images and labels, and read all labels.

    Texts are numbered in natural order. A validation or test set without any label is left out.

    Raises:
        DataError: It is not clear which columns are meant, or the files do not fit together.
    """
    first = shards.files["train"][0]
    schema, _ = head_of(first)
    image, label = choose_columns(schema, first)
    found: dict[str, list[_Label]] = {}
    stated: dict[tuple[str, ...], Path] = {}
    for kind, files in shards.files.items():
        found[kind] = []
        for file in files:
            found[kind] += _labels_of(file, kind, image, label, first)
            if names := class_names(head_of(file)[0], label):
                stated.setdefault(names, file)
    if len(stated) > 1:
        one, other, *_ = stated.values()
        raise DataError(
            f"{one} and {other} call their classes differently. Expected the same names in the "
            "same order. Move the files of the other data set elsewhere."
        )
    notes = [_note_on_columns(schema.names, image, label)]
    names = next(iter(stated), None)
    found = _used(_without_secrets(found, certain=names is not None), shards, label, notes)
    texts = {each for each in found["train"] if isinstance(each, str)}
    if texts:
        notes += notes_on_names(texts)
        names = in_natural_order(str(each) for each in found["train"] if each is not None)
    elif names is None:
        names = class_names_of_card((shards.root, shards.root.parent), label)
        notes += ["The names of the classes come from README.md."] if names else []
    _refuse_unknown(found, names, shards)
    return Labels(image, _numbered(found, names if texts else None), names, tuple(notes))


def _labels_of(file: Path, kind: str, image: str, label: str, first: Path) -> list[_Label]:
    schema, n_rows = head_of(file)
    needed = (image, label) if kind == "train" else (image,)
    for column in needed:
        if column not in schema.names:
            raise DataError(
                f"{file} has no column {column}, which {first} has. Expected the same columns in "
                "all files. Move the files of the other data set elsewhere."
            )
    if label not in schema.names:
        return [None] * n_rows
    return [_label(value) for value in values_of(file, label)]


def _label(value: object) -> _Label:
    if isinstance(value, str):
        return composed(value) if value.strip() else None
    if isinstance(value, int) and abs(value) < _TOO_LARGE:
        return int(value)  # True and False are 1 and 0.
    return None


def _without_secrets(found: dict[str, list[_Label]], *, certain: bool) -> dict[str, list[_Label]]:
    """Treat -1 as no label, if classes have names or training images never have it."""
    if not certain and _SECRET in found["train"]:
        return found
    return {
        kind: [None if label == _SECRET else label for label in labels]
        for kind, labels in found.items()
    }


def _used(
    found: dict[str, list[_Label]], shards: Shards, column: str, notes: list[str]
) -> dict[str, list[_Label]]:
    """The sets that have labels."""
    used = {
        kind: labels for kind, labels in found.items() if any(label is not None for label in labels)
    }
    if "train" not in used:
        raise DataError(
            f"None of the {counted(len(found['train']), 'row')} for training in {shards.root} has "
            f"a label in the column {column}. Expected a whole number from 0, or a text. Add them."
        )
    notes += [
        f"The {kind} set is not used: none of its {counted(len(labels), 'row')} has a label."
        for kind, labels in found.items()
        if kind not in used
    ]
    return used


def _refuse_unknown(
    found: dict[str, list[_Label]], names: tuple[str, ...] | None, shards: Shards
) -> None:
    known = {*found["train"], None}
    for kind, labels in found.items():
        if unknown := sorted(set(labels) - known, key=str):
            label = unknown[0]
            if isinstance(label, int) and names and 0 <= label < len(names):
                label = f"{label} ({names[label]})"
            raise DataError(
                f"The {kind} images of {shards.root} have the label {label}, which no training "
                "image has. Add training images of that class, or remove these."
            )


def _numbered(
    found: dict[str, list[_Label]], texts: tuple[str, ...] | None
) -> dict[str, list[int | None]]:
    """Number texts by their place among `texts`; numbers stay as they are."""
    place = {text: number for number, text in enumerate(texts or ())}
    return {
        kind: [
            label if label is None or (isinstance(label, int) and not texts) else place[str(label)]
            for label in labels
        ]
        for kind, labels in found.items()
    }


def _note_on_columns(columns: list[str], image: str, label: str) -> str:
    others = [name for name in columns if name not in (image, label)]
    unread = f" These columns are not read: {listed(others)}." if others else ""
    return f"Images are read from the column {image}, labels from {label}.{unread}"
