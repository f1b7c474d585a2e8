"""A summary of the files that were left out."""

import re
from collections import Counter
from pathlib import PurePosixPath

from tenfold.core.images import Dataset
from tenfold.core.text import counted, percent, printable
from tenfold.data.class_names import listed
from tenfold.data.losses import LeftOut, Losses, losses_of

_MOST_LINES = 8
_MOST_EXAMPLES = 3
_NUMBERS = re.compile(r"\d[\d,.]*")


def skipped_sentences(dataset: Dataset) -> tuple[str, ...]:
    """Sum up the files that were left out, with examples; a great loss comes last."""
    losses = losses_of(dataset)
    lines = _summary(losses) if losses.what == "files" else _rows(losses)
    if losses.great:
        lines.append(f"Look at these {losses.what} before you continue: {great_loss(losses)}.")
    return tuple(printable(line) for line in lines)


def great_loss(losses: Losses) -> str:
    """Say how many files, and which classes, are lost; empty if it is not much."""
    says = []
    if losses.many:
        share = percent(losses.n_lost / losses.n_files, 1)
        files = counted(losses.n_files, losses.what.removesuffix("s"))
        says.append(f"{losses.n_lost:,} of {files} ({share}) cannot be used")
    if losses.classes:
        says.append(f"nothing in {listed(losses.classes, 5)} can be used")
    return printable(", and ".join(says))


def _rows(losses: Losses) -> list[str]:
    """Sum up the rows of tables that were left out, by reason."""
    groups: dict[str, list[LeftOut]] = {}
    for entry in losses.entries:
        groups.setdefault(_kind(entry), []).append(entry)
    lines = []
    for group in groups.values():
        names = listed(entry.name for entry in group[:_MOST_EXAMPLES])
        such = f"{len(group):,} images (such as {names})" if len(group) > 1 else names
        lines.append(f"Skipped {such}: {_reason(group)}")
    return lines


def _summary(losses: Losses) -> list[str]:
    entries = losses.entries
    groups: dict[tuple[str, ...], list[LeftOut]] = {}
    for entry in entries:
        groups.setdefault((entry.folder, _kind(entry)), []).append(entry)
    if len(groups) <= _MOST_LINES:
        tried = losses.read + Counter(entry.folder for entry in entries if entry.in_class)
        return [_line(group, tried[group[0].folder]) for group in groups.values()]
    groups = {}
    for entry in entries:
        groups.setdefault((_kind(entry),), []).append(entry)
    largest = sorted(groups.values(), key=len, reverse=True)
    shown, rest = largest[: _MOST_LINES - 1], largest[_MOST_LINES - 1 :]
    lines = [_line_of_many_folders(group) for group in shown]
    if rest:
        n = sum(map(len, rest))
        lines.append(f"Skipped {counted(n, 'file')} for {counted(len(rest), 'other reason')}.")
    return lines


def _line(group: list[LeftOut], n_tried: int) -> str:
    first = group[0]
    if first.name == ".":
        return f"Skipped the folder {first.folder}: {first.reason}"
    if len(group) == 1:
        return f"Skipped {_path(first)}: {first.reason}"
    names = listed(entry.name for entry in group[:_MOST_EXAMPLES])
    such = f"such as {names}" if len(group) > _MOST_EXAMPLES else names
    n_files = f"of {counted(n_tried, 'file')}" if first.in_class else "files or folders"
    where = f" in {first.folder}" if first.folder else ""
    return f"Skipped {len(group):,} {n_files}{where} ({such}): {_reason(group)}"


def _line_of_many_folders(group: list[LeftOut]) -> str:
    folders = len({entry.folder for entry in group})
    if folders == 1 or len(group) == 1:
        where = f" in {group[0].folder}" if len(group) > 1 and group[0].folder else ""
    else:
        where = f" in {counted(folders, 'folder')}"
    examples = listed(_path(entry) for entry in group[:_MOST_EXAMPLES])
    such = f"such as {examples}" if len(group) > _MOST_EXAMPLES else examples
    return f"Skipped {counted(len(group), 'file')}{where} ({such}): {_reason(group)}"


def _kind(entry: LeftOut) -> str:
    """The part of the reason that does not differ from file to file."""
    return _NUMBERS.sub("#", entry.reason.split(":")[0])


def _path(entry: LeftOut) -> str:
    return str(PurePosixPath(entry.folder, entry.name))


def _reason(group: list[LeftOut]) -> str:
    """The reason that all share, or what their reasons have in common."""
    reasons = {entry.reason for entry in group}
    if len(reasons) == 1:
        return group[0].reason
    return f"{group[0].reason.split(':')[0]} (each for its own reason)"
