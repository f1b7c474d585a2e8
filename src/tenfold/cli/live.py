"""A live line below the other lines, on a terminal."""

import io
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO

from tenfold.core.text import Say, printable

if TYPE_CHECKING:
    from rich.console import Console

EVERY_S = 0.1
"""The shortest time in seconds between two updates of the live line."""

_ERASE = "\r\x1b[K"
_BAR = 20  # Columns.


def can_be_live(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal that can write over a line."""
    try:
        if stream is None or not stream.isatty():
            return False
    except ValueError:  # The stream is closed.
        return False
    if os.name == "nt":
        from rich.console import detect_legacy_windows

        return not detect_legacy_windows()
    return os.environ.get("TERM", "").lower() not in ("", "dumb", "unknown")


class LiveLine:
    """Writes lines, and shows the progress of the work in a live line below them.

    The live line is erased before a line is written. It does not hide the cursor or change any
    other state of the terminal, so nothing needs repair if the process is killed.

    Args:
        stream: A terminal.
        tell: Writes a line.
        command: Writes control sequences to the terminal.
    """

    def __init__(self, stream: TextIO, tell: Say, command: Callable[[str], None]) -> None:
        self._stream, self._tell, self._command = stream, tell, command
        self._console: Console | None = None
        self._shown_at = -EVERY_S
        self._is_shown = False

    def __call__(self, text: str) -> None:
        """Write a line."""
        self.end()
        self._tell(text)

    def show(self, words: str, done: int = 0, total: int = 0) -> None:
        """Update the live line, unless it was updated a moment ago."""
        now = time.monotonic()
        if self._is_shown and now - self._shown_at < EVERY_S:
            return
        picture = self._draw(printable(words), done, total)
        self._shown_at, self._is_shown = now, True  # First: an interrupted write is erased too.
        self._command(_ERASE + picture)

    def end(self) -> None:
        """Erase the live line, if there is one."""
        if self._is_shown:
            self._is_shown = False
            self._command(_ERASE)

    def _draw(self, words: str, done: int, total: int) -> str:
        from rich.console import Console
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        if self._console is None:
            # Rich exits if it cannot write, so it writes to a buffer.
            encoding = getattr(self._stream, "encoding", None) or "utf-8"
            sheet = io.TextIOWrapper(io.BytesIO(), encoding)
            self._console = Console(file=sheet, force_terminal=True, legacy_windows=False)
        row = Table.grid(padding=(0, 1))
        text = Text(words, no_wrap=True, overflow="crop")
        if total:
            row.add_row(ProgressBar(total=total, completed=min(done, total), width=_BAR), text)
        else:
            row.add_row(text)
        with self._console.capture() as captured:
            # A line as wide as the terminal would wrap.
            self._console.print(row, width=max(1, self._console.width - 1))
        return captured.get().split("\n", 1)[0]
