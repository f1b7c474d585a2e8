"""Find the image files that a user names: files, folders, lists, patterns, standard input."""

import csv
import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from tenfold.core.errors import DataError
from tenfold.data.listing import files_below, is_named_as_image
from tenfold.data.tree import is_leftover, tree_of
from tenfold.runs.files import expanded

STDIN = "-"
"""Stands for paths from standard input."""

_LISTS = (".csv", ".tsv", ".txt")
_COLUMNS = ("path", "file", "filename", "image", "id")
_ENDINGS = (".png", ".jpg", ".jpeg")
"""Endings that may be missing in a list."""
_BLOCK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that is asked for.

    Attributes:
        name: Its name as it was given or found.
        path: Where it lies.
        reason: Why it is left out; empty if it is to be read.
    """

    name: str
    path: Path
    reason: str = ""


def find_wanted(names: Iterable[str], stdin: BinaryIO | None = None) -> Iterator[Wanted]:
    """Find files one after the other, without opening them; each missing one has a reason.

    Args:
        names: Image files; folders, for every file in them at any depth; lists (.csv, .tsv, .txt)
            whose column path, file, filename, image or id, else the first, names files beside
            the list; patterns with `*`, `?`, `[]` or `**`; or `-`.
        stdin: Where `-` finds paths, one a line, or each ended by a NUL.

    Raises:
        DataError: A list or standard input cannot be read.
    """
    for name in names:
        path = expanded(name)
        if name == STDIN:
            found = _in_stream(stdin)
        elif path.is_dir():
            found = _in_folder(path)
        elif path.suffix.lower() in _LISTS and path.is_file():
            found = _in_list(path)
        elif glob.has_magic(name) and not os.path.lexists(path):
            found = _matching(path)
        else:
            found = iter((_one(name, path),))
        yield from found


def _one(name: str, path: Path) -> Wanted:
    if "\0" in name:
        return Wanted(name, path, "not a path: it holds a NUL")
    return Wanted(name, path, "" if os.path.lexists(path) else "there is no such file")


def _in_folder(folder: Path) -> Iterator[Wanted]:
    """Every file at any depth; system files are ignored, links out of the folder refused."""
    skipped: list[tuple[str, str]] = []
    empty = True
    for path in files_below(tree_of(folder), skipped):
        empty = False
        yield Wanted(path, Path(path))
    for name, reason in skipped:
        yield Wanted(str(folder / name), folder / name, reason)
    if empty and not skipped:
        yield Wanted(str(folder), folder, "a folder without files")


def _matching(pattern: Path) -> Iterator[Wanted]:
    found = glob.iglob(str(pattern), recursive=True)  # noqa: PTH207  Patterns may be absolute.
    paths = [Path(each) for each in sorted(found)]
    files = [each for each in paths if not is_leftover(each.name) and not each.is_dir()]
    yield from (Wanted(str(each), each) for each in files)
    if not files:
        yield Wanted(str(pattern), pattern, "no file has that name or matches that pattern")


def _in_stream(stream: BinaryIO | None) -> Iterator[Wanted]:
    if stream is None:
        raise DataError("Expected paths from standard input, which is closed. Name files instead.")
    try:
        for name in _split(stream):
            yield _one(name, Path(name))
    except OSError as error:
        raise DataError(f"Cannot read standard input: {error.strerror or error}.") from error


def _split(stream: BinaryIO) -> Iterator[str]:
    """The paths of a stream, ended by NULs where its beginning holds one, else by line breaks."""
    rest = stream.read(_BLOCK_BYTES)
    end = b"\0" if b"\0" in rest else b"\n"
    while block := stream.read(_BLOCK_BYTES):
        *whole, rest = (rest + block).split(end)
        yield from _named(whole, end)
    yield from _named(rest.split(end), end)


def _named(parts: Iterable[bytes], end: bytes) -> Iterator[str]:
    for part in parts:
        name = os.fsdecode(part.rstrip(b"\r") if end == b"\n" else part)
        if name:
            yield name


def _in_list(path: Path) -> Iterator[Wanted]:
    """The files in a list, whose first row may be a header."""
    try:
        with path.open("rb") as file:
            encoding = "utf-16" if file.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
            yield from _in_rows(path, file)
    except (OSError, UnicodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"Cannot read the list {path}: {reason}.") from error


def _in_rows(path: Path, lines: Iterable[str]) -> Iterator[Wanted]:
    lines = iter(lines)
    head = next(lines, "")
    separator = max(",;\t", key=head.count)
    titles = [cell.strip().lower() for cell in next(csv.reader([head], delimiter=separator), [])]
    column = next((titles.index(each) for each in _COLUMNS if each in titles), None)
    if column is None and path.suffix.lower() == ".txt":
        for line in chain([head], lines):
            if name := line.rstrip("\r\n"):
                yield _beside(path, name)
        return
    rows = csv.reader(lines if column is not None else chain([head], lines), delimiter=separator)
    names = (row[column or 0] for row in rows if len(row) > (column or 0))
    n_found = 0
    for n, name in enumerate(name for name in names if name.strip()):
        found = _beside(path, name)
        if column is None and not n_found and found.reason and not is_named_as_image(found.name):
            if n == 0:
                continue  # It is a header.
            yield _without_column(path)
            return
        n_found += 1
        yield found
    if not n_found:
        yield Wanted(str(path), path, "a list without files")


def _without_column(path: Path) -> Wanted:
    expected = f"{', '.join(_COLUMNS[:-1])} or {_COLUMNS[-1]}"
    reason = f"no column of it is called {expected}, and its first one does not name files"
    return Wanted(str(path), path, reason)


def _beside(of: Path, name: str) -> Wanted:
    """The file that a list names, relative to its folder, with or without its ending."""
    path = of.parent / expanded(name)
    if "\0" in name or os.path.lexists(path):
        return _one(name, path)
    for ending in _ENDINGS:
        longer = path.with_name(path.name + ending)
        if longer.is_file():
            return Wanted(name, longer)
    return Wanted(name, path, f"no such file beside {of.name}")
