"""Read the space of a search, and check that the recipe takes every value in it."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tenfold.core.errors import TenfoldError, nearest
from tenfold.core.recipe import Recipe
from tenfold.core.space import Choice, Range, Space
from tenfold.recipes.own import settings_in

MOST_CHECKED = 1_000
"""Combinations of choices that are tried out on the recipe."""
NUMBER = int | float
_FORMS = "{low: 0.003, high: 0.1}, with log: true for equal ratios, or {choose: [...]}"


def read_space(path: Path, recipe: Recipe) -> dict[str, Range | Choice]:
    """Read the space in a YAML file: for each setting, a range or a choice.

    Args:
        path: The file, with lines such as `learning_rate: {low: 0.003, high: 0.1, log: true}` and
            `widths: {choose: [[64], [128, 64]]}`.
        recipe: The recipe whose settings they are.

    Raises:
        TenfoldError: The file cannot be read; or the recipe lacks a setting, or refuses a value.
    """
    content = settings_in(
        path,
        kind="file of a space",
        start="Write one with lines such as `learning_rate: {low: 0.003, high: 0.1, log: true}`",
        lines=f"`setting: values`, where the values are {_FORMS}",
    )
    try:
        return checked(content, recipe)
    except TenfoldError as error:
        raise TenfoldError(f"In {path}: {error.args[0]}") from error


def checked(content: Mapping[str, Any], recipe: Recipe) -> dict[str, Range | Choice]:
    """Make a space of plain values, and try it out on the recipe.

    Raises:
        TenfoldError: As for `read_space`.
    """
    if not content:
        raise TenfoldError("Expected at least one setting to search; received none.")
    if "validation" in content:
        raise TenfoldError(
            "'validation' cannot be searched: all trials are scored on the same validation images. "
            "Remove the line."
        )
    space = {key: _values(key, each) for key, each in content.items()}
    _try_out(space, recipe)
    return {
        key: _whole(key, each, space, recipe) if isinstance(each, Range) else each
        for key, each in space.items()
    }


def _values(key: str, given: Any) -> Range | Choice:  # noqa: ANN401
    """One line of the file."""
    if not isinstance(given, Mapping):
        raise TenfoldError(f"Expected the values of {key} to be {_FORMS}; received {given!r}.")
    if "choose" in given:
        _only({"choose"}, key, given)
        values = given["choose"]
        if not isinstance(values, list) or len(values) < 2 or _repeated(values):
            raise TenfoldError(
                f"Expected {key} to choose from a list of at least two different values, such as "
                f"[64, 128]; received {values!r}."
            )
        return Choice(tuple(values))
    _only({"low", "high", "log"}, key, given)
    low, high, log = given.get("low"), given.get("high"), given.get("log", False)
    if bool in (type(low), type(high)) or not (
        isinstance(low, NUMBER) and isinstance(high, NUMBER) and low < high
    ):
        raise TenfoldError(
            f"Expected {key} to have two numbers, low below high; received low {low!r} and high "
            f"{high!r}."
        )
    if not isinstance(log, bool):
        raise TenfoldError(f"Expected log of {key} to be true or false; received {log!r}.")
    if log and low <= 0:
        raise TenfoldError(
            f"Expected low of {key} to be more than 0, which log: true needs; received {low!r}."
        )
    return Range(low, high, log)


def _only(known: set[str], key: str, given: Mapping[str, Any]) -> None:
    for name in given:
        if name not in known:
            raise TenfoldError(
                f"The values of {key} have no '{name}'.{nearest(str(name), tuple(sorted(known)))} "
                f"Expected {_FORMS}."
            )


def _repeated(values: list[Any]) -> bool:
    return any(value in values[:place] for place, value in enumerate(values))


def _try_out(space: Space, recipe: Recipe) -> None:
    """Give the recipe the lowest and the highest values with every combination of choices."""
    for overrides in _corners(space):
        recipe.with_overrides(overrides)


def _corners(space: Space) -> list[dict[str, Any]]:
    ranges = {key: each for key, each in space.items() if isinstance(each, Range)}
    choices = {key: each.values for key, each in space.items() if isinstance(each, Choice)}
    ends = (
        {key: each.low for key, each in ranges.items()},
        {key: each.high for key, each in ranges.items()},
    )
    combined = itertools.islice(itertools.product(*choices.values()), MOST_CHECKED)
    return [
        {**end, **dict(zip(choices, values, strict=True))} for values in combined for end in ends
    ]


def _whole(key: str, given: Range, space: Space, recipe: Recipe) -> Range:
    """The range, of whole numbers if the recipe takes no other value between them."""
    if given.low != int(given.low) or given.high != int(given.high):
        return given
    try:
        recipe.with_overrides({**_corners(space)[0], key: given.low + 0.5})
    except TenfoldError:
        return Range(int(given.low), int(given.high), given.log, whole=True)
    return given
