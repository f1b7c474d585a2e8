"""The folder of files that Tenfold can make or download again."""

import os
from contextlib import suppress
from pathlib import Path

from tenfold.core.errors import DataError
from tenfold.runs.files import expanded

WAY_OUT = "set the environment variable TENFOLD_CACHE to a folder that you may write to"
"""Advice if there is no cache, or it cannot be written."""


class NoCacheError(DataError, OSError):
    """There is no place for a cache; for reading, it counts as empty."""


def cache_folder() -> Path:
    """Return `TENFOLD_CACHE`, else `tenfold` under `XDG_CACHE_HOME` or `~/.cache`; not made yet.

    Raises:
        NoCacheError: None of them is set, and there is no home folder.
    """
    if named := os.environ.get("TENFOLD_CACHE"):
        return expanded(named)
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return expanded(shared) / "tenfold"
    try:
        return Path.home() / ".cache" / "tenfold"
    except RuntimeError as error:
        raise NoCacheError(
            "There is no home folder, so there is no place to keep data in. To choose one, "
            f"{WAY_OUT}."
        ) from error


def keras_folder() -> Path:
    """Return the folder that Keras downloads to; Tenfold only reads there."""
    home = Path(os.environ.get("KERAS_HOME") or "~/.keras")
    with suppress(RuntimeError):
        return home.expanduser() / "datasets"
    # Where there is no home folder, Keras takes this one; a file in it counts by its checksum.
    return Path("/tmp/.keras/datasets")  # noqa: S108
