"""Gather the user's own images from a list: a file, a class and perhaps a set in each row."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError, argument
from tenfold.core.images import Dataset, Provenance
from tenfold.core.rendering import Rendering
from tenfold.core.text import Say, counted
from tenfold.data.assembly import STANDARD, Advice, assemble, rendering_for
from tenfold.data.class_names import composed, in_natural_order, listed, quoted
from tenfold.data.folder import ImageFolder
from tenfold.data.layouts import USUAL_SETS, set_named
from tenfold.data.list_columns import (
    Columns,
    columns_of,
    columns_without_header,
    is_header,
    refuse_without_header,
)
from tenfold.data.list_files import Finder
from tenfold.data.listing import (
    LISTED_BUT,
    ClassFolder,
    ListedFile,
    Listing,
    Skipped,
    is_named_as_image,
)
from tenfold.data.source import PathSource, path_of
from tenfold.data.table import Row, read_rows
from tenfold.runs.files import sha256_of

_SUFFIXES = (".csv", ".tsv", ".txt")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_ROWS_OF = {"train": "training", "validation": "validation", "test": "test"}


class ImageList(PathSource):
    """The user's own images, in a list of files and classes."""

    name = "list"
    wanted = "a list of image files (.csv)"
    asked = "`labels.csv`"
    reads = (
        "image files that a table names, with their classes and, if it has them, sets and groups"
    )
    options = ("side_px", "fit", "strict", "groups")
    mirroring = ImageFolder.mirroring

    def recognises(self, data: str) -> bool:
        """Whether it is the name of a table of text, there or not."""
        path = path_of(data)
        return path.suffix.lower() in _SUFFIXES and not path.is_dir()

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """As `gather_list`."""
        rendering = rendering_for(request)
        return gather_list(Path(request.data), rendering, groups=request.groups, say=say)

    def files(self, request: DataRequest) -> tuple[str, list[ListedFile]]:
        """Those that the list names."""
        path = path_of(request.data)
        _, listings = _read(path, request.groups)
        return str(path.resolve()), [file for each in listings.values() for file in each.files]


def gather_list(
    path: Path,
    rendering: Rendering = STANDARD,
    *,
    groups: str | None = None,
    say: Say = lambda _: None,
) -> Dataset:
    """Return the images that a list names, with the classes that it gives them.

    They come as those of a folder do: RGB squares, uint8 (n, side_px, side_px, 3), shuffled in the
    same order each time. The columns are found by their names; a list without a header has the
    file, the class and perhaps the set in this order. Paths are relative to the folder of the list
    or, if most files are there, to one beside it or around it; endings may be left out. A column
    of sets says which images are for training, validation and test; images for validation alone
    are the test set. Rows that cannot be used are in `provenance.skipped`.

    Args:
        path: The list. It may name files anywhere, since the user names the list.
        rendering: How pictures are brought to one shape.
        groups: Name of the column whose equal values belong together; a row without a value
            stands for itself.
        say: Where to report, in short sentences, how far the reading is.

    Raises:
        DataError: The list cannot be read, it is not clear what its columns are, none of its files
            is there, there is only one class, or a group is in more than one set.
    """
    path = path_of(path)
    reading, listings = _read(path, groups)
    if groups is not None:
        _refuse_divided_groups(path, listings, groups)
    provenance = Provenance(
        "list",
        str(path.resolve()),
        sha256=sha256_of(path),
        notes=tuple(reading.notes),
        skipped=tuple(reading.skipped),
    )
    return assemble(listings, rendering, provenance, _advice(path), say=say)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row with a file and its class."""

    text: str
    label: str
    kind: str
    group: str | None


def _read(path: Path, groups: str | None) -> tuple["_Reading", dict[str, Listing]]:
    """Read a list, and find its files."""
    reading = _Reading(path)
    columns, rows = reading.columns(read_rows(path), groups)
    entries = reading.entries(columns, rows)
    return reading, reading.listings(entries, with_sets=columns.split is not None)


class _Reading:
    """A list while its files are being found, with notes and with rows that are left out."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.notes: list[str] = []
        self.skipped: list[Skipped] = []
        self._finder = Finder(path.parent)

    def columns(self, rows: list[Row], groups: str | None) -> tuple[Columns, list[Row]]:
        """Find the columns, and the rows that are not the header."""
        first, path = rows[0].fields, self.path
        if is_header(first) and not is_named_as_image(first[0]):  # Not `1.png,target`.
            columns, rows = columns_of(first, path, groups), rows[1:]
        elif self._finder.find(self._finder.base([first[0]], "train"), first[0]):
            with_sets = len(first) > 2 and all(
                set_named(row.fields[2]) for row in rows if len(row.fields) > 2
            )
            columns = columns_without_header(first, path, groups, with_sets=with_sets)
            self.notes.append(
                f"{path.name} has no header: its first column is read as files, its second as "
                f"classes{', its third as sets' if with_sets else ''}."
            )
        else:
            raise refuse_without_header(first, path)
        if not rows:
            raise DataError(f"{path} has a header but no rows. Add a row for each image.")
        columns = self._without_numbers_for_sets(columns, rows)
        if columns.names:
            self.notes.append(_note_on_columns(columns, path))
        return columns, rows

    def _without_numbers_for_sets(self, columns: Columns, rows: list[Row]) -> Columns:
        """Ignore a column of sets that holds numbers, such as folds."""
        split = columns.split
        if split is None:
            return columns
        values = {row.fields[split] for row in rows if split < len(row.fields)} - {""}
        if values and all(value.lstrip("-").replace(".", "", 1).isdigit() for value in values):
            self.notes.append(
                f"The column '{columns.names[split]}' holds numbers and not the names of sets, so "
                "it is not read."
            )
            return Columns(columns.names, columns.file, columns.label, None, columns.group)
        if unknown := in_natural_order(value for value in values if set_named(value) is None):
            usual = "; ".join(", ".join(names) for names in USUAL_SETS.values())
            raise DataError(
                f"The column '{columns.names[split]}' of {self.path} holds "
                f"{listed(quoted(unknown), 5)}, which name no set. Expected {usual}. Write one of "
                "these, or give the column another name if it does not divide the images into sets."
            )
        return columns

    def entries(self, columns: Columns, rows: list[Row]) -> list[_Entry]:
        """The rows that name a file and its class."""
        found = []
        width = len(columns.names) or max(len(row.fields) for row in rows)
        for row in rows:
            fields = row.fields + ("",) * (width - len(row.fields))
            text, label = fields[columns.file], composed(fields[columns.label])
            split = "train" if columns.split is None else fields[columns.split]
            reason = ""
            if any(fields[width:]):
                reason = f"with more fields than columns: {len(row.fields)} of {width}"
            elif not text:
                reason, text = "without a file", f"line {row.line}"
            elif _ADDRESS.match(text):
                reason = "by a web address, which is not fetched"
            elif not label:
                reason = "without a label"
            elif not split:
                reason = "without a set"
            if reason:
                self.skipped.append((text, f"{LISTED_BUT} {reason}"))
                continue
            group = None if columns.group is None else fields[columns.group]
            found.append(_Entry(text, label, set_named(split) or "train", group))
        return found

    def listings(self, entries: list[_Entry], *, with_sets: bool) -> dict[str, Listing]:
        """The files of each set, each once, without those with contradictory rows."""
        files = self._files(entries)
        if not files.get("train"):
            raise DataError(self._without_training(entries, files))
        listings = {}
        for kind in dict.fromkeys(("train", *(entry.kind for entry in entries))):
            labels = in_natural_order(entry.label for entry in entries if entry.kind == kind)
            title = f"the {_ROWS_OF[kind]} rows of " if with_sets else ""
            listings[kind] = Listing(
                self.path,
                tuple(ClassFolder(label, label) for label in labels),
                tuple(sorted(files.get(kind, ()), key=lambda file: file.name)),
                (),
                title=f"{title}{self.path.name}",
            )
        if "test" not in listings and "validation" in listings:
            listings["test"] = listings.pop("validation")
            self.notes.append("The list has no test rows, so the validation rows are the test set.")
        return listings

    def _files(self, entries: list[_Entry]) -> dict[str, list[ListedFile]]:
        by_path: dict[str, list[_Entry]] = {}
        for kind in USUAL_SETS:
            of_kind = [entry for entry in entries if entry.kind == kind]
            if not of_kind:
                continue
            base = self._finder.base([entry.text for entry in of_kind], kind)
            if base != self.path.parent:
                self.notes.append(f"The {_ROWS_OF[kind]} files of the list lie in {base}.")
            for entry in of_kind:
                self._look_for(entry, base, by_path)
        self._note_on_files(by_path)
        files: dict[str, list[ListedFile]] = {}
        for path, same in by_path.items():
            name, entry = self._name(path, same[0].text), same[0]
            if reason := _contradiction(same):
                self.skipped.append((name, f"{LISTED_BUT} {reason}"))
                continue
            file = ListedFile(str(path), name, entry.label, entry.label, entry.group)
            files.setdefault(entry.kind, []).append(file)
        return files

    def _look_for(self, entry: _Entry, base: Path, by_path: dict[str, list[_Entry]]) -> None:
        found = self._finder.find(base, entry.text)
        if len(found) == 1:
            by_path.setdefault(os.path.normpath(found[0]), []).append(entry)
            return
        name = self._name(os.path.normpath(base / entry.text), entry.text)
        endings = listed((os.path.basename(each) for each in found), 3)  # noqa: PTH119
        reason = f"without its ending, and {endings} fit" if found else "not there"
        self.skipped.append((name, f"{LISTED_BUT} {reason}"))

    def _name(self, path: str, text: str) -> str:
        """The path relative to the list's folder; outside it, whole if the list has it whole."""
        name = os.path.relpath(path, self.path.parent)
        if name.startswith("..") and os.path.isabs(text):  # noqa: PTH117
            name = path
        return (
            Path(name)
            .as_posix()
            .encode("utf-8", "surrogateescape")
            .decode("utf-8", "backslashreplace")
        )

    def _note_on_files(self, by_path: Mapping[str, list[_Entry]]) -> None:
        again = [
            path for path, same in by_path.items() if len(same) > 1 and not _contradiction(same)
        ]
        if again:
            self.notes.append(
                f"{counted(len(again), 'file')}, such as {self._name(again[0], '')}, "
                f"{'is' if len(again) == 1 else 'are'} listed more than once in the same way, and "
                "read once."
            )
        if unlisted := self._finder.unlisted(by_path):
            self.notes.append(
                f"{counted(len(unlisted), 'image')} in the folders of these files, such as "
                f"{self._name(unlisted[0], '')}, {'is' if len(unlisted) == 1 else 'are'} not in "
                "the list, and not read."
            )

    def _without_training(
        self, entries: list[_Entry], files: Mapping[str, list[ListedFile]]
    ) -> str:
        if files and not any(entry.kind == "train" for entry in entries):
            return (
                f"{self.path} gives no image for training. Expected rows whose set is train: "
                "name the sets so, or give the column another name, to have a part held out."
            )
        first = "; ".join(f"{name}: {reason}" for name, reason in self.skipped[:3])
        return (
            f"No file that {self.path} names for training can be used ({first}). Expected paths "
            f"that are relative to {self.path.parent} or to a folder in it, or whole: correct "
            "them, or move the list to the folder that they start from."
        )


def _contradiction(same: list[_Entry]) -> str:
    """What differs in the rows of one file; empty if nothing does."""
    for what, values in (
        ("labels", {entry.label for entry in same}),
        ("sets", {entry.kind for entry in same}),
        ("groups", {entry.group or "" for entry in same}),
    ):
        if len(values) > 1:
            return f"with different {what}: {listed(in_natural_order(values), 3)}"
    return ""


def _note_on_columns(columns: Columns, path: Path) -> str:
    names = columns.names
    read = [f"'{names[columns.file]}' as files", f"'{names[columns.label]}' as classes"]
    if columns.split is not None:
        read.append(f"'{names[columns.split]}' as sets")
    if columns.group is not None:
        read.append(f"'{names[columns.group]}' as groups")
    return f"The columns of {path.name} are read so: {listed(read)}."


def _refuse_divided_groups(path: Path, listings: Mapping[str, Listing], groups: str) -> None:
    """Refuse a list whose own sets divide a group."""
    sets: dict[str, dict[str, int]] = {}
    for kind, listing in listings.items():
        for file in listing.files:
            if file.group:
                of_group = sets.setdefault(file.group, {})
                of_group[kind] = of_group.get(kind, 0) + 1
    divided = {group: kinds for group, kinds in sets.items() if len(kinds) > 1}
    if divided:
        group, kinds = next(iter(divided.items()))
        raise DataError(
            f"The sets of {path} divide {len(divided):,} of {counted(len(sets), 'group')}, such as "
            f"'{group}' ("
            + ", ".join(f"{counted(n, 'image')} in {kind}" for kind, n in kinds.items())
            + f"). Expected each group in one set: give all its rows one, give the column of sets "
            f"another name to have whole groups held out, or leave out {argument('groups')}, "
            f"here '{groups}'."
        )


def _advice(path: Path) -> Advice:
    def one_class() -> str:
        return "Add rows of another class."

    def without(kind: str) -> str:
        return (
            f"Put images where the list says, or take its {_ROWS_OF[kind]} rows out, to have a "
            "part of the others held out."
        )

    return Advice(f"where {path.name} says", one_class, without)
