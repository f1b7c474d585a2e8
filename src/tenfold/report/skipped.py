"""The files that were left out, in a few lines."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath

from tenfold.core.images import Dataset, ImageSet
from tenfold.core.text import counted, percent, printable
from tenfold.data.class_names import composed, listed
from tenfold.data.listing import LISTED_BUT, is_named_as_image

_MOST_LINES = 8
_MOST_EXAMPLES = 3
_MANY = 0.1  # Share of the files from which on the loss is said once more at the end.
_NUMBERS = re.compile(r"\d[\d,.]*")


@dataclass(frozen=True)
class _Entry:
    """A file or folder that was left out: where it lies, its name there, and the reason."""

    folder: str
    name: str
    reason: str
    in_class: bool

    @property
    def kind(self) -> str:
        """The reason without what differs from file to file."""
        return _NUMBERS.sub("#", self.reason.split(":")[0])


def skipped_sentences(dataset: Dataset) -> tuple[str, ...]:
    """Sum up what was left out by folder and reason, with examples; a great loss comes last."""
    if not dataset.provenance.skipped:
        return ()
    if dataset.provenance.source == "parquet":  # Rows of tables, not files in class folders.
        return _rows_sentences(dataset)
    depth = _class_depth((dataset.train, dataset.test))
    entries = [_entry(file, reason, depth) for file, reason in dataset.provenance.skipped]
    read = Counter(
        _folder(file, depth) for part in (dataset.train, dataset.test) for file in part.files
    )
    lines = [*_summary(entries, read), *_great_loss(entries, read)]
    return tuple(printable(line) for line in lines)


def _rows_sentences(dataset: Dataset) -> tuple[str, ...]:
    """Sum up the rows of tables that were left out, by reason."""
    skipped = dataset.provenance.skipped
    entries = [_Entry("", row, reason, in_class=False) for row, reason in skipped]
    groups: dict[str, list[_Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.kind, []).append(entry)
    lines = []
    for group in groups.values():
        names = listed(entry.name for entry in group[:_MOST_EXAMPLES])
        such = f"{len(group):,} images (such as {names})" if len(group) > 1 else names
        lines.append(f"Skipped {such}: {_reason(group)}")
    n_rows = len(skipped) + len(dataset.train) + len(dataset.test)
    if len(skipped) > _MANY * n_rows:
        share = percent(len(skipped) / n_rows, 1)
        lines.append(
            f"Look at these images before you go on: {len(skipped):,} of "
            f"{counted(n_rows, 'image')} ({share}) cannot be used."
        )
    return tuple(printable(line) for line in lines)


def _class_depth(parts: tuple[ImageSet, ...]) -> int | None:
    """How many folders lie around a class folder: the first level that names all classes.

    None where no level does, as in a list.
    """
    depths: set[int] | None = None
    for part in parts:
        for file, label in zip(part.files, part.labels, strict=False):
            folders = file.split("/")[:-1]
            here = {i for i, n in enumerate(folders) if composed(n) == part.classes[label]}
            depths = here if depths is None else depths & here
    return 0 if depths is None else min(depths, default=None)


def _folder(file: str, depth: int | None) -> str:
    """The class folder of a file, or the folder that it lies in where that is higher."""
    return "/".join(file.split("/")[:-1][: None if depth is None else depth + 1])


def _entry(file: str, reason: str, depth: int | None) -> _Entry:
    folders = file.split("/")[:-1]
    if depth is None or reason.startswith(LISTED_BUT):  # Each is a file that should be an image.
        folder = _folder(file, depth)
        return _Entry(folder, file.removeprefix(f"{folder}/"), reason, in_class=True)
    if len(folders) == depth and not reason.startswith("lies "):  # A class folder as a whole.
        return _Entry(file, ".", reason, in_class=True)
    folder = _folder(file, depth)
    name = file[len(folder) + 1 :] if folder else file
    return _Entry(folder, name, reason, in_class=len(folders) > depth)


def _summary(entries: list[_Entry], read: Counter[str]) -> list[str]:
    groups: dict[tuple[str, ...], list[_Entry]] = {}
    for entry in entries:
        groups.setdefault((entry.folder, entry.kind), []).append(entry)
    if len(groups) <= _MOST_LINES:
        tried = read + Counter(entry.folder for entry in entries if entry.in_class)
        return [_line(group, tried[group[0].folder]) for group in groups.values()]
    groups = {}
    for entry in entries:
        groups.setdefault((entry.kind,), []).append(entry)
    largest = sorted(groups.values(), key=len, reverse=True)
    shown, rest = largest[: _MOST_LINES - 1], largest[_MOST_LINES - 1 :]
    lines = [_line_of_many_folders(group) for group in shown]
    if rest:
        n = sum(map(len, rest))
        lines.append(f"Skipped {counted(n, 'file')} for {counted(len(rest), 'other reason')}.")
    return lines


def _line(group: list[_Entry], n_tried: int) -> str:
    first = group[0]
    if first.name == ".":
        return f"Skipped the folder {first.folder}: {first.reason}"
    if len(group) == 1:
        return f"Skipped {_path(first)}: {first.reason}"
    names = listed(entry.name for entry in group[:_MOST_EXAMPLES])
    such = f"such as {names}" if len(group) > _MOST_EXAMPLES else names
    if not first.in_class:
        where = f" in {first.folder}" if first.folder else ""
        return f"Skipped {len(group):,} files or folders{where} ({such}): {_reason(group)}"
    return (
        f"Skipped {len(group):,} of {counted(n_tried, 'file')}"
        f"{f' in {first.folder}' if first.folder else ''} ({such}): {_reason(group)}"
    )


def _line_of_many_folders(group: list[_Entry]) -> str:
    folders = len({entry.folder for entry in group})
    if folders == 1 or len(group) == 1:
        where = f" in {group[0].folder}" if len(group) > 1 and group[0].folder else ""
    else:
        where = f" in {counted(folders, 'folder')}"
    examples = listed(_path(entry) for entry in group[:_MOST_EXAMPLES])
    such = f"such as {examples}" if len(group) > _MOST_EXAMPLES else examples
    return f"Skipped {counted(len(group), 'file')}{where} ({such}): {_reason(group)}"


def _path(entry: _Entry) -> str:
    return str(PurePosixPath(entry.folder, entry.name))


def _reason(group: list[_Entry]) -> str:
    """The reason that all share, or what their reasons have in common."""
    reasons = {entry.reason for entry in group}
    if len(reasons) == 1:
        return group[0].reason
    return f"{group[0].reason.split(':')[0]} (each for its own reason)"


def _great_loss(entries: list[_Entry], read: Counter[str]) -> list[str]:
    lost = [e for e in entries if e.in_class or is_named_as_image(PurePosixPath(e.name))]
    classes = {entry.folder: None for entry in lost if entry.in_class}
    whole = [folder for folder in classes if folder and not read[folder]]
    n_files = len(lost) + read.total()
    many = len(lost) > _MANY * n_files
    if not whole and not many:
        return []
    share = percent(len(lost) / n_files, 1)
    says = [f"{len(lost):,} of {counted(n_files, 'file')} ({share}) cannot be used"] if many else []
    if whole:
        says.append(f"nothing in {listed(whole, 5)} can be used")
    return [f"Look at these files before you go on: {', and '.join(says)}."]
