"""Numbers and names as text that is safe to print."""

import unicodedata
from collections.abc import Callable

_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Categories of Unicode: controls, invisible formats, lone surrogates, breaks of lines."""
_JOINERS = "\u200c\u200d"
"""Words of some languages need them, and emoji of several parts."""

Say = Callable[[str], None]
"""A function that takes each line that a step reports, such as `print`."""


def duration(seconds: float) -> str:
    """Write seconds as `45 s`, `3 min 05 s` or `2 h 07 min`."""
    minutes, seconds = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02d} min"
    return f"{minutes} min {seconds:02d} s" if minutes else f"{seconds} s"


def percent(share: float, decimals: int = 2) -> str:
    """Write a share in 0..1 as percent: 0.4891 becomes `48.91 %`."""
    return f"{100 * share:.{decimals}f} %"


def in_points(interval: tuple[float, float] | None) -> str:
    """Write the interval of a difference, in -1..1, as points: `+0.10 to +1.20`; `-` for none."""
    if interval is None:
        return "-"
    low, high = interval
    return f"{100 * low:+.2f} to {100 * high:+.2f}"


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun: `1 epoch`, `10,000 epochs`; `plural` where s won't do."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def printable(text: str, *, lines: bool = False) -> str:
    r"""Escape characters that control a terminal, break a line or change the direction of writing.

    An escape character becomes `\x1b`, a line break `\n`. Letters of every script and emoji stay
    as they are; so do the joiners that they are made with.

    Args:
        text: What is to be shown, such as the name of a file.
        lines: Whether `text` has lines of its own, whose breaks stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        _written_out(character)
        if _is_unsafe(character) and not (lines and character == "\n")
        else character
        for character in text
    )


def _is_unsafe(character: str) -> bool:
    return unicodedata.category(character) in _UNSAFE and character not in _JOINERS


def _written_out(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
