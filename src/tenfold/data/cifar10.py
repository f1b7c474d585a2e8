"""Gather CIFAR-10: find its archive or fetch it, read it, and keep the arrays."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError, argument
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.core.text import Say
from tenfold.data import archive as archives
from tenfold.data import cifar10_cache as cache
from tenfold.data.archive import CLASSES, Arrays
from tenfold.data.published import Published, not_official, without_checksum
from tenfold.data.source import ArchiveSource, path_of
from tenfold.runs.files import cannot_write

BINARY_SHA256 = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
ARCHIVE = Published(
    "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    sha256="6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    n_bytes=170_498_071,
    folder="cifar10",
    keras=(  # The names that Keras has given it over the years.
        "cifar-10-python.tar.gz",
        "cifar-10-batches-py-target_archive",
        "cifar-10-batches-py-target.tar.gz",
        "cifar-10-batches-py.tar.gz",
    ),
)
_OFFICIAL = (ARCHIVE.sha256, BINARY_SHA256)


class Cifar10(ArchiveSource):
    """CIFAR-10, from its archive or from the folder that this unpacks to."""

    name = wanted = "cifar10"
    asked = "`cifar10`"
    reads = (
        "CIFAR-10: the archive as published, packed again or without gzip, or the folder that "
        "it unpacks to"
    )

    def recognises(self, data: str) -> bool:
        """Whether `data` is its name, or the folder that its archive unpacks to."""
        return data == self.name or _looks_unpacked(path_of(data))

    def from_anywhere(self, request: DataRequest) -> DataRequest:
        """With the whole path of the archive or folder."""
        if request.data != self.name:
            request = replace(request, data=str(path_of(request.data)))
        return super().from_anywhere(request)

    def find(self) -> str | None:
        """As `find_cifar10`."""
        return find_cifar10()

    def gather(self, request: DataRequest, *, say: Say) -> Dataset:
        """As `gather_cifar10`."""
        named = request.archive
        if request.data != self.name:
            if named is not None:
                raise DataError(
                    f"Received {argument('data')} {request.data}, an unpacked archive, and "
                    f"{argument('archive')} {named}. Leave one of them out."
                )
            named = request.data
        return gather_cifar10(Path(named) if named else None, say=say)

    def gather_again(self, provenance: Provenance, *, say: Say) -> Dataset:
        """From the same archive, or from its cached arrays if it has moved."""
        archive, sha256 = Path(provenance.location), provenance.sha256
        if sha256 is None:
            return gather_cifar10(archive if archive.is_dir() else None, say=say)
        if not archive.is_file() and (arrays := cache.load(sha256)):
            return _dataset(arrays, cache.folder_of(sha256), sha256)
        return gather_cifar10(archive if archive.is_file() else None, say=say)


def gather_cifar10(archive: Path | None = None, *, say: Say = lambda _: None) -> Dataset:
    """Return CIFAR-10: 50,000 training and 10,000 test images, uint8 (n, 32, 32, 3) RGB.

    Looks at `archive`, the environment variable `TENFOLD_CIFAR10`, Tenfold's cache and Keras's
    cache, in this order; else downloads it. The parsed arrays are cached, memory-mapped.

    Args:
        archive: `cifar-10-python.tar.gz` or `cifar-10-binary.tar.gz`, official or not; the folder
            that it unpacks to, or the folder around that one. A folder is not cached.
        say: Where to report, in short sentences, what is going on.

    Raises:
        DataError: The archive is missing, damaged, or cannot be downloaded.
    """
    named = archive or _named_by_environment()
    if named is not None:
        return _from_archive(path_of(named), say)
    if cached := _cached(official=True):
        return cached
    if found := next(_official_archives(), None):
        return _from_archive(found, say)
    if cached := _cached(official=False):
        return cached
    return _from_archive(ARCHIVE.download(say), say)


def find_cifar10() -> str | None:
    """Say where `gather_cifar10()` would read from; None where it would download."""
    if named := _named_by_environment():
        return str(named)
    if cached := _cached(official=True):
        return cached.provenance.location
    if found := next(_official_archives(), None):
        return str(found)
    cached = _cached(official=False)
    return cached.provenance.location if cached else None


def _official_archives() -> Iterator[Path]:
    """Official archives that Tenfold or Keras has downloaded."""
    return (path for path in ARCHIVE.places() if cache.checksum(path) in _OFFICIAL)


def _named_by_environment() -> Path | None:
    named = os.environ.get("TENFOLD_CIFAR10")
    return path_of(named) if named else None


def _cached(*, official: bool) -> Dataset | None:
    """Tenfold's cached arrays: the official ones, or the latest of the others."""
    for sha256 in cache.cached_checksums():
        if (sha256 in _OFFICIAL) == official and (arrays := cache.load(sha256)):
            note = "No archive was named and the official one is not here, so these are used."
            notes = () if official else (note,)
            return _dataset(arrays, cache.folder_of(sha256), sha256, *notes)
    return None


def _unpacked_folder(path: Path) -> Path | None:
    """The folder of the batches: `path`, or one in it of the usual name; None if neither is."""
    candidates = (path, *(path / name for name in archives.LAYOUTS))
    return next((folder for folder in candidates if archives.is_unpacked(folder)), None)


def _looks_unpacked(path: Path) -> bool:
    """Whether a folder is an unpacked archive of CIFAR-10 or a relative, or holds only that."""
    if not path.is_dir():
        return False
    if archives.is_unpacked(path) or archives.other_than_cifar10(path):
        return True
    if _unpacked_folder(path) is None:
        return False
    try:
        inside = [entry for entry in path.iterdir() if not entry.name.startswith(".")]
    except OSError:
        return False
    return all(entry.name in archives.LAYOUTS or entry.is_file() for entry in inside)


def _from_folder(path: Path, say: Say) -> Dataset:
    """Read an unpacked archive, without a cache: there is no cheap way to notice changes."""
    folder = _unpacked_folder(path)
    if folder is None and not archives.other_than_cifar10(path):
        raise DataError(
            f"{path} is a folder without CIFAR-10's files. Expected the folder "
            f"{' or '.join(archives.LAYOUTS)} that its archive unpacks to, the folder around it, "
            f"or the archive itself. Name one of these with {argument('archive')}."
        )
    say(f"Reading {folder or path} ...")
    note = without_checksum("CIFAR-10")
    arrays = archives.read_unpacked(folder or path)
    return _assembled(arrays, folder or path, None, official=None, notes=(note,))


def _from_archive(path: Path, say: Say) -> Dataset:
    if path.is_dir():
        return _from_folder(path, say)
    if not path.is_file():
        raise DataError(
            f"There is no archive {path}. Name an existing cifar-10-python.tar.gz or "
            f"cifar-10-binary.tar.gz with {argument('archive')}, or name none to have it "
            "downloaded."
        )
    sha256 = cache.checksum(path)
    if arrays := cache.load(sha256):
        return _dataset(arrays, path, sha256)
    say(f"Reading {path} ...")
    arrays = archives.read_archive(path)
    try:
        cache.save(arrays, sha256)
    except OSError as error:
        known = isinstance(error, DataError)
        reason = error if known else cannot_write(cache.folder_of(sha256), error)
        note = f"The arrays could not be cached, so the next run reads the archive again. {reason}"
        return _dataset(arrays, path, sha256, note)
    return _dataset(cache.load(sha256) or arrays, path, sha256)


def _dataset(arrays: Arrays, location: Path, sha256: str, *notes: str) -> Dataset:
    official = sha256 in _OFFICIAL
    if not official:
        notes = (not_official("CIFAR-10", sha256, location), *notes)
    return _assembled(arrays, location, sha256, official=official, notes=notes)


def _assembled(
    arrays: Arrays,
    location: Path,
    sha256: str | None,
    *,
    official: bool | None,
    notes: tuple[str, ...],
) -> Dataset:
    provenance = Provenance(
        source="cifar10",
        location=str(location),
        sha256=sha256,
        official=official,
        notes=notes,
        batch_sizes=(archives.N_PER_BATCH,) * archives.N_TRAIN_BATCHES,
    )
    return Dataset(
        "cifar10",
        ImageSet(arrays.train_images, arrays.train_labels, CLASSES),
        ImageSet(arrays.test_images, arrays.test_labels, CLASSES),
        provenance,
    )
