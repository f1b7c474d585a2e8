"""Write a model to a file, and read it back."""

from pathlib import Path

import keras

from tenfold.core.errors import ModelError, argument
from tenfold.learn.inspect import inspect_model
from tenfold.runs.files import sha256_of, written_whole


def save_model(model: keras.Model, path: Path) -> None:
    """Write `model` and its weights to a `.keras` file.

    Raises:
        TenfoldError: The file cannot be written.
    """
    with written_whole(path) as part:
        model.save(part)


def load_model(path: Path, sha256: str | None = None, *, trust: bool = False) -> keras.Model:
    """Read a `.keras` file that Tenfold wrote, after looking into it.

    Args:
        path: The file.
        sha256: What the run's manifest says of it, in hexadecimal; None if nothing.
        trust: Whether to load a file that is not the manifest's. What may run code is refused
            all the same.

    Raises:
        ModelError: There is no such file, it is another one, it is not a Keras model, or it holds
            something that may run code.
    """
    if not path.is_file():
        raise ModelError(f"Expected a model at {path}; there is none. Was the run interrupted?")
    found = sha256_of(path)
    if found != sha256 and not trust:
        expected = f"the SHA-256 {sha256}" if sha256 else "no model"
        raise ModelError(
            f"{path} is not the file that this run wrote: manifest.json lists {expected}, the file "
            f"has {found}. If you know where it comes from, predict with {argument('trust')}."
        )
    inspect_model(path)
    try:
        return keras.saving.load_model(path, safe_mode=True)
    except Exception as error:  # Damaged or forged: Keras and HDF5 raise whatever they meet.
        raise ModelError(
            f"Cannot load the model {path}: {type(error).__name__}: {error}. Expected a model "
            "that Tenfold saved."
        ) from error
