"""Commands that show the recipes, the machine and the cache."""

from typing import Annotated, Any

import typer

from tenfold.cli.command import command
from tenfold.cli.screen import Screen


@command()
def recipes(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="RECIPE", help="Show all settings of this recipe: a name, or a YAML file."
        ),
    ] = None,
    *,
    screen: Screen,
) -> None:
    """List the recipes, or show one with its settings."""
    from tenfold.recipes import NAMES, find_recipe

    found = {each: find_recipe(each) for each in ([name] if name else NAMES)}
    settings = {each: recipe.model_dump(mode="json") for each, recipe in found.items()}
    if name:
        import yaml

        screen.answer(settings, yaml.safe_dump(settings[name], sort_keys=False).rstrip())
    else:
        width = max(map(len, NAMES))
        lines = [f"{each:<{width}}  {recipe.summary}" for each, recipe in found.items()]
        screen.answer(settings, "\n".join(lines))


@command()
def doctor(*, screen: Screen) -> None:
    """Show versions, cores, where the data is, and free disk."""
    from tenfold.data.source import ArchiveSource
    from tenfold.data.sources import SOURCES
    from tenfold.runs.environment import environment
    from tenfold.runs.files import working_folder

    facts = environment(working_folder())
    for source in SOURCES:
        if isinstance(source, ArchiveSource):
            facts[source.name] = source.find() or _not_here()
    lines = [f"{name.replace('_', ' '):<17} {_words(fact)}" for name, fact in facts.items()]
    screen.answer(facts, "\n".join(lines))


@command()
def cache(
    what: Annotated[
        str | None, typer.Argument(metavar="WHAT", help="Only this: a name, or a path of images.")
    ] = None,
    *,
    remove: Annotated[
        bool, typer.Option("--clear", help="Remove it; it can be made or fetched again.")
    ] = False,
    screen: Screen,
) -> None:
    """List the files kept to make runs start faster, or remove them."""
    from tenfold.data.cache import cache_folder
    from tenfold.data.kept import clear, kept

    found = kept(what)
    if remove:
        clear(found)
    facts = [
        {"what": each.what, "folder": str(each.folder), "bytes": each.n_bytes} for each in found
    ]
    lines = [f"{each.n_bytes / 1e6:>9,.1f} MB  {each.what}: {each.says}" for each in found] or [
        f"Nothing is kept in {cache_folder()}"
    ]
    total = sum(each.n_bytes for each in found) / 1e6
    verb = "removed" if remove else f"in {cache_folder()}"
    screen.answer(
        {"folder": str(cache_folder()), "removed": remove, "kept": facts},
        "\n".join([*lines, f"{total:>9,.1f} MB {verb}"] if found else lines),
    )


def _not_here() -> str:
    from tenfold.data.cache import NoCacheError, cache_folder

    try:
        cache_folder()
    except NoCacheError as error:
        return f"not here. {error}"
    return "not here, to be downloaded"


def _words(fact: Any) -> str:  # noqa: ANN401
    if isinstance(fact, dict):
        return ", ".join(f"{package} {version}" for package, version in fact.items())
    if isinstance(fact, list):
        return ", ".join(fact) or "none of those that matter"
    return "unknown" if fact is None else str(fact)
