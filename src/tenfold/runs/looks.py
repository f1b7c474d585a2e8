"""Looks at test images: each is one line, in a file of the run and in one of the machine.

Whoever chooses by test figures fits the test images a little. The lines show how often somebody
could have done so.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tenfold.runs.files import written_whole

MOST_BYTES = 1_000_000
"""When a machine's file is longer, only the number of looks of each test set is kept."""
MOST_TEST_SETS = 5_000
"""And of no more than these, the latest ones; they take about 300 kB."""


@dataclass(frozen=True)
class Looks:
    """How often test images were predicted or scored.

    Attributes:
        in_run: In this run.
        on_machine: By all runs on this machine, or None if that is not known.
    """

    in_run: int
    on_machine: int | None

    def to_dict(self) -> dict[str, int | None]:
        """Plain values for JSON."""
        return {"run": self.in_run, "machine": self.on_machine}


def add_look(path: Path, command: str, test: str | None = None) -> None:
    """Add a line to a file of looks, and make the file if it does not exist.

    It is a single write to the end, so that lines of several processes do not mix.

    Args:
        path: The file.
        command: What looks, such as `run`.
        test: The checksum of the test images, in a file of several test sets.

    Raises:
        OSError: The file cannot be written.
    """
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    look = {"when": when, "command": command, "version": version("tenfold")}
    line = json.dumps(look if test is None else {"test": test, **look}) + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(handle, line.encode())
    finally:
        os.close(handle)


def count_looks(path: Path, test: str | None = None) -> int:
    """Count the looks in a file, or only those at the test images with a checksum.

    A file that does not exist has none; a damaged line is left out.

    Raises:
        OSError: The file cannot be read.
    """
    return sum(_number(look) for look in _lines(path) if look.get("test") == test)


def shorten(path: Path) -> None:
    """Keep only the number of looks of each test set, if a file has grown too long.

    If another process adds a line meanwhile, the file is left as it is, for the next time.

    Raises:
        OSError: The file cannot be read.
        TenfoldError: It cannot be written.
    """
    before = path.stat().st_size
    if before <= MOST_BYTES:
        return
    counts: Counter[str] = Counter()
    for look in _lines(path):
        n = counts.pop(str(look.get("test")), 0)  # Added again at the end: the latest come last.
        counts[str(look.get("test"))] = n + _number(look)
    kept = list(counts.items())[-MOST_TEST_SETS:]
    text = "".join(json.dumps({"test": test, "n": n}) + "\n" for test, n in kept)
    with suppress(_ChangedError), written_whole(path) as part:
        part.write_text(text, encoding="utf-8")
        if path.stat().st_size != before:
            raise _ChangedError


class _ChangedError(Exception):
    """Another process has added a line."""


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    for line in text.splitlines():
        with suppress(ValueError):
            look = json.loads(line)
            if isinstance(look, dict):
                yield look


def _number(look: dict[str, Any]) -> int:
    """The looks that a line stands for."""
    n = look.get("n", 1)
    return n if isinstance(n, int) else 1
