"""Start Keras on TensorFlow with Keras's default settings, whatever the user has set."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tenfold.core.errors import TenfoldError

DURING_IMPORT = {
    "KERAS_BACKEND": "tensorflow",
    "KERAS_NNX_ENABLED": "false",  # Only for JAX, and needs JAX's packages.
    "KERAS_MAX_EPOCHS": None,
    "KERAS_MAX_STEPS_PER_EPOCH": None,
}
"""Environment variables that Keras reads during its import, and their values for that time; None
if unset."""


def start_tensorflow() -> None:
    """Import Keras with TensorFlow as its backend and with Keras's own default settings.

    The user's environment variables do not change. The user's `keras.json` is ignored.

    Raises:
        TenfoldError: Keras was already imported with another backend.
    """
    # Errors in C++ reach Python as exceptions; TensorFlow's log only repeats them.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow turns its fast products off on processors without instructions for neural networks.
    # These products are faster there too: see docs/decisions/0025.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
    with _environment(DURING_IMPORT), _silent_start():
        import keras

        if (backend := keras.config.backend()) != "tensorflow":
            raise TenfoldError(
                f"Tenfold needs Keras on TensorFlow; Keras was already imported on {backend!r}. "
                "Import Tenfold's networks first, or set the environment variable KERAS_BACKEND "
                "to 'tensorflow' before Python starts."
            )
        import tensorflow as tf

        tf.zeros(())  # The first operation sets up the device, which prints messages too.
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
    keras.config.set_max_epochs(None)
    keras.config.set_max_steps_per_epoch(None)
    # Each model traces its own functions, and a study fits many models.
    tf.get_logger().addFilter(lambda record: "tf.function retracing" not in record.getMessage())


@contextmanager
def _environment(variables: dict[str, str | None]) -> Iterator[None]:
    """Set or remove environment variables while the block runs."""
    before = {name: os.environ.get(name) for name in variables}
    _set_environment(variables)
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(variables: dict[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def _silent_start() -> Iterator[None]:
    """Discard the process's standard error: C++ code does not write to Python's sys.stderr."""
    if sys.stderr:  # It may be closed.
        sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
