"""Decode many image files, in several processes where that is worth their start."""

import math
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
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
# About what it takes on a core of 2020; it decides only how many processes are started.
_FILE_S, _BYTE_S, _START_S = 2e-4, 4e-8, 0.5


@dataclass(frozen=True)
class Decoding:
    """How files are decoded.

    Attributes:
        side_px: Height and width in pixels.
        fit: As for `read_picture`.
        scale: Which number is white; None where that is not known yet: pictures that depend on it
            are then only measured.
    """

    side_px: int
    fit: Fit = "crop"
    scale: Scale | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height and width in pixels, then channels: RGB."""
        return self.side_px, self.side_px, 3


class Outcome(NamedTuple):
    """What became of a file.

    Attributes:
        reason: Why it cannot be read; empty if it can.
        original: What it holds; None if it cannot be read.
        depth: What the set must agree on before it has pixels; None where that is plain.
        pixels: uint8 (side_px, side_px, 3); None if it cannot be read, or only was measured.
    """

    reason: str
    original: Original | None = None
    depth: Depth | None = None
    pixels: np.ndarray | None = None


class Part(NamedTuple):
    """What became of some files, in a form that is sent fast from process to process.

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


def decode(content: bytes | ImageError, how: Decoding) -> Outcome:
    """Decode the content of one file, or pass on why there is none."""
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
    """Decode files; yield the position of a first one and what became of it and its followers.

    The parts come as they are finished, in any order; together they are all files, once.

    Args:
        paths: The files.
        n_bytes: What they take together, to judge whether more processes are worth it.
        how: How they are decoded.
    """
    size = max(1, min(_CHUNK, _CHUNK_BYTES // math.prod(how.shape)))
    chunks = [(at, paths[at : at + size]) for at in range(0, len(paths), size)]
    seconds = len(paths) * _FILE_S + n_bytes * _BYTE_S
    n_processes = min(usable_cores(), _MOST_PROCESSES, len(chunks))
    if n_processes < 2 or seconds < 2 * _START_S:
        for at, part in chunks:
            yield at, decode_part(part, how)
    else:
        yield from _in_processes(chunks, how, n_processes)


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
        with suppress(queue.Empty):  # A thread may wait to put its last answer.
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
    """A process that decodes files; one that a file makes crash is started anew.

    It is a program of its own, not a fork: TensorFlow's threads do not survive a fork, and a
    user's script needs no guard against being run twice.
    """

    def __init__(self, how: Decoding) -> None:
        self._how = how
        self._process = _start()

    def decode(self, paths: Sequence[str]) -> Part:
        found = self._ask(paths)
        if found is not None:
            return found
        if len(paths) == 1:
            return Part.of([Outcome("damaged or unreadable: its decoder crashes")], self._how)
        parts = [self.decode([path]) for path in paths]
        return Part(
            [outcome for part in parts for outcome in part.outcomes],
            np.concatenate([part.read for part in parts]),
            np.concatenate([part.pixels for part in parts]),
        )

    def _ask(self, paths: Sequence[str]) -> Part | None:
        """What becomes of the files; None if the process ends over them."""
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
    # The paths of this process: it may have found Tenfold in a way of its own.
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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all; the first one ends this.
    asked, answered = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # What a decoder prints must not come between.
    with suppress(EOFError, BrokenPipeError):
        while True:
            paths, how = pickle.load(asked)  # noqa: S301 - Sent by the process that started this.
            _send(answered, decode_part(paths, how))


def _send(stream: IO[bytes], content: object) -> None:
    pickle.dump(content, stream, protocol=5)
    stream.flush()
