"""The recipes by name: one file each, its settings with the measured result in the docstring."""

from importlib import import_module

from tenfold.core.errors import TenfoldError, nearest
from tenfold.core.recipe import Recipe

NAMES = ("quick", "standard", "classic", "classic-plain")


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
    recipe: Recipe = import_module(f"tenfold.recipes.{name.replace('-', '_')}").RECIPE
    return recipe
