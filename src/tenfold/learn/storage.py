"""Write a model to a file, and read it back."""

from pathlib import Path

import keras

from tenfold.core.errors import TenfoldError
from tenfold.core.files import written_whole


def save_model(model: keras.Model, path: Path) -> None:
    """Write `model` and its weights to a `.keras` file.

    Raises:
        TenfoldError: The file cannot be written.
    """
    with written_whole(path) as part:
        model.save(part)


def load_model(path: Path) -> keras.Model:
    """Read a `.keras` file that Tenfold wrote.

    Raises:
        TenfoldError: There is no such file, or it is not a Keras model.
    """
    if not path.is_file():
        raise TenfoldError(f"Expected a model at {path}; there is none. Was the run interrupted?")
    # Keras finds layers, optimiser and loss by name once their modules are imported.
    from tenfold.learn import compile, define, views  # noqa: A004, F401

    try:
        return keras.saving.load_model(path)  # Keras's safe mode is on by default.
    except (ValueError, OSError, KeyError, TypeError) as error:
        raise TenfoldError(
            f"Cannot load the model {path}: {error}. Expected a file written by `tenfold train`."
        ) from error
