"""A cache of decoded images on the disk, so that the next run starts at once."""

import hashlib
import os
import secrets
import shutil
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tenfold.core.errors import TenfoldError
from tenfold.core.rendering import Rendering, Scale
from tenfold.data.cache import cache_folder
from tenfold.data.file_table import FileTable, about
from tenfold.runs.files import cannot_write, written_whole

VERSION = 1
"""Increased when decoding gives other pixels, or when the format changes."""

LIMIT_BYTES = 20_000_000_000
"""The largest total size of decoded images; the least recently used are removed first."""

_INDEX = "index.npz"
_PIXELS, _PART = ".pixels", ".part"
_ABANDONED_S = 86_400.0  # Newer files may belong to a run that is reading now.


@dataclass(frozen=True)
class Cached:
    """The images that an earlier run has read.

    Attributes:
        table: The files.
        pixels: uint8 (n, height, width, channels), memory-mapped: a row for each of them, of
            zeros where a file cannot be read.
        scale: Which number was white.
    """

    table: FileTable
    pixels: np.ndarray
    scale: Scale


class Pixels:
    """Images that are written row by row, in any order, and then read.

    Args:
        shape: uint8 (n, height, width, channels).
        path: A new file for them; None to keep them in memory.

    Raises:
        OSError: There is no room for them on the disk.
    """

    def __init__(self, shape: tuple[int, ...], path: Path | None) -> None:
        self._shape, self.path = shape, path
        if path is None:
            self._array = np.zeros(shape, np.uint8)
            return
        self._row_bytes = int(np.prod(shape[1:]))
        self._file = path.open("w+b")
        try:
            _reserve(self._file.fileno(), self._row_bytes * shape[0])
        except OSError:
            self._file.close()
            path.unlink(missing_ok=True)
            raise

    def write(self, rows: np.ndarray, pixels: np.ndarray) -> None:
        """Write some images.

        Args:
            rows: int64 (m,), ascending.
            pixels: uint8 (m, height, width, channels).

        Raises:
            OSError: The disk is full after all.
        """
        if self.path is None:
            self._array[rows] = pixels
            return
        ends = np.flatnonzero(np.diff(rows) != 1) + 1  # Rows in a row are written at once.
        for first, part in zip(np.split(rows, ends), np.split(pixels, ends), strict=True):
            if len(part):
                self._file.seek(int(first[0]) * self._row_bytes)
                self._file.write(np.ascontiguousarray(part).data)

    def finish(self) -> np.ndarray:
        """All images, read-only; memory-mapped where they are in a file."""
        if self.path is not None:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._array = np.memmap(self._file, np.uint8, "r", shape=self._shape)
            self._file.close()
        return self._array

    def discard(self) -> None:
        """Remove the file, if there is one, before it is finished."""
        if self.path is not None:
            self._file.close()
            self.path.unlink(missing_ok=True)


class ImageCache:
    """The decoded images of one root, in one rendering.

    Args:
        root: Where the files lie; part of the key.
        rendering: How they are brought to one shape; its scale is a result, not part of the key.
    """

    def __init__(self, root: str, rendering: Rendering) -> None:
        self._about = {
            "version": VERSION,
            "root": root,
            "side_px": rendering.side_px,
            "fit": rendering.fit,
        }
        key = hashlib.sha256(repr(sorted(self._about.items())).encode("utf-8", "replace"))
        self._shape = (rendering.side_px, rendering.side_px, 3)
        self.folder = images_folder() / key.hexdigest()[:16]

    def load(self) -> Cached | None:
        """What is cached; None where there is nothing, or it is damaged."""
        try:
            with _opened(self.folder) as content:
                known = about(content)
                if any(known.get(key) != value for key, value in self._about.items()):
                    return None
                table = FileTable.load(content)
            path = self.folder / Path(known["pixels"]).name
            shape = (len(table), *self._shape)
            if path.stat().st_size != np.prod(shape):
                return None
            pixels = np.memmap(path, np.uint8, "r", shape=shape)
            scale = Scale(**known["scale"])
        except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
            return None
        with suppress(OSError):
            os.utime(self.folder / _INDEX)  # The least recently used goes first.
        return Cached(table, pixels, scale)

    def begin(self, n: int) -> Pixels:
        """A new file for `n` images.

        Raises:
            OSError: There is no room, or no right to write.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        return Pixels((n, *self._shape), self.folder / f"{secrets.token_hex(8)}{_PART}")

    def save(self, table: FileTable, pixels: Pixels, scale: Scale) -> None:
        """Replace the cached images with finished ones.

        Raises:
            TenfoldError: It cannot be written.
        """
        if pixels.path is None:
            return
        path = pixels.path.with_suffix(_PIXELS)
        known = {**self._about, "n": len(table), "pixels": path.name, "scale": asdict(scale)}
        try:
            pixels.path.rename(path)
        except OSError as error:
            raise cannot_write(path, error) from error
        with written_whole(self.folder / _INDEX) as part, part.open("wb") as file:
            table.save(file, known)
        self._remove_all_but(path)
        keep_below_limit(but=self.folder)

    def _remove_all_but(self, path: Path) -> None:
        """Remove what was replaced; a run that has it open keeps it until it ends."""
        for other in self.folder.iterdir():
            with suppress(OSError):
                old = time.time() - other.stat().st_mtime > _ABANDONED_S
                if other != path and (other.suffix == _PIXELS or (old and other.suffix == _PART)):
                    other.unlink()


@dataclass(frozen=True)
class Entry:
    """One root's decoded images, as `tenfold cache` lists them.

    Attributes:
        folder: Where they are kept.
        root: Where the files lie; empty if that is damaged.
        n: How many files.
        side_px: Height and width in pixels.
        n_bytes: What they take on the disk.
    """

    folder: Path
    root: str
    n: int
    side_px: int
    n_bytes: int


def images_folder() -> Path:
    """The folder of all decoded images; it may not exist."""
    return cache_folder() / "images"


def entries() -> list[Entry]:
    """All decoded images that are kept, the most recently used first."""
    return [_entry(folder) for folder in _folders()]


def keep_below_limit(*, but: Path) -> None:
    """Remove the least recently used images until the rest is within the limit."""
    total = 0
    for folder in _folders():
        total += _n_bytes(folder)
        if total > LIMIT_BYTES and folder != but:
            shutil.rmtree(folder, ignore_errors=True)


def _folders() -> list[Path]:
    """The folders of all decoded images, the most recently used first."""
    try:
        folders = [each for each in images_folder().iterdir() if each.is_dir()]
    except (OSError, TenfoldError):
        return []
    return sorted(folders, key=lambda folder: -_used(folder))


def _used(folder: Path) -> float:
    try:
        return (folder / _INDEX).stat().st_mtime
    except OSError:
        return 0.0


def _n_bytes(folder: Path) -> int:
    n_bytes = 0
    with suppress(OSError):
        for path in folder.iterdir():
            n_bytes += path.stat().st_size
    return n_bytes


@contextmanager
def _opened(folder: Path) -> Iterator["np.lib.npyio.NpzFile"]:
    # NumPy leaves a damaged file open that it has opened itself.
    with (folder / _INDEX).open("rb") as file, np.load(file, allow_pickle=False) as content:
        yield content


def _entry(folder: Path) -> Entry:
    known: dict[str, Any] = {}
    with (
        suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile),
        _opened(folder) as content,
    ):
        known = about(content)
    root = str(known.get("root", ""))
    return Entry(folder, root, known.get("n", 0), known.get("side_px", 0), _n_bytes(folder))


def _reserve(handle: int, n_bytes: int) -> None:
    """Reserve the space on the disk, so that a full disk is noticed now."""
    if hasattr(os, "posix_fallocate") and n_bytes:
        os.posix_fallocate(handle, 0, n_bytes)
    else:
        os.truncate(handle, n_bytes)
