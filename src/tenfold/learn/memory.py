"""Let go of memory, and report plainly that there is not enough."""

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


@contextmanager
def gradients_forgotten() -> Iterator[None]:
    """Let go of the graphs of the block, which have custom gradients.

    TensorFlow registers each custom gradient of a graph under a new name, for ever, and with it the
    graph and what that captures, such as the images of a fit. One fit after the other in the same
    process would need more and more memory. TensorFlow has no public way to undo it: where
    the registry is not found, as in another version, nothing is let go.
    """
    try:
        from tensorflow.python.framework.ops import gradient_registry

        registered: dict[str, object] = gradient_registry._registry
    except (ImportError, AttributeError):
        registered = {}
    before = set(registered)
    try:
        yield
    finally:
        for name in [each for each in registered if each not in before]:
            del registered[name]
