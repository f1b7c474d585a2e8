"""Show that TensorFlow is starting, which takes seconds."""

import sys

from tenfold.core.progress import live
from tenfold.core.text import Say


def show_start(say: Say) -> None:
    """Show the start on a live line; call this before the first import of `tenfold.learn`."""
    if "tensorflow" not in sys.modules and (shown := live(say)):
        shown.show("starting TensorFlow ...")
