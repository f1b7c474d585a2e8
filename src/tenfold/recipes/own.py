"""Recipes of the user's own: a file or a dictionary of settings, complete or based on another."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tenfold.core.errors import TenfoldError, nearest
from tenfold.core.recipe import PARTS, Recipe, recipe_from

SUFFIXES = (".yaml", ".yml")
BASE = "based_on"


def is_path(recipe: str | Path) -> bool:
    """Whether `recipe` is the path of a file, by its type, its suffix, or a separator in it."""
    text = str(recipe)
    return isinstance(recipe, Path) or text.endswith(SUFFIXES) or "/" in text or "\\" in text


def read_recipe(path: Path, named: Callable[[str], Recipe]) -> Recipe:
    """Read the recipe in a YAML file. A recipe without a `name` gets the name of the file.

    Args:
        path: The file: all settings, as `tenfold recipes NAME` prints them, or `based_on` and the
            settings that differ.
        named: Finds the recipe that `based_on` names.

    Raises:
        TenfoldError: The file cannot be read, is not YAML, or holds settings that do not fit.
    """
    settings = settings_in(
        path,
        kind="recipe file",
        start=f"`tenfold recipes` lists Tenfold's recipes, and `tenfold recipes standard > "
        f"{path.name}` writes one to start from",
        lines="`setting: value`, as `tenfold recipes NAME` prints them",
    )
    try:
        return recipe_of({"name": path.stem, **settings}, named)
    except TenfoldError as error:
        raise TenfoldError(f"In {path}: {error.args[0]}") from error


def recipe_of(settings: Mapping[str, Any], named: Callable[[str], Recipe]) -> Recipe:
    """Make a recipe from settings; see `read_recipe`.

    Raises:
        TenfoldError: A setting is unknown, missing, set twice, or does not fit.
    """
    if "seed" in settings:
        raise TenfoldError(
            "'seed' is not a setting of a recipe. Remove the line, and give the seed with "
            "`--seed`, or `seed` in Python."
        )
    if BASE not in settings:
        recipe = recipe_from({"summary": "a recipe of your own", **settings})
        return _with_edits(recipe, named)
    base = named(str(settings[BASE]))
    changes = {key: settings[key] for key in settings if key not in {BASE, "name", "summary"}}
    for part in PARTS:
        if isinstance(changes.get(part), Mapping):
            base, flat = _flattened(base, part, changes.pop(part))
            if twice := sorted(set(flat) & set(changes)):
                raise TenfoldError(
                    f"'{twice[0]}' is set twice: by itself, and in '{part}'. Keep one of them."
                )
            changes |= flat
    title = {
        "name": settings.get("name", base.name),
        "summary": settings.get("summary", f"{base.name}, with changes of your own"),
    }
    return recipe_from({**base.with_overrides(changes).model_dump(), **title})


def _with_edits(recipe: Recipe, named: Callable[[str], Recipe]) -> Recipe:
    """Keep what the user has changed in a printed recipe, however few images there are."""
    try:
        printed = named(recipe.name)
    except TenfoldError:  # The user has renamed it, so nothing shows what else has changed.
        return recipe
    was, now = (each.model_dump() | each.network.model_dump() for each in (printed, recipe))
    open_keys: tuple[str, ...] = ("batch_size", "epochs", "mixup", "dropout")
    edits = {key: now[key] for key in open_keys if key in now and now[key] != was.get(key)}
    return recipe.with_overrides(edits)


def _flattened(
    base: Recipe, part: str, settings: Mapping[str, Any]
) -> tuple[Recipe, dict[str, Any]]:
    """Return the recipe to change, and the settings of a part as settings of the recipe.

    A network or an optimiser of another kind starts with its own defaults.
    """
    held = getattr(base, part)
    if settings.get("kind", held.kind) != held.kind:
        return recipe_from({**base.model_dump(), part: dict(settings)}), {}
    flat = {key: value for key, value in settings.items() if key != "kind"}
    known = tuple(name for name in type(held).model_fields if name != "kind")
    for key in flat:
        if key not in known:
            raise TenfoldError(
                f"The {part} {held.kind} has no setting '{key}'.{nearest(str(key), known)} "
                f"Its settings are: {', '.join(known)}."
            )
    return base, flat


def settings_in(path: Path, *, kind: str, start: str, lines: str) -> dict[str, Any]:
    """Read the settings in a YAML file.

    Args:
        path: The file.
        kind: What it is, in an error's words.
        start: How to begin one, in an error's words.
        lines: The lines that are expected in it, in an error's words.

    Raises:
        TenfoldError: The file cannot be read, is not YAML, or holds something else.
    """
    import yaml

    try:
        text = path.expanduser().read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise TenfoldError(f"There is no {kind} {path}. {start}.") from error
    except (OSError, UnicodeError) as error:
        raise TenfoldError(f"Cannot read the {kind} {path}: {error}.") from error
    try:
        # A few lines of aliases of aliases can fill the memory; recipes do not need aliases.
        for token in yaml.scan(text):
            if isinstance(token, yaml.AliasToken):
                raise TenfoldError(
                    f"{path}, line {token.start_mark.line + 1}: aliases such as *{token.value} are "
                    "not allowed. Write the value itself."
                )
        _refuse_repeated(path, yaml.compose(text, yaml.SafeLoader))
        settings = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise TenfoldError(
            f"{path}{line} is not valid YAML ({problem}). Expected lines of {lines}."
        ) from error
    if not isinstance(settings, dict) or not all(isinstance(key, str) for key in settings):
        raise TenfoldError(
            f"Expected lines of {lines} in {path}; received "
            f"{'an empty file' if settings is None else 'other content'}."
        )
    return settings


def _refuse_repeated(path: Path, node: Any) -> None:  # noqa: ANN401
    """Refuse a setting that is set twice; YAML would silently take the last value."""
    pairs = node.value if getattr(node, "id", "") == "mapping" else []
    seen: set[str] = set()
    for key, value in pairs:
        if str(key.value) in seen:
            raise TenfoldError(
                f"{path}, line {key.start_mark.line + 1}: '{key.value}' is set twice. Keep one of "
                "them."
            )
        seen.add(str(key.value))
        _refuse_repeated(path, value)
