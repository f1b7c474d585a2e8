"""Show the progress of long work: as a live line if the output has one, or as plain lines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tenfold.core.text import Say, printable


@runtime_checkable
class LiveSay(Protocol):
    """An output for lines that can also show a live line of progress below these lines."""

    def __call__(self, text: str, /) -> None:
        """Write a line."""

    def show(self, words: str, done: int = 0, total: int = 0) -> None:
        """Replace the live line; may be called often.

        Args:
            words: The current work, in a few words.
            done: How much of `total` is done.
            total: How much there is to do; 0 if unknown.
        """


@runtime_checkable
class WatchesSteps(Protocol):
    """A listener to epochs that also receives the steps within an epoch."""

    def step(self, epoch: int, step: int, n_steps: int, loss: float) -> None:
        """Receive the number of a finished step, out of an epoch's `n_steps`; all count from 1."""

    def end(self) -> None:
        """Receive the end of the fit, whatever its reason."""


def live(say: Say) -> LiveSay | None:
    """Return `say` if it can show progress; None for a plain function such as `print`."""
    return say if isinstance(say, LiveSay) else None


def in_single_lines(say: Say) -> Say:
    """Return an output that makes lines safe to print, whatever names of files they contain."""
    return _with_live_line_of(say, lambda text: say(printable(text)))


def without_lines(say: Say) -> Say:
    """Return an output that drops the lines and keeps the live line."""
    return _with_live_line_of(say, lambda _: None)


def _with_live_line_of(say: Say, tell: Say) -> Say:
    shown = live(say)
    return _Live(tell, shown.show) if shown else tell


@dataclass(frozen=True)
class _Live:
    tell: Say
    show: Callable[..., None]

    def __call__(self, text: str) -> None:
        self.tell(text)
