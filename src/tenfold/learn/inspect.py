"""Check the content of a model file before loading it."""

import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tenfold.core.errors import ModelError
from tenfold.learn.serialisable import OURS, PACKAGE

MEMBERS = {"metadata.json", "config.json", "model.weights.h5"}
MOST_CONFIG_BYTES = 10_000_000
MOST_WEIGHT_BYTES = 4 * 2**30

_LAYERS = {
    "Activation", "Add", "AlphaDropout", "Average", "AveragePooling2D", "BatchNormalization",
    "CenterCrop", "Concatenate", "Conv1D", "Conv2D", "Conv2DTranspose", "Cropping2D", "Dense",
    "DepthwiseConv2D", "Dot", "Dropout", "ELU", "Flatten", "GaussianDropout", "GaussianNoise",
    "GlobalAveragePooling1D", "GlobalAveragePooling2D", "GlobalMaxPooling2D", "GroupNormalization",
    "InputLayer", "LayerNormalization", "LeakyReLU", "MaxPooling2D", "Maximum", "Minimum",
    "MultiHeadAttention", "Multiply", "PReLU", "Permute", "RMSNormalization", "RandomContrast",
    "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom", "ReLU", "RepeatVector",
    "Rescaling", "Reshape", "SeparableConv2D", "Softmax", "SpatialDropout2D", "Subtract",
    "UnitNormalization", "UpSampling2D", "ZeroPadding2D",
}  # fmt: skip
_INITIALIZERS = {
    "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal",
    "LecunUniform", "Ones", "Orthogonal", "RandomNormal", "RandomUniform",
    "TruncatedNormal", "VarianceScaling", "Zeros",
}  # fmt: skip
_LOSSES = {"CategoricalCrossentropy", "SparseCategoricalCrossentropy"}
_OPTIMIZERS = {"Adam", "AdamW", "RMSprop", "SGD"}
_KERAS = {
    "keras": {"DTypePolicy", "Functional", "Sequential"},
    "keras.layers": _LAYERS,
    "keras.initializers": _INITIALIZERS,
    "keras.constraints": {"MaxNorm", "NonNeg", "UnitNorm"},
    "keras.losses": _LOSSES,
    "keras.optimizers": _OPTIMIZERS,
    "keras.regularizers": {"L1", "L1L2", "L2"},
    "keras.src.models.functional": {"Functional"},  # As Keras itself writes such a model.
}


class ForeignError(ModelError):
    """A model file holds a layer, a loss or an optimiser that is not known to be harmless."""


def inspect_model(path: Path) -> None:
    """Compare a `.keras` file with lists of what it may contain, without loading it.

    The file must consist of the three members of the format, with plausible sizes. It may contain
    only layers, initialisers, losses and optimisers that run no code from the file: the Keras
    classes that are listed here, and the classes that `tenfold.learn` registers. Lambda layers, and
    functions and classes of other modules, are refused.

    Raises:
        ModelError: The file holds something else, or is not a `.keras` file.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(path, archive.infolist())
            config = json.loads(archive.read("config.json"))
        for kind in _kinds(config):
            if not _is_known(*kind):
                raise ForeignError(
                    f"{path} is not loaded: it holds {kind[1]!r} of {kind[0]!r}, which may run "
                    "code and is not one of the layers, losses and optimisers that Tenfold loads."
                )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, zlib.error) as error:
        raise ModelError(
            f"Cannot load the model {path}: {error}. Expected a model that Tenfold saved."
        ) from error
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError) as error:
        raise ModelError(f"{path} is not a model file, or is damaged: {error}.") from error


def _check_members(path: Path, members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename for member in members]
    if sorted(names) != sorted(MEMBERS):
        raise ModelError(
            f"Expected {', '.join(sorted(MEMBERS))} in {path}; found {', '.join(names[:5])}."
        )
    for member in members:
        most = MOST_WEIGHT_BYTES if member.filename.endswith(".h5") else MOST_CONFIG_BYTES
        if member.file_size > most or member.file_size > 100 * max(member.compress_size, 1):
            raise ModelError(
                f"{member.filename} in {path} would take {member.file_size:,} bytes "
                f"instead of {member.compress_size:,}; expected at most {most:,} bytes, and at "
                "most 100 times the compressed size."
            )


def _kinds(config: Any) -> Iterator[tuple[str | None, str, str | None]]:
    """Yield module, class and registered name of every object that Keras would make."""
    if isinstance(config, dict):
        if "class_name" in config:
            yield config.get("module"), config["class_name"], config.get("registered_name")
        for value in config.values():
            yield from _kinds(value)
    elif isinstance(config, list):
        for value in config:
            yield from _kinds(value)


def _is_known(module: str | None, name: str, registered: str | None) -> bool:
    if module is None:
        return name == "__keras_tensor__"  # A reference to a tensor of the graph.
    # Keras finds registered classes by this name; an old file may name an old module.
    if name in OURS and f"{module}.".startswith(f"{PACKAGE}.learn."):
        return registered == f"{PACKAGE}>{name}"
    return name in _KERAS.get(module, ()) and registered in (None, name)
