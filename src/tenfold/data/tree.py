"""A tree of folders, on a disk or in an archive; each folder is read once, when it is needed."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from pathlib import Path

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
"""Names in lower case of files that operating systems leave, besides all that begin with a dot."""


@dataclass(frozen=True)
class Inside:
    """The content of a folder, sorted by name, without files that operating systems leave.

    Attributes:
        folders: The folders, and links to folders.
        files: The names of everything else.
        outside: Those of the files that are links to outside the root and not to be followed.
        error: Why it cannot be opened; empty if it can.
    """

    folders: tuple["Folder", ...] = ()
    files: tuple[str, ...] = ()
    outside: frozenset[str] = frozenset()
    error: str = ""


@dataclass(eq=False, kw_only=True)
class Folder:
    """A folder of a tree.

    Attributes:
        name: Its own name.
        path: Its path below the root, with forward slashes, bytes that are not UTF-8 spelt out;
            empty for the root.
        place: Where it lies, as a user would write it.
        real: An identity of the folder, whichever links lead to it.
        parent: The folder around it; None for the root.
        linked: Whether it is a link.
        leaves: Whether it is a link to outside the root, which is not to be followed.
        look: The function that reads its content.
        packed: Whether it lies in an archive.
    """

    name: str
    path: str
    place: str
    real: str
    look: Callable[["Folder"], Inside]
    parent: "Folder | None" = None
    linked: bool = False
    leaves: bool = False
    packed: bool = False

    def __str__(self) -> str:
        return self.place

    @cached_property
    def inside(self) -> Inside:
        """What lies in it; nothing where it leaves the root."""
        return Inside() if self.leaves else self.look(self)

    @property
    def folders(self) -> tuple["Folder", ...]:
        """The folders right in it, also those that leave the root."""
        return self.inside.folders

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files right in it."""
        return self.inside.files

    @property
    def entries(self) -> list["Folder | str"]:
        """Folders and names of files right in it, sorted together."""
        both: list[Folder | str] = [*self.folders, *self.files]
        return sorted(both, key=_name_of) if self.folders and self.files else both

    @property
    def around(self) -> list["Folder"]:
        """The folders around it, the root first."""
        found: list[Folder] = []
        above = self.parent
        while above is not None:
            found.append(above)
            above = above.parent
        return found[::-1]

    def path_of(self, name: str) -> str:
        """The path below the root of something in it."""
        return f"{self.path}/{spelt(name)}" if self.path else spelt(name)

    def place_of(self, name: str) -> str:
        """Where a file in it lies."""
        return f"{self.place.rstrip(os.sep)}{os.sep}{name}"

    def below(self) -> Iterator["Folder"]:
        """Every folder in it, at any depth; links are not followed."""
        waiting = [each for each in self.folders if not each.linked]
        while waiting:
            folder = waiting.pop()
            yield folder
            waiting += [each for each in folder.folders if not each.linked]


def tree_of(root: Path, *, follow_links: bool = False) -> Folder:
    """The tree of a folder on a disk.

    Args:
        root: An absolute path.
        follow_links: Whether links to outside the root are like any others.
    """
    real_root = os.path.realpath(root)
    below_root = real_root.rstrip(os.sep) + os.sep

    def leaves(real: str) -> bool:
        return not follow_links and real != real_root and not real.startswith(below_root)

    def folder_of(parent: Folder, entry: os.DirEntry[str], real: str, *, linked: bool) -> Folder:
        return Folder(
            name=entry.name,
            path=parent.path_of(entry.name),
            place=entry.path,
            real=real,
            look=look,
            parent=parent,
            linked=linked,
            leaves=linked and leaves(real),
        )

    def look(folder: Folder) -> Inside:
        folders: list[Folder] = []
        files: list[str] = []
        outside: set[str] = set()
        try:
            with os.scandir(folder.place) as entries:
                for entry in entries:
                    if is_leftover(entry.name):
                        continue
                    linked = entry.is_symlink()
                    if linked and _leads_to_folder(entry):
                        real = os.path.realpath(entry.path)
                        folders.append(folder_of(folder, entry, real, linked=True))
                    elif not linked and entry.is_dir(follow_symlinks=False):
                        real = f"{folder.real.rstrip(os.sep)}{os.sep}{entry.name}"
                        folders.append(folder_of(folder, entry, real, linked=False))
                    else:
                        files.append(entry.name)
                        if linked and not follow_links and leaves(os.path.realpath(entry.path)):
                            outside.add(entry.name)
        except OSError as error:
            return Inside(error=error.strerror or str(error))
        ordered = sorted(folders, key=attrgetter("name"))
        return Inside(tuple(ordered), tuple(sorted(files)), frozenset(outside))

    return Folder(name=root.name, path="", place=str(root), real=real_root, look=look)


def is_leftover(name: str) -> bool:
    """Whether a system or a file manager leaves files or folders of this name."""
    return name.startswith(".") or name.casefold() in _LEFTOVERS


def spelt(name: str) -> str:
    """A name with the bytes that are not UTF-8 spelt out."""
    if name.isascii():
        return name
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def name_below(path: Path, root: Path) -> str:
    """The path below `root` with forward slashes; bytes that are not UTF-8 are spelt out."""
    return spelt(path.relative_to(root).as_posix())


def _leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Whether a link leads to a folder; False if it cannot be followed."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _name_of(entry: Folder | str) -> str:
    return entry if isinstance(entry, str) else entry.name
