"""The content of Tenfold's cache, for `tenfold cache`."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tenfold.core.errors import DataError
from tenfold.data.cache import cache_folder
from tenfold.data.image_cache import entries, images_folder


@dataclass(frozen=True)
class Kept:
    """One thing that is kept: it can be made or fetched again.

    Attributes:
        what: The folder or file whose images it holds, or a name such as `cifar10`.
        says: What it is, in a few words.
        folder: Where it is.
        n_bytes: What it takes on the disk.
    """

    what: str
    says: str
    folder: Path
    n_bytes: int


def kept(what: str | None = None) -> list[Kept]:
    """The cached data, images of files first, the most recently used first.

    Args:
        what: Only this: a name, or a path; None for everything.

    Raises:
        DataError: Nothing of that name is kept.
    """
    found = [
        Kept(
            entry.root or entry.folder.name,
            f"{entry.n:,} files as {entry.side_px} x {entry.side_px} pixels"
            if entry.root
            else "damaged",
            entry.folder,
            entry.n_bytes,
        )
        for entry in entries()
    ]
    found += [
        Kept(folder.name, "as arrays, and what was downloaded", folder, _bytes_in(folder))
        for folder in _folders(cache_folder())
        if folder != images_folder()
    ]
    if what is None:
        return found
    names = {what, str(Path(what).expanduser().resolve())}
    chosen = [each for each in found if each.what in names]
    if not chosen:
        there = ", ".join(each.what for each in found) or "nothing"
        raise DataError(f"Nothing in the cache is called '{what}'. The cache holds: {there}.")
    return chosen


def clear(things: list[Kept]) -> None:
    """Remove cached data. A run that is reading it continues.

    Raises:
        DataError: It cannot be removed.
    """
    for each in things:
        try:
            shutil.rmtree(each.folder)
        except OSError as error:
            raise DataError(
                f"Cannot remove {each.folder}: {error.strerror or error}. Check its permissions."
            ) from error


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(each for each in folder.iterdir() if each.is_dir())
    except OSError:
        return []


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
