"""Read the files of CIFAR's archives, packed or unpacked, one at a time, and never write to disk.

Source: www.cs.toronto.edu/~kriz/cifar.html; A. Krizhevsky, "Learning Multiple Layers of
Features from Tiny Images", 2009.
"""

import gzip
import tarfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from tenfold.core.errors import DataError, argument
from tenfold.data.kinds import GZIP, TAR, kind_of
from tenfold.data.pickles import read_pickle

SHAPE = (32, 32, 3)
N_PIXELS = 3 * 32 * 32
MAX_SMALL = 64 * 2**10
"""Bytes of class names, a readme, and headers that some tar programs add."""

_MAX_ENTRIES = 64
_MAX_PADDING = 2**20
_BLOCK = 512


@dataclass(frozen=True)
class _Kind:
    """One of the six archives that are published, by the name of the folder in it.

    Attributes:
        title: What it is called.
        source: The name of the source for its images.
        read: Whether that source reads it; the others hold the same images.
        files: Files by which it is known when it is unpacked.
    """

    title: str
    source: str
    read: bool
    files: tuple[str, ...]


_KINDS = {
    "cifar-10-batches-py": _Kind("CIFAR-10", "cifar10", True, ("data_batch_1",)),
    "cifar-10-batches-bin": _Kind("CIFAR-10", "cifar10", True, ("data_batch_1.bin",)),
    "cifar-10-batches-mat": _Kind(
        "CIFAR-10's MATLAB version", "cifar10", False, ("data_batch_1.mat",)
    ),
    "cifar-100-python": _Kind("CIFAR-100", "cifar100", True, ("meta", "train", "test")),
    "cifar-100-binary": _Kind(
        "CIFAR-100's binary version",
        "cifar100",
        False,
        ("fine_label_names.txt", "train.bin", "test.bin"),
    ),
    "cifar-100-matlab": _Kind(
        "CIFAR-100's MATLAB version", "cifar100", False, ("meta.mat", "train.mat", "test.mat")
    ),
}

Batch = tuple[np.ndarray, np.ndarray]
"""uint8 (n, 32, 32, 3) RGB, 0-255; int64 (n,), from 0."""


@dataclass(frozen=True)
class Family:
    """What the archives of CIFAR-10 or of CIFAR-100 look like.

    Attributes:
        title: The name for people.
        source: The name of the source for its images.
        archives: The archives that are read, for messages.
        layouts: The folder in each of them.
        sizes: Gives the least and most bytes of a file, by its name with the folder; None if it
            is not a part.
    """

    title: str
    source: str
    archives: str
    layouts: tuple[str, ...]
    sizes: Callable[[str], tuple[int, int] | None]

    @property
    def wanted(self) -> str:
        """What is expected, as a sentence."""
        return f"Expected {self.archives}, whole."


class AnotherError(ValueError):
    """The archive is whole, but of another kind; may name the source that reads it."""

    def __init__(self, reason: str, kind: _Kind | None = None) -> None:
        super().__init__(reason)
        self.kind = kind


def relative_of(folder: Path, family: Family) -> str:
    """The folder in the archive of another kind that `folder` looks like; empty if like none."""
    if not folder.is_dir():
        return ""
    for name, kind in _KINDS.items():
        if name not in family.layouts and all((folder / file).is_file() for file in kind.files):
            return name
    return ""


def archive_with(folders: Collection[str]) -> _Kind | None:
    """The published archive that holds one of these folders; None if none does."""
    return next((kind for name, kind in _KINDS.items() if name in folders), None)


def another(name: str) -> AnotherError:
    """The error for an archive of another kind, by the folder in it."""
    kind = _KINDS[name]
    return AnotherError(f"it is {kind.title}", kind)


@contextmanager
def refusals(path: Path, family: Family) -> Iterator[None]:
    """Turn any fault of an archive into one sentence with advice."""
    try:
        yield
    except AnotherError as error:
        raise DataError(
            f"Cannot read {path} as {family.title}: {error}{_way_out(path, family, error.kind)}"
        ) from error
    except EOFError as error:
        raise _refusal(path, family, "it is cut short") from error
    except (OSError, ValueError, MemoryError, tarfile.TarError, zlib.error) as error:
        raise _refusal(path, family, str(error) or type(error).__name__) from error


def _way_out(path: Path, family: Family, kind: _Kind | None) -> str:
    if kind and kind.source != family.source and kind.read:
        return (
            f", which has other images. Read it with {argument('data', kind.source)} and "
            f"{argument('archive', str(path))}."
        )
    if kind and kind.source != family.source:
        return (
            f", which is not read. For the same images, use {argument('data', kind.source)}, which "
            "finds or downloads a version that is."
        )
    return (
        f"{', which is not read' if kind else ''}. {family.wanted} Name one, or its unpacked "
        f"folder, with {argument('archive')}, or name none to have it downloaded."
    )


def _refusal(path: Path, family: Family, reason: str) -> DataError:
    advice = "Unpack one again" if path.is_dir() else "Download it again"
    return DataError(
        f"Cannot read {path} as {family.title}: {reason}. {family.wanted} {advice}, or name "
        f"another with {argument('archive')}."
    )


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open an archive, whose gzip layer may be gone."""
    kind = kind_of(path)
    if kind == GZIP:
        with gzip.open(path) as stream:
            yield cast(BinaryIO, stream)
    elif kind == TAR:
        with path.open("rb") as file:
            yield file
    else:
        raise AnotherError(f"it is {kind}")


def members(stream: BinaryIO, family: Family) -> Iterator[tuple[str, bytes]]:
    """Yield the name and content of each file, and refuse anything unexpected.

    Headers are parsed by `tarfile`, but one by one: its own loop would follow extension
    headers of any size into memory.
    """
    seen: set[str] = set()
    for _ in range(_MAX_ENTRIES):
        header = stream.read(_BLOCK)
        if not header.strip(b"\0"):
            break
        if len(header) < _BLOCK:
            raise EOFError
        info = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        info.name = info.name.removeprefix("./")
        if info.name in seen:
            raise ValueError(f"it holds {info.name!r} twice")
        _check_member(info, family)
        content = _exactly(stream, info.size)
        _exactly(stream, -info.size % _BLOCK)
        if info.isreg() and not _is_leftover(info.name, family):
            seen.add(info.name)
            yield info.name, content
    else:
        raise ValueError(f"it has more than {_MAX_ENTRIES} entries")
    if len(stream.read(_MAX_PADDING + 1)) > _MAX_PADDING:  # At the end gzip compares checksums.
        raise ValueError("it goes on after its end")


def files(
    folder: Path, layout: str, names: Iterable[str], family: Family
) -> Iterator[tuple[str, bytes]]:
    """Yield the name, as in an archive, and the content of each of `names` that is there."""
    for file in names:
        path, name = folder / file, f"{layout}/{file}"
        if not path.is_file():
            continue
        smallest, largest = _sizes(name, family)
        with path.open("rb") as stream:
            content = stream.read(largest + 1)
        if not smallest <= len(content) <= largest:
            n_bytes = path.stat().st_size
            raise ValueError(f"'{file}' in it {_has_bytes(n_bytes, smallest, largest)}")
        yield name, content


def pickled_batch(name: str, content: bytes, n: int, *, key: str, n_classes: int) -> Batch:
    """Read a pickled batch of `n` images, whose labels are under `key`, in 0..`n_classes` - 1."""
    batch = read_pickle(content)
    labels, pixels = batch.get(key), batch.get("data")
    if not isinstance(labels, list) or not all(type(label) is int for label in labels):
        raise ValueError(f"{name} has no list of {key.replace('_', ' ')}")
    if not isinstance(pixels, np.ndarray):
        raise ValueError(f"{name} has no array of images")
    if outside := [label for label in labels if not 0 <= label < n_classes]:
        raise ValueError(f"{name} has the label {outside[0]}, expected 0..{n_classes - 1}")
    return checked_batch(name, pixels, np.array(labels, dtype=np.int64), n)


def checked_batch(name: str, pixels: np.ndarray, labels: np.ndarray, n: int) -> Batch:
    """Bring uint8 (n, 3072) pixels into their places, if there are `n` of them and of labels."""
    if pixels.shape != (n, N_PIXELS) or len(labels) != n:
        raise ValueError(
            f"{name} has images of shape {pixels.shape} and {len(labels):,} labels, expected "
            f"({n}, {N_PIXELS}) and {n:,}"
        )
    planes = pixels.reshape(-1, 3, 32, 32)  # All red values of an image, then green, then blue.
    return np.ascontiguousarray(planes.transpose(0, 2, 3, 1)), labels


def _exactly(stream: BinaryIO, n_bytes: int) -> bytes:
    content = stream.read(n_bytes)
    if len(content) != n_bytes:
        raise EOFError
    return content


def _check_member(info: tarfile.TarInfo, family: Family) -> None:
    folder = info.name.partition("/")[0]
    if info.type in {
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
    }:  # Times and owners; what they say is unused.
        smallest, largest = 0, MAX_SMALL
    elif folder in _KINDS and folder not in family.layouts:
        raise another(folder)
    elif info.isdir() and info.name in {".", "", *family.layouts}:
        smallest, largest = 0, 0
    elif info.isreg() and _is_leftover(info.name, family):
        smallest, largest = 0, MAX_SMALL
    elif info.type in {tarfile.REGTYPE, tarfile.AREGTYPE}:
        smallest, largest = _sizes(info.name, family)
    else:
        raise ValueError(
            f"{info.name!r} in it is not a regular file, but a link, a folder or the like"
        )
    if not smallest <= info.size <= largest:
        raise ValueError(f"{info.name!r} in it {_has_bytes(info.size, smallest, largest)}")


def _is_leftover(name: str, family: Family) -> bool:
    """Whether macOS has packed it beside a file or folder: `._test_batch`, `.DS_Store`."""
    *folders, file = name.split("/")
    inside = folders in ([], *([layout] for layout in family.layouts))
    return inside and (file.startswith("._") or file == ".DS_Store")


def _has_bytes(n_bytes: int, smallest: int, largest: int) -> str:
    expected = f"{largest:,}" if smallest == largest else f"at most {largest:,}"
    return f"has {n_bytes:,} bytes, expected {expected}"


def _sizes(name: str, family: Family) -> tuple[int, int]:
    sizes = family.sizes(name)
    if sizes is None:
        raise ValueError(f"it holds {name!r}, which is not a part of {family.title}")
    return sizes
