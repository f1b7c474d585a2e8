"""Find the Parquet files of a data set, and the set that each of them belongs to."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tenfold.core.errors import DataError, argument
from tenfold.data.class_names import listed
from tenfold.data.layouts import USUAL_SETS, set_named
from tenfold.data.listing import Skipped, is_named_as_image
from tenfold.data.tree import Folder, name_below, tree_of

_N_LEVELS = 3  # As in default/train/0000.parquet, which hubs make of other formats.
_NO_LETTERS = re.compile(r"[^a-zA-Z]+")
_SERIES = re.compile(r"(?P<prefix>.*)-\d{5,}-of-(?P<n>\d{5,})\b")


@dataclass(frozen=True)
class Shards:
    """The files of each set, in the order of their names.

    Attributes:
        root: The folder that names of files are relative to.
        files: The files of "train" and, where they are there, of "validation" and "test".
        notes: Plain sentences on what is missing.
        skipped: Files that belong to no set, each with its reason.
    """

    root: Path
    files: dict[str, tuple[Path, ...]]
    notes: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()


def is_parquet(path: Path) -> bool:
    """Whether a file's name ends as those of Parquet files do."""
    return path.suffix.lower() == ".parquet"


def holds_parquet(folder: Path) -> bool:
    """Whether a folder holds Parquet files, and no image files, at its first three levels."""
    found = False
    for file in _files(tree_of(folder)):
        if is_named_as_image(file.name):
            return False
        found = found or is_parquet(file)
    return found


def find_shards(path: Path) -> Shards:
    """Sort the Parquet files of a folder into sets, by their own names or those of their folders.

    A single file is a training set, whatever its name; so are files that all name no set.

    Args:
        path: A file, or a folder.

    Raises:
        DataError: There are none, or it is not clear which of them belong together.
    """
    if not path.is_dir():
        return Shards(path.parent, {"train": (path,)}, _notes_on_missing([path]))
    tree = tree_of(path)
    found = sorted(file for file in _files(tree) if is_parquet(file))
    if not found:
        raise DataError(
            f"There are no Parquet files in {path}. Expected one, or a folder of them, such as "
            "train-00000-of-00001.parquet and test-00000-of-00001.parquet."
        )
    sets: dict[str | None, list[Path]] = {}
    for file in found:
        sets.setdefault(_set_of(file, path), []).append(file)
    unnamed = sets.pop(None, [])
    if not sets:
        sets, unnamed = {"train": unnamed}, []
    files = {kind: tuple(sets[kind]) for kind in USUAL_SETS if kind in sets}
    if "train" not in files:
        raise DataError(
            f"{path} holds no Parquet file for training, only "
            f"{listed((name_below(file, path) for file in found), 5)}. Expected train in a file's "
            f"name or in that of its folder. Rename them, or give a single file as "
            f"{argument('data')} to have a part of it held out for the test."
        )
    for kind, each in files.items():
        _refuse_two_versions(kind, each, path)
    skipped = [(each.path, "a link to a folder") for each in tree.folders if each.linked]
    reason = "a file whose name and folder say no set, such as train or test"
    skipped += [(name_below(file, path), reason) for file in unnamed]
    return Shards(path, files, _notes_on_missing(found), tuple(skipped))


def _files(folder: Folder, n_levels: int = _N_LEVELS) -> Iterator[Path]:
    """The files of the first levels, those of a folder before those of its folders.

    Linked files count, as hubs' caches are made of them; linked folders do not.
    """
    yield from (Path(folder.place_of(name)) for name in folder.files)
    if n_levels > 1:
        for each in folder.folders:
            if not each.linked:
                yield from _files(each, n_levels - 1)


def _set_of(file: Path, root: Path) -> str | None:
    """The set that a file's name says; where it says none, that of the nearest folder that does."""
    for name in (file.stem, *reversed(file.relative_to(root).parts[:-1])):
        kinds = {kind for word in _NO_LETTERS.split(name) if (kind := set_named(word))}
        if len(kinds) > 1:
            raise DataError(
                f"The name {name} in {root} says two sets, {listed(sorted(kinds))}. Expected one. "
                "Rename it."
            )
        if kinds:
            return kinds.pop()
    return None


def _refuse_two_versions(kind: str, files: tuple[Path, ...], root: Path) -> None:
    """Refuse files of one set in several folders, or cut into shards in two ways."""
    folders = sorted({file.parent for file in files})
    if len(folders) > 1:
        raise DataError(
            f"{root} holds {kind} files in {len(folders)} folders: "
            f"{listed((name_below(each, root) for each in folders), 5)}. They may be versions of "
            f"the same images, so they are not put together. Give the folder of one version as "
            f"{argument('data')}, or move all files into one folder."
        )
    series: dict[str, set[str]] = {}
    for file in files:
        if match := _SERIES.match(file.name):
            series.setdefault(match["prefix"], set()).add(match["n"])
    for prefix, numbers in series.items():
        if len(numbers) > 1:
            names = listed(f"{prefix}-...-of-{n}" for n in sorted(numbers))
            raise DataError(
                f"{folders[0]} holds {names}: the same set, cut into files in {len(numbers)} ways. "
                "Expected one. Delete the files of the older."
            )


def _notes_on_missing(files: list[Path]) -> tuple[str, ...]:
    """Name the series of numbered files that are incomplete."""
    there = Counter(
        (file.parent / match["prefix"], match["n"])
        for file in files
        if (match := _SERIES.match(file.name))
    )
    return tuple(
        f"Only {n_there:,} of the {int(n):,} files {prefix.name}-...-of-{n}.parquet "
        f"{'is' if n_there == 1 else 'are'} read. To have all, give a folder that holds all."
        for (prefix, n), n_there in there.items()
        if n_there < int(n)
    )
