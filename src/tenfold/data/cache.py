"""Where Tenfold keeps what it can make or fetch again."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return `TENFOLD_CACHE`, else `tenfold` under `XDG_CACHE_HOME` or `~/.cache`; not made yet."""
    if named := os.environ.get("TENFOLD_CACHE"):
        return Path(named).expanduser()
    if shared := os.environ.get("XDG_CACHE_HOME"):
        return Path(shared).expanduser() / "tenfold"
    return Path.home() / ".cache" / "tenfold"


def keras_folder() -> Path:
    """Return the folder that Keras downloads to; Tenfold only reads there."""
    home = os.environ.get("KERAS_HOME")
    return (Path(home).expanduser() if home else Path.home() / ".keras") / "datasets"
