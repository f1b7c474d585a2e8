"""When memory is too small."""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from tenfold.core.errors import TenfoldError


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn Python's and TensorFlow's words for "no memory left" into one that helps.

    Raises:
        TenfoldError: There is not enough memory for what the block does.
    """
    try:
        yield
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise TenfoldError(
            "There is not enough memory. Close other programs, or choose a smaller "
            "--set batch_size=... or recipe, and resume or start again."
        ) from error
