"""Numbers in words, and where words go."""

from collections.abc import Callable

Say = Callable[[str], None]
"""Where a story is told, line by line."""


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


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun: `1 epoch`, `10,000 epochs`; `plural` where s won't do."""
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"
