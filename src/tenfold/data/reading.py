"""Read listed files into images of one shape: fast, with one scale, and only once."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from tenfold.core.errors import ImageError, TenfoldError
from tenfold.core.progress import live
from tenfold.core.rendering import Rendering, Scale
from tenfold.core.text import Say
from tenfold.data.decoding import Decode, Decoding, Part, decode, decode_files
from tenfold.data.depth import notes_on_scale, scale_for
from tenfold.data.file_table import MEASURED, READ, UNKNOWN, UNREADABLE, FileTable
from tenfold.data.image_cache import ImageCache, Pixels
from tenfold.data.labelled import refuse_more_than_memory
from tenfold.data.listing import ListedFile
from tenfold.runs.files import cannot_write

_SAY_FROM = 5_000
"""With at least this many files, each tenth is reported."""

_COPIED = 1_000  # Images at a time.


class Contents(Protocol):
    """The source of the bytes of listed files, if they are not on the disk."""

    def state(self, file: ListedFile) -> tuple[int, int]:
        """Its size in bytes, and a number that changes when its content does."""

    def read(self, files: Sequence[ListedFile]) -> Iterator[tuple[int, bytes | ImageError]]:
        """Each file's position and content, in any order; an error where it cannot be read."""


@dataclass(frozen=True)
class ReadFiles:
    """The result of reading listed files.

    Attributes:
        images: uint8 (n, side_px, side_px, 3), a row for each file; of zeros where it cannot be
            read. Memory-mapped where they are cached.
        table: What is known of each.
        rendering: How they were brought to one shape, with the scale of the set.
    """

    images: np.ndarray
    table: FileTable
    rendering: Rendering

    @property
    def readable(self) -> np.ndarray:
        """Bool (n,): whether a file has an image."""
        found: np.ndarray = self.table.facts["stage"] == READ
        return found

    def notes(self) -> Iterator[str]:
        """Say which numbers became white, and how much large files were reduced."""
        yield from notes_on_scale(self.rendering.scale, self.table.depths())
        facts, side_px = self.table.facts[self.readable], self.rendering.side_px
        if len(facts) and np.median(np.minimum(facts["width"], facts["height"])) >= 2 * side_px:
            width, height = (int(np.median(facts[name])) for name in ("width", "height"))
            yield (
                f"The files have {width:,} x {height:,} pixels in the middle (medians), so most "
                f"details are lost at {side_px} x {side_px}. A side of {2 * side_px} keeps four "
                "times as many pixels, but a fit takes about four times as long: `--side "
                f"{2 * side_px}`, in Python `side_px={2 * side_px}`."
            )


def read_files(
    files: Sequence[ListedFile],
    rendering: Rendering,
    *,
    root: str,
    contents: Contents | None = None,
    decode: Decode = decode_files,
    say: Say = lambda _: None,
) -> ReadFiles:
    """Read files, or take from the cache those that have not changed since they were read.

    Pictures of 16 bits, floats and masks are scaled to 8 bits by one scale, which all files
    together decide.

    Args:
        files: Each name is there once.
        rendering: Side and fit; its scale is not looked at.
        root: Where they lie, by which the cache knows them.
        contents: Where their bytes come from; None for the disk.
        decode: Who decodes files on the disk.
        say: Where to report, in short sentences, how far the reading is.

    Raises:
        TenfoldError: They fit neither on the disk nor into memory.
    """
    table = FileTable.of([file.name for file in files], _states(files, contents))
    work = _Work(files, contents, table, rendering, decode)
    cache = _cache(root, rendering)
    cached = cache.load() if cache else None
    if cached is not None:
        here, there = table.take_from(cached.table)
        same = len(here) == len(table) == len(cached.table) and bool((here == there).all())
        if same and not work.can_read(table.rows_at(UNREADABLE)):
            return ReadFiles(cached.pixels, table, replace(rendering, scale=cached.scale))
    pixels = _room(cache, len(table), rendering, root, say)
    try:
        if cached is not None:
            for at in range(0, len(here), _COPIED):
                part = slice(at, at + _COPIED)
                pixels.write(here[part], cached.pixels[there[part]])
        scale = work.decode_all(pixels, cached.scale if cached else None, say)
        images = pixels.finish()
    except OSError as error:  # Of writing: a file that cannot be read is no reason to stop.
        pixels.discard()
        raise cannot_write(cache.folder if cache else Path(root), error) from error
    except BaseException:
        pixels.discard()
        raise
    if cache:
        try:
            cache.save(table, pixels, scale)
        except TenfoldError as error:
            say(f"The images are not kept for the next run. {error}")
    return ReadFiles(images, table, replace(rendering, scale=scale))


@dataclass(frozen=True)
class _Work:
    """Files that are being read."""

    files: Sequence[ListedFile]
    contents: Contents | None
    table: FileTable
    rendering: Rendering
    decode: Decode

    def decode_all(self, pixels: Pixels, before: Scale | None, say: Say) -> Scale:
        """Decode files that are not known, and those that a scale other than `before` changes."""
        table = self.table
        rows = np.concatenate([table.rows_at(UNKNOWN), table.rows_at(UNREADABLE)])
        self._decode(rows, None, pixels, _progress(len(rows), say))
        scale = scale_for(table.depths(), len(table.rows_at(READ)) + len(table.rows_at(MEASURED)))
        rows = table.rows_at(MEASURED) if scale == before else table.rows_with_depth()
        self._decode(rows, scale, pixels, lambda _: None)
        return scale

    def can_read(self, rows: np.ndarray) -> bool:
        """Whether any of the files can be read now; permissions and decoders may have changed."""
        return any(
            not outcome.reason
            for _, part in self._parts(rows, self._how(None))
            for outcome in part.outcomes
        )

    def _decode(
        self, rows: np.ndarray, scale: Scale | None, pixels: Pixels, done: Callable[[int], None]
    ) -> None:
        """Decode the files of some rows, and report how many are done."""
        n_done = 0
        for at, part in self._parts(rows, self._how(scale)):
            here = rows[at : at + len(part.outcomes)]
            self.table.note(here, part)
            pixels.write(here[part.read], part.pixels)
            n_done += len(here)
            done(n_done)

    def _how(self, scale: Scale | None) -> Decoding:
        return Decoding(self.rendering.side_px, self.rendering.fit, scale)

    def _parts(self, rows: np.ndarray, how: Decoding) -> Iterator[tuple[int, Part]]:
        files = [self.files[row] for row in rows.tolist()]
        if self.contents is None:
            n_bytes = int(self.table.facts["size"][rows].clip(0).sum())
            yield from self.decode([file.path for file in files], n_bytes, how)
        else:
            for at, content in self.contents.read(files):
                yield at, Part.of([decode(content, how)], how)


def _states(files: Sequence[ListedFile], contents: Contents | None) -> np.ndarray:
    """int64 (n, 2): what changes when the content of a file does; -1 where it is not there."""
    state = _state if contents is None else contents.state
    return np.array([state(file) for file in files], dtype=np.int64).reshape(-1, 2)


def _state(file: ListedFile) -> tuple[int, int]:
    try:
        found = os.stat(file.path)  # noqa: PTH116 - A path object for each takes its time.
    except (OSError, ValueError):
        return -1, -1  # Reading it says why.
    return found.st_size, found.st_mtime_ns


def _cache(root: str, rendering: Rendering) -> ImageCache | None:
    try:
        return ImageCache(root, rendering)
    except (TenfoldError, RuntimeError):  # There is no home folder.
        return None


def _room(cache: ImageCache | None, n: int, rendering: Rendering, root: str, say: Say) -> Pixels:
    """Room for `n` images: in the cache, or in memory where there is none on the disk."""
    shape = (n, rendering.side_px, rendering.side_px, 3)
    if cache and n:
        try:
            return cache.begin(n)
        except OSError as error:
            say(
                f"The decoded images cannot be kept in {cache.folder}: {error.strerror or error}. "
                "They are read into memory, and read again by the next run."
            )
    refuse_more_than_memory(int(np.prod(shape, dtype=np.int64)), root)
    return Pixels(shape, None)


def _progress(n: int, say: Say) -> Callable[[int], None]:
    """Show how far the reading is, or report each tenth of many files."""
    if shown := live(say):
        return lambda n_done: shown.show(f"read {n_done:,} of {n:,} files", n_done, n)
    told = 0

    def done(n_done: int) -> None:
        nonlocal told
        tenths = n_done * 10 // n
        if n >= _SAY_FROM and tenths > told:
            told = tenths
            say(f"Read {n_done:,} of {n:,} files ...")

    return done
