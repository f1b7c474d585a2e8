"""Register Tenfold's own classes, so that model files may contain them."""

import importlib
import pkgutil
from typing import TypeVar

import keras

PACKAGE = "tenfold"
OURS: set[str] = set()
"""Names of the classes that `serialisable` has registered; complete once `tenfold.learn` is
imported."""

Class = TypeVar("Class", bound=type)


def serialisable(cls: Class) -> Class:
    """Let Keras save and load a class as `tenfold>Name`, whatever the name of its module."""
    OURS.add(cls.__name__)
    registered: Class = keras.saving.register_keras_serializable(PACKAGE)(cls)
    return registered


def import_all() -> None:
    """Import every module of `tenfold.learn`, because Keras loads only registered classes."""
    learn = importlib.import_module(f"{PACKAGE}.learn")
    for module in pkgutil.walk_packages(learn.__path__, f"{learn.__name__}."):
        importlib.import_module(module.name)
