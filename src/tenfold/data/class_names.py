"""Class names: one spelling, natural order, and names that look alike."""

import re
import unicodedata
from collections.abc import Iterable

import numpy as np

_TOKENS = re.compile(r"[0-9]+|.", re.DOTALL)
_MOST_NAMED = 20


def composed(name: str) -> str:
    """The name in Unicode's composed form (NFC); some systems write `é` as two characters."""
    return unicodedata.normalize("NFC", name)


def in_natural_order(names: Iterable[str]) -> tuple[str, ...]:
    """Each name once, sorted by characters, with runs of digits as numbers: 2 before 10."""
    return tuple(sorted(set(names), key=_natural))


def _natural(name: str) -> tuple[list[tuple[int, int]], str]:
    tokens = [
        (ord("0"), int(token)) if token[0] in "0123456789" else (ord(token), 0)
        for token in _TOKENS.findall(name)
    ]
    return tokens, name


def look_alike(name: str, names: Iterable[str]) -> str | None:
    """The first of `names` that differs from `name` only in capitals or in spaces at the ends."""
    return next((each for each in names if each != name and _plain(each) == _plain(name)), None)


def notes_on_names(labels: Iterable[str]) -> list[str]:
    """Point out class names that differ only in capitals or in spaces at the ends."""
    alike: dict[str, list[str]] = {}
    for label in in_natural_order(labels):
        alike.setdefault(_plain(label), []).append(label)
    return [
        f"The class names {listed(quoted(names))} differ only in capitals or in spaces at the "
        "ends. They are different classes; if they should be one, give them the same name."
        for names in alike.values()
        if len(names) > 1
    ]


def notes_on_missing(name: str, labels: np.ndarray, classes: tuple[str, ...]) -> list[str]:
    """Name the classes that a set lacks.

    Args:
        name: Of the set.
        labels: int64 (n,), of its images.
        classes: Class names, in label order.
    """
    present = set(np.unique(labels).tolist())
    missing = [each for label, each in enumerate(classes) if label not in present]
    return [f"The {name} set has no image of {listed(missing)}."] if missing else []


def quoted(names: Iterable[str]) -> list[str]:
    """Each name between quotation marks, so that spaces at its ends are seen."""
    return [f"'{name}'" for name in names]


def listed(names: Iterable[str], most: int = _MOST_NAMED) -> str:
    """Write `a`, `a and b`, `a, b and c`, or the first of many and how many more there are."""
    every = list(names)
    if len(every) > most:
        every = [*every[:most], f"{len(every) - most:,} more"]
    return " and ".join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)


def _plain(name: str) -> str:
    return composed(name).strip().casefold()
