"""The values that a search may give to a recipe's settings."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Range:
    """Every number from `low` to `high`.

    Attributes:
        low: The lowest.
        high: The highest.
        log: Whether equal ratios are equally likely, rather than equal differences.
        whole: Whether only whole numbers count.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Choice:
    """One of some values, each as in a recipe's file."""

    values: tuple[Any, ...]


Space = Mapping[str, Range | Choice]
"""For each setting that is searched, its values."""


def space_dict(space: Space) -> dict[str, Any]:
    """Plain values for JSON."""
    return {
        key: {"choose": list(each.values)} if isinstance(each, Choice) else asdict(each)
        for key, each in space.items()
    }


def space_from(content: Mapping[str, Any]) -> dict[str, Range | Choice]:
    """Rebuild a space from the result of `space_dict`."""
    return {
        key: Choice(tuple(each["choose"])) if "choose" in each else Range(**each)
        for key, each in content.items()
    }
