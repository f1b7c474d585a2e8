"""The classes of ours that a model file may name."""

import importlib
import pkgutil
from typing import TypeVar

import keras

PACKAGE = "tenfold"
OURS: set[str] = set()
"""Names of the classes that `serialisable` has seen: all of them, once `tenfold.learn` is there."""

Class = TypeVar("Class", bound=type)


def serialisable(cls: Class) -> Class:
    """Let Keras write and read a class of ours as `tenfold>Name`, wherever its module stands."""
    OURS.add(cls.__name__)
    registered: Class = keras.saving.register_keras_serializable(PACKAGE)(cls)
    return registered


def import_all() -> None:
    """Import every module of `tenfold.learn`: Keras only reads classes that it has met."""
    learn = importlib.import_module(f"{PACKAGE}.learn")
    for module in pkgutil.walk_packages(learn.__path__, f"{learn.__name__}."):
        importlib.import_module(module.name)
