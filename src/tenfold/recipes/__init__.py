"""The recipes by name: one file each, with its settings and its measured result."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from tenfold.core.errors import TenfoldError, nearest
from tenfold.core.measured import Measured
from tenfold.core.recipe import Recipe
from tenfold.recipes.own import is_path, read_recipe, recipe_of

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

STRONGER = {
    "quick": "standard",
    "standard": "strong",
    "dense-standard": "dense-strong",
    "classic-plain": "classic",
    "classic": "standard",
}
"""For each recipe, the one to try next; the strongest have none."""

RecipeAsked = str | Path | Mapping[str, Any] | Recipe
"""The ways to give a recipe: its name, a file, settings as in a file, or a `Recipe`."""


def find_recipe(recipe: RecipeAsked) -> Recipe:
    """Return the recipe with a name, in a file, or with given settings.

    Args:
        recipe: A name; the path of a YAML file, recognised by its suffix or a separator; settings
            as in such a file; or a recipe, which is returned unchanged.

    Raises:
        TenfoldError: No recipe has that name, or the file or the settings are not a recipe.
    """
    if isinstance(recipe, Recipe):
        return recipe
    if isinstance(recipe, Mapping):
        return recipe_of({"name": "own", **recipe}, _named)
    return read_recipe(Path(recipe), _named) if is_path(recipe) else _named(str(recipe))


def written(recipe: RecipeAsked | None) -> str | dict[str, Any] | None:
    """Return the form in which a run saves its recipe: a name in `NAMES`, or every setting.

    Raises:
        TenfoldError: As for `find_recipe`.
    """
    if recipe is None or (isinstance(recipe, str) and not is_path(recipe)):
        return recipe
    return find_recipe(recipe).model_dump(mode="json")


def _named(name: str) -> Recipe:
    if name not in NAMES:
        raise TenfoldError(
            f"There is no recipe '{name}'.{nearest(name, NAMES)} "
            f"The recipes are: {', '.join(NAMES)}. "
            "For a recipe of your own, give a file such as my-recipe.yaml."
        )
    found: Recipe = import_module(_module(name)).RECIPE
    return found


def find_measured(name: str) -> Measured | None:
    """Return the published result of the recipe `name`; None if no result is published.

    Raises:
        TenfoldError: There is no recipe with that name.
    """
    _named(name)
    return getattr(import_module(_module(name)), "MEASURED", None)


def _module(name: str) -> str:
    return f"tenfold.recipes.{name.replace('-', '_')}"
