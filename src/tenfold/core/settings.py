"""What differs between settings of several runs or recipes."""

from collections.abc import Mapping, Sequence
from typing import Any

WORDS_ONLY = ("name", "summary")
"""Settings of a recipe that change nothing about a fit."""


def flat(settings: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Settings of groups beside the others, as `network.dropout`."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{before}{name}.")
        else:
            found[before + name] = value
    return found


def differing(every: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Each name whose value is not the same in all: its values, None where there is none."""
    names = dict.fromkeys(name for each in every for name in each)
    found = {name: tuple(each.get(name) for each in every) for name in names}
    return {name: values for name, values in found.items() if any(v != values[0] for v in values)}
