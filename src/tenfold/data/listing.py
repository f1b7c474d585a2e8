"""List the files of class folders: those of each class, and those that are ignored or refused."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tenfold.core.data_request import LabelFrom
from tenfold.data.class_names import composed, in_natural_order
from tenfold.data.tree import Folder, spelt

Skipped = tuple[str, str]
"""A file or folder below the root, and why it is left out."""

LISTED_BUT = "listed, but"
"""The beginning of reasons in a list, whose files may be anywhere."""
OUTSIDE_CLASSES = "lies outside the class folders"
LINK_OUTSIDE = "a link to outside the folder"
_READ_ALREADY = "the same folder as one that is read already"
_EMPTY = "an empty folder"
_EMPTY_INSIDE = "an empty folder inside a class folder"
NOTHING_LOST = (_READ_ALREADY, _EMPTY, _EMPTY_INSIDE)
"""Reasons to leave out a folder that lose no image."""
_NOT_NAMED = "lies among the images, but is not named as one"
_NO_CLASS = "no class in its name"

_IMAGE_SUFFIXES = frozenset(
    {
        *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff"),
        *(".avif", ".ppm", ".pgm", ".pbm", ".pnm", ".heic", ".heif"),
    }
)
_NUMBER_AT_END = re.compile(r"[\s._-]*\(?[0-9]+\)?\s*\Z")


class ListedFile(NamedTuple):
    """A file of a class, not opened yet.

    Attributes:
        path: Where it lies.
        name: Its path below the root.
        label: The name of its class.
        folder: The class folder as a path below the root; the class itself if it is read from the
            file's name.
        group: Its group; empty if it is a group by itself, None without groups.
    """

    path: str
    name: str
    label: str
    folder: str
    group: str | None = None


@dataclass(frozen=True)
class ClassFolder:
    """A folder that stands for a class; or its name, where that is read from files' names.

    Attributes:
        label: The name of the class, composed.
        name: Its path below the root, as it is spelt.
    """

    label: str
    name: str


@dataclass(frozen=True)
class Listing:
    """The files of one set, from its class folders or from a list.

    Attributes:
        place: The folder of the class folders, or the list.
        folders: All class folders, those without a file too; of a list, its classes.
        files: Every file in them, in the order of their names.
        skipped: What is left out without being opened.
        title: What to call the set where it is not a folder of its own, as in a list.
        label_from: What names the class of a file.
    """

    place: Path
    folders: tuple[ClassFolder, ...]
    files: tuple[ListedFile, ...]
    skipped: tuple[Skipped, ...]
    title: str = ""
    label_from: LabelFrom = "folder"

    @property
    def where(self) -> str:
        """What to call the set in an error, where there is room."""
        return self.title or str(self.place)

    @property
    def name(self) -> str:
        """What to call the set in short."""
        return self.title or self.place.name


class _Claims:
    """Which path is used for each real folder, so that none is read twice."""

    def __init__(self, places: Iterable[Folder]) -> None:
        self._of: dict[str, Folder] = {}
        for place in places:  # A link to one of these forms a loop.
            for folder in (place, *place.around):
                self._of.setdefault(folder.real, folder)
        for place in places:  # A folder itself comes before all links to it.
            for folder in place.below():
                self._of.setdefault(folder.real, folder)

    def refusal(self, folder: Folder) -> str:
        """Why a folder must not be read; empty if it may be."""
        if folder.leaves:
            return LINK_OUTSIDE
        if self._of.setdefault(folder.real, folder) is not folder:
            return _READ_ALREADY
        return f"cannot be opened: {folder.inside.error}" if folder.inside.error else ""


def list_sets(
    places: Mapping[str, Folder], *, label_from: LabelFrom = "folder"
) -> dict[str, Listing]:
    """List the files of every set; nothing is opened, and no folder is read twice.

    Args:
        places: The folder of each set's classes; the first are the first to read what is linked.
        label_from: What names the class of a file: `folder`, the first folder below its set's;
            `path`, all folders from there on; `name`, its own name without the number at the end.
    """
    list_files = {"folder": _by_first_folder, "path": _by_path, "name": _by_name}[label_from]
    claims = _Claims(places.values())
    listings = {}
    for kind, place in places.items():
        skipped: list[Skipped] = []
        if place.inside.error:
            skipped.append((place.path or ".", f"cannot be opened: {place.inside.error}"))
        folders, files = list_files(place, claims, skipped)
        listings[kind] = Listing(
            Path(place.place), tuple(folders), tuple(files), tuple(skipped), label_from=label_from
        )
    return listings


_Classes = tuple[list[ClassFolder], list[ListedFile]]


def _by_first_folder(place: Folder, claims: _Claims, skipped: list[Skipped]) -> _Classes:
    folders: list[ClassFolder] = []
    files: list[ListedFile] = []
    for entry in place.entries:
        if isinstance(entry, str):
            skipped.append((place.path_of(entry), OUTSIDE_CLASSES))
            continue
        if refusal := claims.refusal(entry):
            skipped.append((entry.path, refusal))
        if refusal in {LINK_OUTSIDE, _READ_ALREADY}:
            continue
        label = composed(spelt(entry.name))
        folders.append(ClassFolder(label, entry.path))
        files += [
            _listed(home, name, label, entry.path)
            for home, name in _files_below(entry, claims, skipped, _EMPTY_INSIDE)
        ]
    return folders, files


def _by_path(place: Folder, claims: _Claims, skipped: list[Skipped]) -> _Classes:
    folders: dict[str, ClassFolder] = {}
    files: list[ListedFile] = []
    start = len(place.path) + 1 if place.path else 0
    for home, name in _files_below(place, claims, skipped, _EMPTY):
        if home is place:
            skipped.append((home.path_of(name), OUTSIDE_CLASSES))
            continue
        if home.path not in folders:
            folders[home.path] = ClassFolder(composed(home.path[start:]), home.path)
        files.append(_listed(home, name, folders[home.path].label, home.path))
    return list(folders.values()), files


def _by_name(place: Folder, claims: _Claims, skipped: list[Skipped]) -> _Classes:
    files: list[ListedFile] = []
    for home, name in _files_below(place, claims, skipped, _EMPTY):
        label = label_in(name)
        if not is_named_as_image(name):
            skipped.append((home.path_of(name), _NOT_NAMED))
        elif not label:
            skipped.append((home.path_of(name), _NO_CLASS))
        else:
            files.append(_listed(home, name, label, label))
    return [ClassFolder(label, label) for label in in_natural_order(f.label for f in files)], files


def _listed(home: Folder, name: str, label: str, folder: str) -> ListedFile:
    return ListedFile(home.place_of(name), home.path_of(name), label, folder)


def files_below(folder: Folder, skipped: list[Skipped]) -> Iterator[str]:
    """Where every file in a folder lies, at any depth, in the order of names.

    Args:
        folder: The root of a tree.
        skipped: Where to add what is left out, each by its path below `folder`.
    """
    if folder.inside.error:
        skipped.append((".", f"cannot be opened: {folder.inside.error}"))
    for home, name in _files_below(folder, _Claims([folder]), skipped, _EMPTY):
        yield home.place_of(name)


def _files_below(
    folder: Folder, claims: _Claims, skipped: list[Skipped], if_empty: str
) -> Iterator[tuple[Folder, str]]:
    """Every file at any depth and the folder that it lies in, in the order of names."""
    waiting = [(folder, entry) for entry in reversed(folder.entries)]
    while waiting:
        home, entry = waiting.pop()
        if isinstance(entry, str):
            if entry in home.inside.outside:
                skipped.append((home.path_of(entry), LINK_OUTSIDE))
            else:
                yield home, entry
        elif refusal := claims.refusal(entry):
            skipped.append((entry.path, refusal))
        elif not (inner := entry.entries):
            skipped.append((entry.path, if_empty))
        else:
            waiting.extend((entry, each) for each in reversed(inner))


def is_named_as_image(name: str) -> bool:
    """Whether a file's name ends as those of images do."""
    return name[name.rfind(".") :].lower() in _IMAGE_SUFFIXES


def label_in(name: str) -> str:
    """The class that the name of an image file carries: the name without the number at its end.

    >>> label_in("cat.0.jpg"), label_in("great_pyrenees_12.jpg"), label_in("dog (3).png")
    ('cat', 'great_pyrenees', 'dog')
    """
    stem = name.rpartition(".")[0] if is_named_as_image(name) else name
    return composed(_NUMBER_AT_END.sub("", spelt(stem)))
