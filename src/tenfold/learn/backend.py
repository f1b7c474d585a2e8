"""Start Keras on TensorFlow, without the messages that TensorFlow's C++ part prints at start."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tenfold.core.errors import TenfoldError


def start_tensorflow() -> None:
    """Import Keras with TensorFlow as its backend.

    Raises:
        TenfoldError: Keras was imported before, on another backend.
    """
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    # What goes wrong in C++ reaches Python as an exception; the log only repeats it.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silent_start():
        import keras
        import tensorflow as tf

        tf.zeros(())  # The first operation makes the device, and prints once more.
    # Each model traces its functions anew, and rightly so: a study fits many.
    tf.get_logger().addFilter(lambda record: "tf.function retracing" not in record.getMessage())
    if keras.backend.backend() != "tensorflow":
        raise TenfoldError(
            f"Tenfold runs Keras on TensorFlow; received KERAS_BACKEND={keras.backend.backend()}. "
            "Unset KERAS_BACKEND, or set it to 'tensorflow', before Python starts."
        )


@contextmanager
def _silent_start() -> Iterator[None]:
    """Send the process's standard error to nowhere: C++ writes past Python's sys.stderr."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
