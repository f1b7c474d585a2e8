"""Report plainly that there is not enough memory."""

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from tenfold.core.errors import TenfoldError, setting


@contextmanager
def memory_errors() -> Iterator[None]:
    """Turn the out-of-memory errors of Python and TensorFlow into one that gives advice.

    Raises:
        TenfoldError: The block needs more memory than there is.
    """
    try:
        yield
    except (MemoryError, tf.errors.ResourceExhaustedError) as error:
        raise TenfoldError(
            "There is not enough memory. Close other programs, choose a smaller recipe, or make "
            f"its batches smaller ({setting('batch_size', '...')}). Then resume the run, or start "
            "it again."
        ) from error
