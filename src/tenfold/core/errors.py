"""The one error that a user can mend."""


class TenfoldError(Exception):
    """Something the user can mend: says what was received, what was expected, what to do.

    The command line prints it as one paragraph and exits with 1. Everything else is a bug
    and keeps its traceback.
    """


def nearest(word: str, choices: tuple[str, ...]) -> str:
    """Return ' Did you mean X?' for the closest of `choices`, or an empty string."""
    import difflib

    matches = difflib.get_close_matches(word, choices, n=1, cutoff=0.5)
    return f" Did you mean '{matches[0]}'?" if matches else ""
