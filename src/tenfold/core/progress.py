"""Progress of long work: a live line where the output can show one, plain lines elsewhere."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from tenfold.core.text import Say, printable


@runtime_checkable
class LiveSay(Protocol):
    """An output for lines that can also show one live line of progress below them."""

    def __call__(self, text: str, /) -> None:
        """Write a line."""

    def show(self, words: str, done: int = 0, total: int = 0) -> None:
        """Replace the live line; may be called often.

        Args:
            words: What is going on, in a few words.
            done: How much of `total` is done.
            total: How much there is to do; 0 if unknown.
        """


@runtime_checkable
class WatchesSteps(Protocol):
    """A listener to epochs that is also told of steps within them."""

    def step(self, epoch: int, step: int, n_steps: int, loss: float) -> None:
        """Take note that `step` of an epoch's `n_steps` is done; all count from 1."""

    def end(self) -> None:
        """Take note that the fit has ended, for whatever reason."""


def live(say: Say) -> LiveSay | None:
    """`say` where it can show progress; None for a plain function such as `print`."""
    return say if isinstance(say, LiveSay) else None


def in_single_lines(say: Say) -> Say:
    """An output that makes each line safe to print, whatever file and class names it contains."""
    return _with_live_line_of(say, lambda text: say(printable(text)))


def without_lines(say: Say) -> Say:
    """An output that drops the lines and keeps the live line."""
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
