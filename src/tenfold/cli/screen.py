"""Where a command's story and its answer go, and what happens where they cannot be written."""

import codecs
import errno
import io
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TextIO

from tenfold.core.errors import TenfoldError


@dataclass(frozen=True)
class Screen:
    """A command's story, line by line, and its one answer.

    A story that nobody can read any more never ends a run; an answer that cannot be written is an
    error.

    Attributes:
        as_json: Whether the answer is JSON: it then has standard output to itself, and the story
            goes to standard error.
    """

    as_json: bool = False

    def say(self, text: str) -> None:
        """Tell a line of the story, or give it up where it cannot be written."""
        with suppress(OSError):
            _write(sys.stderr if self.as_json else sys.stdout, text)

    def answer(self, content: Mapping[str, Any], text: str | None = None) -> None:
        """Give the answer.

        Args:
            content: The answer for `--json`: plain values.
            text: The answer without `--json`; None where the story has already given it.

        Raises:
            TenfoldError: It cannot be written.
        """
        written = _json(content) if self.as_json else text
        if written is None:
            return
        try:
            _write(sys.stdout, written)
        except OSError as error:
            raise TenfoldError(
                f"Cannot write the answer to standard output: {error.strerror or error}. Send it "
                "to where there is room for it, or to a program that reads it to its end."
            ) from error


def complain(text: str) -> None:
    """Write a line to standard error, or give it up."""
    with suppress(OSError):
        _write(sys.stderr, f"tenfold: {text}")


def prepare() -> None:
    """Make the standard streams safe to write to; once, before anything else is opened."""
    if os.name == "posix":
        _occupy_closed_streams()
    if isinstance(sys.stdout, io.TextIOWrapper):  # A class may have a name that it cannot write.
        sys.stdout.reconfigure(errors="backslashreplace")


def is_about_a_stream(error: OSError) -> bool:
    """Whether an error is that of a full disk or a closed pipe behind a standard stream."""
    full = (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF)
    return error.filename is None and error.errno in full  # That of a file names it.


def settle() -> None:
    """Write what is held back, or give it up: where Python itself fails, it ends with code 120."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            _give_up(stream)


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # `print` would take standard output instead.
        raise OSError(errno.EBADF, "it is closed")
    try:
        print(text, file=stream, flush=True)
    except OSError:
        _give_up(stream)
        raise


def _give_up(stream: TextIO) -> None:
    """Send what the stream holds back, and all that follows, nowhere."""
    with suppress(OSError):  # A stream in memory has no descriptor.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nowhere, stream.fileno())
        finally:
            os.close(nowhere)


def _occupy_closed_streams() -> None:
    """Open the null device for each closed standard stream.

    Else the next file that is opened would get its number, and with it what a library writes to
    standard output.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # Takes the lowest number that is free: this one.


def _json(content: Mapping[str, Any]) -> str:
    """JSON that standard output can write, whatever its encoding."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    is_utf8 = codecs.lookup(encoding).name == "utf-8"
    return json.dumps(content, indent=2, ensure_ascii=not is_utf8, allow_nan=False)
