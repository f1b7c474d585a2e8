"""A time that a run promises to keep."""

import re

from tenfold.core.errors import TenfoldError

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
SHORTEST_S = 30.0


def budget_seconds(text: str) -> float:
    """Read `90`, `90s`, `5m`, `5min` or `2h` as seconds.

    Raises:
        TenfoldError: It is no time, or too short for any recipe.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|m|min|h|)\s*", text)
    if not match:
        raise TenfoldError(f"Expected a time such as 90s, 5m or 2h; received '{text}'.")
    seconds = float(match[1]) * _UNITS[match[2]]
    if seconds < SHORTEST_S:
        raise TenfoldError(
            f"Expected a budget of at least {SHORTEST_S:.0f} s, which starting TensorFlow, fitting "
            f"a little and evaluating take; received {seconds:g} s."
        )
    return seconds
