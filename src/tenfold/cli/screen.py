"""The output of a command: its lines and its answer, and what happens if they cannot be written."""

import codecs
import errno
import io
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TextIO

from tenfold.cli.live import LiveLine, can_be_live
from tenfold.core.errors import TenfoldError
from tenfold.core.text import Say, printable


@dataclass(frozen=True)
class Screen:
    """The lines that a command prints while it works, and its answer.

    A run continues if its lines cannot be written any more; an answer that cannot be written is an
    error.

    Attributes:
        as_json: Whether the answer is JSON. Standard output then gets only the answer, and all
            lines go to standard error.
    """

    as_json: bool = False

    @cached_property
    def say(self) -> Say:
        """Writes a line, or drops it if it cannot be written.

        On a terminal, and without `--json`, it also has a live line.
        """
        stream = sys.stdout
        if stream is None or self.as_json or not can_be_live(stream):
            return self._tell
        return LiveLine(stream, self._tell, lambda text: _command(stream, text))

    def close(self) -> None:
        """Remove the live line, so that the next output starts on a new line."""
        if isinstance(self.say, LiveLine):
            self.say.end()

    def _tell(self, text: str) -> None:
        with suppress(OSError):
            _write(sys.stderr if self.as_json else sys.stdout, text)

    def answer(self, content: Mapping[str, Any], text: str | None = None) -> None:
        """Give the answer.

        Args:
            content: The answer for `--json`: plain values.
            text: The answer without `--json`; None if the lines have already given it.

        Raises:
            TenfoldError: The answer cannot be written.
        """
        written = _json(content) if self.as_json else text
        if written is None:
            return
        self.close()
        try:
            _write(sys.stdout, written)
        except OSError as error:
            raise TenfoldError(
                f"Cannot write the answer to standard output: {error.strerror or error}. Send it "
                "to a place with enough room, or to a program that reads all of it."
            ) from error


def complain(text: str) -> None:
    """Write a line to standard error, or drop it."""
    with suppress(OSError):
        _write(sys.stderr, f"tenfold: {text}")


def prepare() -> None:
    """Make the standard streams safe to write to; once, before anything else is opened."""
    if os.name == "posix":
        _occupy_closed_streams()
    for name in ("stdout", "stderr"):
        if isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            setattr(sys, name, _SafeStream.around(stream))


def is_about_a_stream(error: OSError) -> bool:
    """Whether an error means that a standard stream has a full disk or a closed pipe."""
    full = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF)
    return error.filename is None and error.errno in full  # A file's error has its name.


def settle() -> None:
    """Write buffered output, or drop it; if Python itself fails to, it exits with code 120."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            _give_up(stream)


class _SafeStream(io.TextIOWrapper):
    """A stream that escapes what it cannot encode, and what would control a terminal.

    This covers usage errors, warnings and tracebacks too, which may contain file names.
    """

    @classmethod
    def around(cls, stream: io.TextIOWrapper) -> "_SafeStream":
        """Replace `stream`, which cannot be used any more."""
        encoding, at_lines = stream.encoding, stream.line_buffering
        return cls(stream.detach(), encoding, "backslashreplace", line_buffering=at_lines)

    def write(self, text: str) -> int:
        """Write text; of its control characters, only line breaks are kept."""
        return super().write(printable(text, lines=True))

    def command(self, text: str) -> int:
        """Write Tenfold's own control sequences to the terminal."""
        return super().write(text)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # `print` would take standard output instead.
        raise OSError(errno.EBADF, "it is closed")
    try:
        print(text, file=stream, flush=True)
    except OSError:
        _give_up(stream)
        raise


def _command(stream: TextIO, text: str) -> None:
    """Send control sequences to a terminal, or drop the stream."""
    try:
        (stream.command if isinstance(stream, _SafeStream) else stream.write)(text)
        stream.flush()
    except OSError:
        _give_up(stream)


def _give_up(stream: TextIO) -> None:
    """Discard what the stream has buffered, and all that follows."""
    with suppress(OSError):  # A stream in memory has no descriptor.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)


def _occupy_closed_streams() -> None:
    """Open the null device for each closed standard stream.

    Otherwise the next opened file would get its number, and libraries would write their output into
    that file.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # Takes the lowest number that is free: this one.


def _json(content: Mapping[str, Any]) -> str:
    """JSON that standard output can write in any encoding, without control characters."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
    is_plain = codecs.lookup(encoding).name == "utf-8" and text == printable(text, lines=True)
    return text if is_plain else json.dumps(content, indent=2, allow_nan=False)
