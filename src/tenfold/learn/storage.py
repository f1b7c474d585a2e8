"""Write a model to a file, and read it back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import keras

from tenfold.core.errors import ModelError, argument
from tenfold.core.images import Shape
from tenfold.core.networks import OwnNetwork
from tenfold.core.recipe import Recipe
from tenfold.learn.define import define
from tenfold.learn.inspect import ForeignError, inspect_model
from tenfold.learn.layers.temperature import with_temperature
from tenfold.learn.predictor import predictor
from tenfold.runs.files import sha256_of, written_whole


def save_model(model: keras.Model, path: Path) -> None:
    """Write `model` and its weights to a `.keras` file.

    Raises:
        TenfoldError: The file cannot be written.
    """
    with written_whole(path) as part:
        model.save(part)


def load_model(path: Path, sha256: str | None = None, *, trust: bool = False) -> keras.Model:
    """Read a `.keras` file that Tenfold wrote, after checking what it contains.

    Args:
        path: The file.
        sha256: The checksum in the run's manifest, in hexadecimal; None if that lists no model.
        trust: Whether to load a file that the manifest does not list. A file that may run code is
            always refused.

    Raises:
        ModelError: The file is missing, is not the one in the manifest, is not a Keras model, or
            may run code.
    """
    _check_digest(path, sha256, trust=trust)
    inspect_model(path)
    with _readable(path):
        return keras.saving.load_model(path, safe_mode=True)


def load_own(
    path: Path,
    sha256: str | None,
    recipe: Recipe,
    shape: Shape,
    n_classes: int,
    seed: int,
    temperature: float | None,
    *,
    trust: bool = False,
) -> keras.Model:
    """Read the file of a network that a user's function built.

    If the function is given, it builds the network again and only the weights are read from the
    file. Otherwise, the file may contain only the layers that `load_model` accepts.

    Args:
        path: The file.
        sha256: As for `load_model`.
        recipe: The run's recipe; its network may hold the function.
        shape: The shape of the run's images.
        n_classes: The run's number of classes.
        seed: The run's seed.
        temperature: At which the network was calibrated; None for none.
        trust: As for `load_model`.

    Raises:
        ModelError: As for `load_model`, or because the function builds a different network.
    """
    network = recipe.network
    if not isinstance(network, OwnNetwork) or network.build is None:
        try:
            return load_model(path, sha256, trust=trust)
        except ForeignError as error:
            function = getattr(network, "function", "build")
            raise ModelError(
                f"{error.args[0]} Your function {function} built the network. Pass the function "
                f"as `network`, in Python: tenfold.Run.open(path, network={function})."
            ) from error
    _check_digest(path, sha256, trust=trust)
    model = predictor(define(network, shape, n_classes, seed=seed), recipe, seed=seed)
    if temperature is not None:
        model = with_temperature(model, temperature)
    with _readable(path):
        model.load_weights(path)
    return model


def _check_digest(path: Path, sha256: str | None, *, trust: bool) -> None:
    if not path.is_file():
        raise ModelError(f"Expected a model at {path}; there is none. Was the run interrupted?")
    found = sha256_of(path)
    if found != sha256 and not trust:
        expected = f"the SHA-256 {sha256}" if sha256 else "no model"
        raise ModelError(
            f"{path} is not the file that this run wrote: manifest.json lists {expected}, the file "
            f"has {found}. If you trust the file's origin, predict with {argument('trust')}."
        )


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # Keras and HDF5 raise errors of any class.
        raise ModelError(
            f"Cannot load the model {path}: {type(error).__name__}: {error}. Expected a model "
            "that Tenfold saved."
        ) from error
