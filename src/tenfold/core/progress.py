"""How far long work is: where a story has a live line, and where it has lines only."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tenfold.core.text import Say, printable


@runtime_checkable
class LiveSay(Protocol):
    """Where a story is told that can also show, below its lines, how far it is just now."""

    def __call__(self, text: str, /) -> None:
        """Tell a line of the story."""

    def show(self, words: str, done: int = 0, total: int = 0) -> None:
        """Show how far the work is, in place of what was shown before; may be called often.

        Args:
            words: What is going on, in a few words.
            done: How much of `total` is done.
            total: How much there is to do; 0 where nobody knows.
        """


@runtime_checkable
class WatchesSteps(Protocol):
    """A listener to epochs that also hears of the steps between their ends."""

    def step(self, epoch: int, step: int, n_steps: int, loss: float) -> None:
        """Hear that `step` of an epoch's `n_steps` is done; all count from 1."""

    def end(self) -> None:
        """Hear that the fit ends, for whatever reason."""


def live(say: Say) -> LiveSay | None:
    """`say` where it can show progress; None for a plain function such as `print`."""
    return say if isinstance(say, LiveSay) else None


def in_single_lines(say: Say) -> Say:
    """What tells each line whole and harmless, whatever names of files and classes it holds."""
    return _with_live_line_of(say, lambda text: say(printable(text)))


def without_lines(say: Say) -> Say:
    """What tells no line; a live line still shows."""
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
