"""Errors that a user can correct, and how they name the argument to change."""

import ast
import re
from collections.abc import Callable

from tenfold.core.text import printable

_MARK = "\0"
"""Encloses an argument's name in a text; no path and no class name can hold it."""
_MARKED = re.compile(f"{_MARK}([^{_MARK}=]+)(?:=([^{_MARK}]*))?{_MARK}")

Spelling = Callable[[str, str | None], str]
"""How a caller writes an argument: its name, and its value or None."""


class TenfoldError(Exception):
    """An error that the user can correct: what was received, what was expected, what to do.

    The command line prints it as one paragraph and exits with 1. Any other error is a bug and keeps
    its traceback. `str` writes the arguments that `argument` and `setting` marked as Python does;
    `spelt` writes them as its caller does.
    """

    def __str__(self) -> str:
        return self.spelt(_in_python)

    def spelt(self, spelling: Spelling) -> str:
        """The text, safe to show, with each marked argument written by `spelling`."""
        text = _MARKED.sub(lambda found: spelling(found[1], found[2]), super().__str__())
        return printable(text)


class DataError(TenfoldError):
    """The images are not there, not what was expected, or not fit to learn from."""


class ImageError(TenfoldError):
    """A single image file cannot be read; its data set is used without it."""


class ModelError(TenfoldError):
    """A model file is missing, damaged, somebody else's, or may run code."""


class RunFolderError(TenfoldError):
    """The folder of a run, or one of its files, is missing, damaged, or in use."""


def argument(name: str, value: str | None = None) -> str:
    """Mark an argument in an error's text: `out` in Python, `--out` on the command line."""
    return f"{_MARK}{name}{_MARK}" if value is None else f"{_MARK}{name}={value}{_MARK}"


def setting(key: str, value: str) -> str:
    """Mark a change of a recipe's setting, as `argument` does; `value` is written in YAML."""
    return argument("overrides", f"{key}={value}")


def nearest(word: str, choices: tuple[str, ...], *, cutoff: float = 0.4) -> str:
    """Return ' Did you mean X?' for the closest of `choices`, or an empty string.

    Args:
        word: What was received.
        choices: What is available.
        cutoff: How alike they must be, from 0 (not at all) to 1.
    """
    import difflib

    matches = difflib.get_close_matches(word, choices, n=1, cutoff=cutoff)
    return f" Did you mean '{matches[0]}'?" if matches else ""


def _in_python(name: str, value: str | None) -> str:
    if value is None:
        return f"`{name}`"
    if name != "overrides":
        return f"`{name}={_literal(value)}`"
    key, _, yaml = value.partition("=")
    python = {"true": "True", "false": "False", "null": "None"}.get(yaml, yaml)
    return f"`overrides={{'{key}': {_literal(python)}}}`"


def _literal(text: str) -> str:
    """A number or another value as Python writes it; plain text in quotation marks."""
    try:
        ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return repr(text)
    return text
