"""Copy a folder of an object store to this machine: an audit compares every image with all."""

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tenfold.cluster.place import Place, explained, place_of
from tenfold.cluster.sources import AT_ONCE
from tenfold.core.errors import DataError
from tenfold.core.progress import in_single_lines, live
from tenfold.core.text import Say, counted
from tenfold.data.cache import cache_folder
from tenfold.runs.files import make_folder, written_whole
from tenfold.runs.lock import locked

STORES = "stores"
"""The folder of the copies in the cache."""
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class _Object:
    """A file of the store, and its copy.

    Attributes:
        place: In the store.
        copy: On the disk; it has the time of the original.
        n_bytes: Its size.
        changed_ns: When it was written, in nanoseconds since 1970; 0 where the store does not say.
    """

    place: Place
    copy: Path
    n_bytes: int
    changed_ns: int

    def is_copied(self) -> bool:
        """Whether the copy is there, and of this very file."""
        try:
            found = self.copy.stat()
        except OSError:
            return False
        return (found.st_size, found.st_mtime_ns) == (self.n_bytes, self.changed_ns)

    def fetch(self) -> None:
        """Copy the file; the copy appears when it is complete."""
        make_folder(self.copy.parent, parents=True)
        with written_whole(self.copy) as part:
            with part.open("wb") as file, explained(self.place), self.place.opened() as opened:
                shutil.copyfileobj(opened, file, _CHUNK_BYTES)
            os.utime(part, ns=(self.changed_ns, self.changed_ns))


def mirrored(address: str, *, say: Say) -> Path:
    """Copy what an address names to the cache, but for files that are there and have not changed.

    What is gone from the store is deleted from the copy. A copy that was cut off goes on.

    Args:
        address: Of a folder or a file, such as `s3://bucket/folder`.
        say: Called with each line of output.

    Returns:
        The copy: a folder or a file with the name of the original.

    Raises:
        DataError: There is nothing there, or it cannot be read.
    """
    place, tell = place_of(address), in_single_lines(say)
    if place.is_local:
        return Path(place.path)
    key = hashlib.sha256(place.shown.rstrip("/").encode()).hexdigest()[:16]
    home = cache_folder() / STORES / key
    copy = home / Path(place.path.rstrip("/")).name
    make_folder(home, parents=True)
    with locked(home / "lock"):
        objects = list(_objects(place, copy))
        if not objects:
            raise DataError(f"Expected images at {place.shown}; there is nothing.")
        missing = [each for each in objects if not each.is_copied()]
        tell(
            f"Copying {len(missing):,} of {counted(len(objects), 'file')} from {place.shown} to "
            f"{copy}; the others are there"
        )
        _fetch(missing, say)
        _delete_others(copy, {each.copy for each in objects})
    return copy


def _objects(place: Place, copy: Path) -> Iterator[_Object]:
    """Every file at a place, at any depth."""
    from pyarrow.fs import FileType

    with explained(place):
        own = place.system.get_file_info(place.path)
    if own.type == FileType.NotFound:
        return
    for each in [own] if own.type == FileType.File else place.files_below():
        names = place.names_below(each)
        if any("\\" in name for name in names):
            raise DataError(
                f"Expected names of files that a disk can have; received {each.path}. Rename it."
            )
        yield _Object(place.below(each.path), copy.joinpath(*names), each.size, each.mtime_ns or 0)


def _fetch(missing: Sequence[_Object], say: Say) -> None:
    """Copy files, several at a time; after an error no further one is begun."""
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for n, _ in enumerate(pool.map(_Object.fetch, missing), start=1):
            if screen := live(say):
                screen.show(f"copied {n:,} of {len(missing):,} files", n, len(missing))
    finally:
        pool.shutdown(cancel_futures=True)


def _delete_others(copy: Path, kept: set[Path]) -> None:
    for path in sorted(copy.rglob("*"), reverse=True):  # What is in a folder comes before it.
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in kept:
            path.unlink()
