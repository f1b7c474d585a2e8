"""The recipes by name: one file each, its settings with what it was measured to reach."""

from importlib import import_module

from tenfold.core.errors import TenfoldError, nearest
from tenfold.core.measured import Measured
from tenfold.core.recipe import Recipe

NAMES = (
    "quick",
    "standard",
    "strong",
    "marathon",
    "dense-standard",
    "dense-strong",
    "classic",
    "classic-plain",
)

DEFAULT = "standard"


def find_recipe(name: str) -> Recipe:
    """Return the recipe called `name`.

    Raises:
        TenfoldError: There is none of that name.
    """
    if name not in NAMES:
        raise TenfoldError(
            f"There is no recipe '{name}'.{nearest(name, NAMES)} "
            f"The recipes are: {', '.join(NAMES)}."
        )
    recipe: Recipe = import_module(_module(name)).RECIPE
    return recipe


def find_measured(name: str) -> Measured | None:
    """Return what the recipe called `name` is known to reach; None where nothing is published.

    Raises:
        TenfoldError: There is no recipe of that name.
    """
    find_recipe(name)
    return getattr(import_module(_module(name)), "MEASURED", None)


def _module(name: str) -> str:
    return f"tenfold.recipes.{name.replace('-', '_')}"
