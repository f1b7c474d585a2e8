"""What happens before TensorFlow is imported, which takes seconds, and in place of that."""

import sys
from typing import Literal

from tenfold.core.networks import Network
from tenfold.core.progress import live
from tenfold.core.text import Say
from tenfold.runs.environment import known_precision


def show_start(say: Say) -> None:
    """Show the start on a live line; call this before the first import of `tenfold.learn`."""
    if "tensorflow" not in sys.modules and (shown := live(say)):
        shown.show("starting TensorFlow ...")


def choose_precision(network: Network, say: Say) -> Literal["bfloat16", "float32"]:
    """Choose the number format of a network's products; start TensorFlow only to measure it."""
    if found := known_precision(network):
        return found
    show_start(say)
    from tenfold.learn.precision import fastest_precision

    return fastest_precision()
