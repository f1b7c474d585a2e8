"""Decode many image files, in several processes if that is faster."""

import math
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, NamedTuple

import numpy as np

from tenfold.core.errors import ImageError, TenfoldError
from tenfold.core.rendering import PLAIN, Fit, Scale
from tenfold.data.depth import Depth, open_depth
from tenfold.data.picture import Original, content_of, load_picture, render
from tenfold.runs.environment import usable_cores

_CHUNK_BYTES = 8_000_000  # Of pixels that one answer holds, and
_CHUNK = 200  # the most files.
_MOST_PROCESSES = 16
# A rough time per byte on a core of 2020; it only decides how many processes are started.
_FILE_S, _BYTE_S, _START_S = 2e-4, 4e-8, 0.5


@dataclass(frozen=True)
class Decoding:
    """How files are decoded.

    Attributes:
        side_px: Height and width in pixels.
        fit: As for `read_picture`.
        scale: Which number is white; None if it is not known yet. Pictures that depend on it are
            then only measured.
    """

    side_px: int
    fit: Fit = "crop"
    scale: Scale | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height and width in pixels, then channels: RGB."""
        return self.side_px, self.side_px, 3


class Outcome(NamedTuple):
    """The outcome of decoding a file.

    Attributes:
        reason: Why it cannot be read; empty if it can.
        original: What it holds; None if it cannot be read.
        depth: The depth, if only the whole set decides its scale; otherwise None.
        pixels: uint8 (side_px, side_px, 3); None if it cannot be read, or only was measured.
    """

    reason: str
    original: Original | None = None
    depth: Depth | None = None
    pixels: np.ndarray | None = None


class Part(NamedTuple):
    """The outcomes of some files, in a form that processes exchange fast.

    Attributes:
        outcomes: Of each, without its pixels.
        read: bool (n,), whether a file has pixels.
        pixels: uint8 (m, side_px, side_px, 3), of those that have.
    """

    outcomes: list[Outcome]
    read: np.ndarray
    pixels: np.ndarray

    @classmethod
    def of(cls, outcomes: Iterable[Outcome], how: "Decoding") -> "Part":
        """Take the pixels out of outcomes."""
        known = list(outcomes)
        read = np.array([each.pixels is not None for each in known], dtype=bool)
        pixels = [each.pixels for each in known if each.pixels is not None]
        stacked = np.stack(pixels) if pixels else np.empty((0, *how.shape), dtype=np.uint8)
        return cls([each._replace(pixels=None) for each in known], read, stacked)


CRASHES = Outcome("damaged or unreadable: its decoder crashes")
"""Of a file that ends the process that decodes it."""


def joined(parts: Sequence[Part]) -> Part:
    """The outcomes of several parts as those of one."""
    return Part(
        [outcome for part in parts for outcome in part.outcomes],
        np.concatenate([part.read for part in parts]),
        np.concatenate([part.pixels for part in parts]),
    )


Decode = Callable[[Sequence[str], int, Decoding], Iterator[tuple[int, Part]]]
"""Who decodes files: `decode_files`, or workers on other machines."""


def decode(content: bytes | ImageError, how: Decoding) -> Outcome:
    """Decode the content of one file, or give the reason why there is none."""
    if isinstance(content, ImageError):
        return Outcome(str(content))
    try:
        loaded = load_picture(content)
        depth = open_depth(loaded.picture)
        if depth is not None and how.scale is None:
            return Outcome("", loaded.original, depth)
        pixels = render(loaded.picture, how.shape, scale=how.scale or PLAIN, fit=how.fit)
    except ImageError as reason:
        return Outcome(str(reason))
    return Outcome("", loaded.original, depth, pixels)


def decode_file(path: str, how: Decoding) -> Outcome:
    """Decode one file."""
    try:
        return decode(content_of(path), how)
    except ImageError as reason:
        return Outcome(str(reason))


def decode_part(paths: Iterable[str], how: Decoding) -> Part:
    """Decode some files."""
    return Part.of((decode_file(path, how) for path in paths), how)


def decode_files(paths: Sequence[str], n_bytes: int, how: Decoding) -> Iterator[tuple[int, Part]]:
    """Decode files; yield the position of a first file with the outcomes of it and the next ones.

    The parts come as they are finished, in any order; together they are all files, once.

    Args:
        paths: The files.
        n_bytes: Their total size, which decides whether more processes are worth it.
        how: How they are decoded.
    """
    chunks = chunks_of(paths, how)
    seconds = len(paths) * _FILE_S + n_bytes * _BYTE_S
    n_processes = min(usable_cores(), _MOST_PROCESSES, len(chunks))
    if n_processes < 2 or seconds < 2 * _START_S:
        for at, part in chunks:
            yield at, decode_part(part, how)
    else:
        yield from _in_processes(chunks, how, n_processes)


def chunks_of(paths: Sequence[str], how: Decoding) -> list[tuple[int, Sequence[str]]]:
    """Cut files into chunks whose pixels fit into one answer: a first position, and the paths."""
    size = max(1, min(_CHUNK, _CHUNK_BYTES // math.prod(how.shape)))
    return [(at, paths[at : at + size]) for at in range(0, len(paths), size)]


def _in_processes(
    chunks: Sequence[tuple[int, Sequence[str]]], how: Decoding, n_processes: int
) -> Iterator[tuple[int, Part]]:
    """Hand the chunks out to processes, each led by a thread; all end when the caller does."""
    waiting: queue.SimpleQueue[tuple[int, Sequence[str]]] = queue.SimpleQueue()
    for chunk in chunks:
        waiting.put(chunk)
    done: queue.Queue[tuple[int, Part] | BaseException] = queue.Queue(2 * n_processes)
    workers = [_Worker(how) for _ in range(n_processes)]
    ended = threading.Event()
    threads = [
        threading.Thread(target=_lead, args=(worker, waiting, done, ended), daemon=True)
        for worker in workers
    ]
    try:
        for thread in threads:
            thread.start()
        for _ in chunks:
            found = done.get()
            if isinstance(found, BaseException):
                raise found
            yield found
    finally:
        ended.set()
        for worker in workers:
            worker.end()
        with suppress(queue.Empty):  # A thread may be waiting to put its last answer.
            while True:
                done.get_nowait()


def _lead(
    worker: "_Worker",
    waiting: "queue.SimpleQueue[tuple[int, Sequence[str]]]",
    done: "queue.Queue[tuple[int, Part] | BaseException]",
    ended: threading.Event,
) -> None:
    try:
        while not ended.is_set():
            at, paths = waiting.get_nowait()
            done.put((at, worker.decode(paths)))
    except queue.Empty:
        return
    except BaseException as error:
        if not ended.is_set():
            done.put(error)


class _Worker:
    """A process that decodes files; it is started again if a file makes it crash.

    It is a separate program, not a fork: TensorFlow's threads do not survive a fork, and a user's
    script needs no `if __name__` guard.
    """

    def __init__(self, how: Decoding) -> None:
        self._how = how
        self._process = _start()

    def decode(self, paths: Sequence[str]) -> Part:
        found = self._ask(paths)
        if found is not None:
            return found
        if len(paths) == 1:
            return Part.of([CRASHES], self._how)
        return joined([self.decode([path]) for path in paths])

    def _ask(self, paths: Sequence[str]) -> Part | None:
        """The outcomes of the files; None if the process crashes."""
        sent, received = self._process.stdin, self._process.stdout
        if sent is None or received is None:
            raise TenfoldError("A process to decode images has no pipes.")
        try:
            _send(sent, (list(paths), self._how))
            answer: Part = pickle.load(received)  # noqa: S301 - Our own process.
        except (OSError, EOFError, pickle.UnpicklingError):
            self.end()
            self._process = _start()
            return None
        return answer

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()


def _start() -> "subprocess.Popen[bytes]":
    # The import paths of this process, which may have found Tenfold in an unusual place.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen(  # noqa: S603 - This very Python, with words of our own.
        [sys.executable, "-c", f"from {__name__} import serve; serve()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )


def serve() -> None:
    """Decode what is asked for on standard input until it ends; answer on standard output."""
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches all processes; the parent ends this one.
    asked, answered = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # A decoder's own output must not mix with the answers.
    with suppress(EOFError, BrokenPipeError):
        while True:
            paths, how = pickle.load(asked)  # noqa: S301 - Sent by the process that started this.
            _send(answered, decode_part(paths, how))


def _send(stream: IO[bytes], content: object) -> None:
    pickle.dump(content, stream, protocol=5)
    stream.flush()
