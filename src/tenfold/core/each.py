"""Who applies a function to one part of many images after the other: this process, or workers."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Each = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]
"""Apply a function, which can be sent to another process, to each part: the answers in order."""


def in_turn(function: Callable[[Any], Any], parts: Iterable[Any]) -> Iterator[Any]:
    """Apply it in this process."""
    return map(function, parts)
