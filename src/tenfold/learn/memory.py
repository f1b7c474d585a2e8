"""Errors when memory is too small."""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from tenfold.core.errors import TenfoldError, setting


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn Python's and TensorFlow's out-of-memory errors into one that helps.

    Raises:
        TenfoldError: There is not enough memory for what the block does.
    """
    try:
        yield
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise TenfoldError(
            "There is not enough memory. Close other programs, choose a smaller recipe, or make "
            f"its batches smaller ({setting('batch_size', '...')}), and resume or start again."
        ) from error
