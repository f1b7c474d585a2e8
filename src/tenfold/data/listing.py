"""List the files of class folders: what belongs to a class, and what is passed over or refused."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from tenfold.data.class_names import composed

Skipped = tuple[str, str]
"""A file or folder below the root, and why it is left out."""

LISTED_BUT = "listed, but"
"""How the reasons of a list begin, whose files lie anywhere."""
OUTSIDE_CLASSES = "lies outside the class folders"
LINK_OUTSIDE = "a link to outside the folder"
_READ_ALREADY = "the same folder as one that is read already"
_EMPTY_INSIDE = "an empty folder inside a class folder"

_LEFTOVERS = frozenset(
    {
        "__macosx",
        "@eadir",
        "$recycle.bin",
        "system volume information",
        "lost+found",
        "thumbs.db",
        "thumbs.db:encryptable",
        "ehthumbs.db",
        "desktop.ini",
    }
)
"""Names in lower case that systems and file managers leave, beside all names with a dot."""

_IMAGE_SUFFIXES = frozenset(
    {
        *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff"),
        *(".avif", ".ppm", ".pgm", ".pbm", ".pnm", ".heic", ".heif"),
    }
)


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file of a class, not opened yet.

    Attributes:
        path: Where it lies.
        name: Its path below the root.
        label: The name of its class.
        folder: The class folder that it lies in, at any depth, as a path below the root.
        group: What it belongs together with; empty where that is only itself, None where
            nobody asked.
    """

    path: Path
    name: str
    label: str
    folder: str
    group: str | None = None


@dataclass(frozen=True)
class ClassFolder:
    """A folder that stands for a class.

    Attributes:
        label: The name of the class, composed.
        name: Its path below the root, as it is spelt.
    """

    label: str
    name: str


@dataclass(frozen=True)
class Listing:
    """The files of one set: what its class folders hold, or what a list names.

    Attributes:
        place: The folder of the class folders, or the list.
        folders: All class folders, those without a file too; of a list, its classes.
        files: Every file in them, in the order of their names.
        skipped: What is left out without being opened.
        title: What to call the set where it is not a folder of its own, as in a list.
    """

    place: Path
    folders: tuple[ClassFolder, ...]
    files: tuple[ListedFile, ...]
    skipped: tuple[Skipped, ...]
    title: str = ""

    @property
    def where(self) -> str:
        """What to call the set in an error, where there is room."""
        return self.title or str(self.place)

    @property
    def name(self) -> str:
        """What to call the set in short."""
        return self.title or self.place.name


def list_classes(place: Path, root: Path) -> Listing:
    """List every `<place>/<class>/**/<file>`; nothing is opened, no link out of `root` followed."""
    folders: list[ClassFolder] = []
    files: list[ListedFile] = []
    skipped: list[Skipped] = []
    around = _around(place, root)
    for entry in _entries(place, root, skipped) or ():
        name = name_below(entry, root)
        if not is_folder(entry):
            skipped.append((name, OUTSIDE_CLASSES))
        elif leaves(entry, root):
            skipped.append((name, LINK_OUTSIDE))
        elif os.path.realpath(entry) in around:
            skipped.append((name, _READ_ALREADY))
        else:
            label = composed(name_below(entry, place))
            folders.append(ClassFolder(label, name))
            files.extend(
                ListedFile(path, name_below(path, root), label, name)
                for path in _files_below(entry, root, skipped)
            )
    return Listing(place, tuple(folders), tuple(files), tuple(skipped))


def files_below(folder: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """Every file in a folder at any depth, in the order of names; links out are not followed.

    Args:
        folder: The folder.
        skipped: Where to add what is left out, each by its path below `folder`.
    """
    return _files_below(folder, folder, skipped)


def _files_below(folder: Path, root: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """Every file below a class folder, in the order of names; no folder twice, so loops end."""
    read = _around(folder, root)
    waiting = list(reversed(_entries(folder, root, skipped) or ()))
    while waiting:
        path = waiting.pop()
        if leaves(path, root):
            skipped.append((name_below(path, root), LINK_OUTSIDE))
        elif not is_folder(path):
            yield path
        elif (real := os.path.realpath(path)) in read:
            skipped.append((name_below(path, root), _READ_ALREADY))
        else:
            read.add(real)
            entries = _entries(path, root, skipped)
            if entries == []:
                skipped.append((name_below(path, root), _EMPTY_INSIDE))
            waiting.extend(reversed(entries or ()))


def _around(folder: Path, root: Path) -> set[str]:
    """The real paths of a folder and of those around it, up to the root."""
    inner = folder.relative_to(root).parts
    return {os.path.realpath(root.joinpath(*inner[:depth])) for depth in range(len(inner) + 1)}


def _entries(folder: Path, root: Path, skipped: list[Skipped]) -> list[Path] | None:
    try:
        return visible(folder)
    except OSError as error:
        skipped.append((name_below(folder, root), f"cannot be opened: {error.strerror}"))
        return None


def visible(folder: Path) -> list[Path]:
    """What lies in a folder, sorted by name, without what systems leave there.

    Raises:
        OSError: It cannot be opened.
    """
    entries = [entry for entry in folder.iterdir() if not is_leftover(entry.name)]
    return sorted(entries, key=lambda entry: entry.name)


def is_leftover(name: str) -> bool:
    """Whether a system or a file manager leaves files or folders of this name."""
    return name.startswith(".") or name.casefold() in _LEFTOVERS


def is_named_as_image(path: PurePath) -> bool:
    """Whether a file's name ends as those of images do."""
    return path.suffix.lower() in _IMAGE_SUFFIXES


def is_folder(path: Path) -> bool:
    """Whether there is a folder, or a link to one; False where nobody may look."""
    try:
        return path.is_dir()
    except OSError:
        return False


def leaves(path: Path, root: Path) -> bool:
    """Whether `path` is a link to something outside `root`."""
    try:
        if not path.is_symlink():
            return False
    except OSError:
        return False
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def name_below(path: Path, root: Path) -> str:
    """The path below `root` with forward slashes; bytes that are not UTF-8 are spelt out."""
    name = path.relative_to(root).as_posix()
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
