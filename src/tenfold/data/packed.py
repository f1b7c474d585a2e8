"""Gather the user's own images from a zip or tar file of a folder, without unpacking it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from tenfold.core.data_request import DataRequest, LabelFrom
from tenfold.core.errors import DataError, ImageError, argument
from tenfold.core.images import Dataset, Provenance
from tenfold.core.rendering import Rendering
from tenfold.core.text import Say, counted
from tenfold.data.archive_members import KINDS, Archive, Member, opened, unreadable
from tenfold.data.assembly import STANDARD, assemble, rendering_for
from tenfold.data.cifar import archive_with
from tenfold.data.class_names import listed
from tenfold.data.folder import MIRRORING, advice_on, list_layout
from tenfold.data.kinds import kind_of
from tenfold.data.layouts import find_layout
from tenfold.data.listing import ListedFile, Skipped, is_named_as_image
from tenfold.data.source import PathSource, path_of
from tenfold.data.tree import Folder, Inside, is_leftover, spelt

_ENDINGS = (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")
_ARCHIVES = (*_ENDINGS, ".gz", ".bz2", ".xz", ".7z", ".rar")
_DRIVE = re.compile("[A-Za-z]:/")
_LONGEST_NAME = 4_096  # Characters, as on Linux.


class PackedFolder(PathSource):
    """The user's own images, in a zip or tar file of a folder."""

    name = "packed"
    wanted = "a zip or tar file of images"
    asked = "`images.zip`, `images.tar.gz`"
    reads = "a folder of images as below, packed by zip or tar; it is not unpacked to the disk"
    options = ("side_px", "fit", "label_from", "strict")
    mirroring = MIRRORING

    def recognises(self, data: str) -> bool:
        """Whether it is named as an archive, there or not, or a file that is one."""
        path = path_of(data)
        if path.is_dir():
            return False
        if path.name.lower().endswith(_ENDINGS):
            return True
        with suppress(OSError):
            return path.is_file() and kind_of(path) in KINDS
        return False

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """As `gather_packed`."""
        return gather_packed(
            Path(request.data),
            rendering_for(request),
            label_from=request.label_from or "folder",
            say=say,
        )


def gather_packed(
    path: Path,
    rendering: Rendering = STANDARD,
    *,
    label_from: LabelFrom = "folder",
    say: Say = lambda _: None,
) -> Dataset:
    """Return the images that `gather_folder` would find if the archive were unpacked.

    Nothing is unpacked to the disk, and one image at a time is held in memory before it is
    brought to its shape. Links, encrypted members, and names that lead out of the archive are
    listed in `provenance.skipped`. If members have the same name, the last one is read.

    Args:
        path: A zip file, or a tar file that may be compressed by gzip, bzip2 or xz.
        rendering: How each image is brought to one shape.
        label_from: What names the class of a file, as for `gather_folder`.
        say: Where to report, in short sentences, how far the reading is.

    Raises:
        DataError: There is no such file; it is not an archive, or damaged; it has too many members
            or expands to more than any archive of images does; or as for `gather_folder`.
    """
    path = path_of(path)
    with opened(path) as archive:
        packed = _packed(archive.members())
        if not packed.members:
            raise unreadable(path, f"it holds no files{_examples(packed.skipped)}")
        _refuse_other_than_images(path, packed.members)
        layout = find_layout(_tree(path, packed), label_from=label_from)
        provenance = Provenance(
            "packed",
            str(path.resolve()),
            notes=layout.notes,
            skipped=(*packed.skipped, *layout.skipped),
        )
        return assemble(
            list_layout(layout, label_from),
            rendering,
            provenance,
            advice_on(layout, label_from),
            contents=_Contents(archive, packed.members),
            say=say,
        )


@dataclass
class _Packed:
    """What an archive holds.

    Attributes:
        members: The files that may be read, by their paths, spelt out.
        folders: What lies right in each folder, by the folder's path: names of folders, of files.
        skipped: What is left out.
    """

    members: dict[str, Member] = field(default_factory=dict)
    folders: dict[str, tuple[set[str], set[str]]] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)


def _packed(members: Iterable[Member]) -> _Packed:
    packed = _Packed(folders={"": (set(), set())})
    for member in members:
        name = member.name.replace("\\", "/")
        parts = [spelt(part) for part in name.split("/") if part not in ("", ".")]
        if not parts or any(is_leftover(part) for part in parts if part != ".."):
            continue
        reason = _refusal_of_name(name, parts) or member.refusal
        if reason:
            packed.skipped.append((spelt(name), reason))
            continue
        _add_folders(packed, parts if member.is_folder else parts[:-1])
        if not member.is_folder:
            path = "/".join(parts)
            if path in packed.members:
                packed.skipped.append(
                    (path, "there more than once in the archive; the last counts")
                )
            packed.members[path] = member
            packed.folders["/".join(parts[:-1])][1].add(parts[-1])
    for path in sorted(packed.members.keys() & packed.folders.keys()):
        above, _, name = path.rpartition("/")
        del packed.members[path]
        packed.folders[above][1].discard(name)
        packed.skipped.append((path, "both a file and a folder in the archive"))
    return packed


def _refusal_of_name(name: str, parts: Sequence[str]) -> str:
    """Why nothing of this name is read; empty if it may be."""
    if name.startswith("/") or _DRIVE.match(name):
        return "an absolute name in an archive"
    if ".." in parts:
        return "a name that leads out of the archive"
    return "a name that is too long" if len(name) > _LONGEST_NAME else ""


def _add_folders(packed: _Packed, parts: Sequence[str]) -> None:
    """Add a folder and those around it."""
    above = ""
    for part in parts:
        packed.folders[above][0].add(part)
        above = f"{above}/{part}" if above else part
        packed.folders.setdefault(above, (set(), set()))


def _tree(path: Path, packed: _Packed) -> Folder:
    """The tree of the folders in an archive."""

    def look(folder: Folder) -> Inside:
        folders, files = packed.folders[folder.path]
        inner = (
            Folder(
                name=name,
                path=folder.path_of(name),
                place=folder.place_of(name),
                real=folder.place_of(name),
                look=look,
                parent=folder,
                packed=True,
            )
            for name in sorted(folders)
        )
        return Inside(tuple(inner), tuple(sorted(files)))

    place = str(path)
    return Folder(name=path.name, path="", place=place, real=place, look=look, packed=True)


def _refuse_other_than_images(path: Path, members: dict[str, Member]) -> None:
    """Refuse CIFAR's archives, and archives of archives, and say what reads them."""
    if known := archive_with({name.partition("/")[0] for name in members}):
        raise DataError(
            f"{path} is {known.title}, not an archive of image files. "
            + (
                f"Read it with {argument('data', known.source)} and "
                f"{argument('archive', str(path))}."
                if known.read
                else f"It is not read. For the same images, use {argument('data', known.source)}, "
                "which finds or downloads a version that is."
            )
        )
    inner = [name for name in members if name.lower().endswith(_ARCHIVES)]
    if inner and not any(is_named_as_image(name) for name in members):
        raise DataError(
            f"{path} holds no images, but {counted(len(inner), 'other archive')} "
            f"({listed(inner, 3)}). Unpack the file and give {inner[0]} as {argument('data')}."
        )


def _examples(skipped: Sequence[Skipped]) -> str:
    """What was left out, in brackets."""
    if not skipped:
        return ""
    shown = "; ".join(f"{name}: {reason}" for name, reason in skipped[:3])
    return f" that may be read ({shown})"


class _Contents:
    """Where the bytes of the listed files are."""

    def __init__(self, archive: Archive, members: dict[str, Member]) -> None:
        self._archive, self._members = archive, members

    def state(self, file: ListedFile) -> tuple[int, int]:
        member = self._members[file.name]
        return member.size, member.number

    def read(self, files: Sequence[ListedFile]) -> Iterator[tuple[int, bytes | ImageError]]:
        """In the order of the archive, so that a compressed one is read only once."""
        members = [self._members[file.name] for file in files]
        order = sorted(range(len(files)), key=lambda at: members[at].at)
        contents = self._archive.contents([members[at] for at in order])
        yield from zip(order, contents, strict=True)
