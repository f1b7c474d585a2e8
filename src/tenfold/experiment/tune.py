"""A search: many recipes of one space, the best of them, and how much of its lead is luck."""

import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Unpack

from tenfold.cluster.connect import check_ray
from tenfold.cluster.halving import rungs
from tenfold.cluster.trials import END, run_jobs, workers
from tenfold.core.cleaning import Cleaning
from tenfold.core.data_request import ImageOptions
from tenfold.core.errors import DataError, TenfoldError, argument
from tenfold.core.images import Dataset
from tenfold.core.recipe import Recipe, recipe_from
from tenfold.core.space import Choice
from tenfold.core.text import Say
from tenfold.experiment.gather import adapt, gather, gather_requested, requested
from tenfold.experiment.pages import write_tune_page
from tenfold.experiment.resume import say_what_changed
from tenfold.experiment.starting import choose_precision
from tenfold.experiment.steps import clean, split
from tenfold.experiment.trial import Shared, fit_trial
from tenfold.experiment.tune_fits import Fits
from tenfold.experiment.tune_folder import BEST, RESULT, SETTINGS, Search, opened
from tenfold.measure.tuning import Tuning
from tenfold.recipes import RecipeAsked, find_recipe
from tenfold.recipes.space import read_space
from tenfold.runs.environment import environment
from tenfold.runs.files import expanded
from tenfold.runs.folder import Folder
from tenfold.runs.ownership import new_folder, new_path

AGAIN = 3
FEWEST_AT_ONCE = 4
"""With two workers, a trial hardly ever has to wait for another one's result."""


def tune(
    recipe: RecipeAsked,
    *,
    space: str | Path,
    n_trials: int,
    data: str | Path = "cifar10",
    seed: int = 0,
    again: int = AGAIN,
    budget_s: float | None = None,
    at_once: int | None = None,
    cores_per_trial: int = 1,
    cluster: str | None = None,
    out: str | Path | None = None,
    overrides: dict[str, Any] | None = None,
    say: Say = print,
    **images: Unpack[ImageOptions],
) -> Tuning:
    """Try many values of a recipe's settings, and write the best recipe.

    Optuna suggests the values, and Ray fits several networks at a time. A trial that does badly at
    a rung is stopped there. Only training and validation images are used. The same seed gives the
    same best trial, whatever is killed, and with the same `at_once` however many workers there are.

    Args:
        recipe: The recipe whose settings are varied, as for `tenfold.run`.
        space: A YAML file: for each setting, `{low: 0.003, high: 0.1}`, with `log: true` for equal
            ratios, or `{choose: [...]}`.
        n_trials: How many recipes are tried.
        data: As for `tenfold.run`, like `images`; not arrays.
        seed: Decides suggestions, splits, weights, dropout and order: 0 or more.
        again: Fresh seeds with which the winner and the unchanged recipe are fitted again; 0 for
            none.
        budget_s: Seconds after which no trial begins; those that run end.
        at_once: The most trials at the same time. Each learns from all trials before it but the
            last so many, and so does not depend on which of them end first. By default twice as
            many as run at a time, and at least 4.
        cores_per_trial: Cores of each fit.
        cluster: The address of a Ray cluster whose machines reach `out`; None for this machine.
        out: New folder for the results; by default one under `runs/`.
        overrides: Settings to change in the recipe.
        say: Called with each line of output.
        **images: More about the images.

    Raises:
        TenfoldError: An error that the user can correct; finished fits are in the folder.
    """
    check_ray()
    overrides = overrides or {}
    chosen = find_recipe(recipe).with_overrides(overrides)
    found = read_space(expanded(space), chosen)
    if twice := sorted(set(found) & set(overrides)):
        raise TenfoldError(
            f"'{twice[0]}' is set twice: by {argument('overrides')}, and in {space}. Keep one of "
            "them."
        )
    dataset = gather(data, say=say, **images)
    fixed = {**overrides, **dict.fromkeys(found)}
    chosen = adapt(chosen, dataset, fixed, say=say)
    cleaning = clean(dataset, say=say)
    folder = new_folder(new_path(out, f"tune-{chosen.name}-{dataset.name}").absolute(), "")
    with folder.owned():
        chosen = chosen.at_precision(choose_precision(chosen.network, say))
        with _workers(dataset, cores_per_trial, cluster, say) as n_workers:
            search = Search(
                images=requested(str(data), images),
                digests=dataset.digests(),
                data_name=dataset.name,
                recipe=chosen,
                space=found,
                n_trials=n_trials,
                seed=seed,
                again=again,
                at_once=at_once or max(FEWEST_AT_ONCE, 2 * n_workers),
                cores_per_trial=cores_per_trial,
                budget_s=budget_s,
                rungs=rungs(_most_epochs(chosen, found, len(dataset.train))),
            )
            content = {**search.to_dict(), "environment": environment(folder.path)}
            folder.write_json(SETTINGS, content)
            return _search(folder, search, dataset, cleaning, say)


def resume_tuning(path: str | Path, *, cluster: str | None = None, say: Say = print) -> Tuning:
    """Continue a search that was stopped or killed; it ends as one that was not.

    Finished fits are kept, and the others go on from their checkpoints.

    Args:
        path: The folder of the search.
        cluster: As for `tune`.
        say: Called with each line of output.

    Raises:
        TenfoldError: There is no search in the folder, or its images are missing or have changed.
    """
    check_ray()
    folder, search = opened(path)
    with folder.owned():
        say_what_changed(folder.read_json(SETTINGS)["environment"], folder, say)
        dataset = gather_requested(search.images, say=say)
        if dataset.digests() != search.digests:
            raise DataError(
                f"The images of the search in {folder.path} have changed since it began. Restore "
                f"them, or begin a new search with {argument('out')}."
            )
        cleaning = clean(dataset, say=say)
        with _workers(dataset, search.cores_per_trial, cluster, say):
            return _search(folder, search, dataset, cleaning, say)


def _workers(
    dataset: Dataset, cores: int, cluster: str | None, say: Say
) -> AbstractContextManager[int]:
    n_bytes = math.prod(dataset.train.images.shape)
    return workers(cluster, cores_each=cores, shared_bytes=n_bytes, say=say)


def _most_epochs(recipe: Recipe, space: Mapping[str, Any], n_images: int) -> int:
    """The epochs of the longest trial."""
    epochs = space.get("epochs")
    if epochs is None:
        return recipe.for_images(n_images).epochs
    return int(max(epochs.values)) if isinstance(epochs, Choice) else int(epochs.high)


def _search(
    folder: Folder, search: Search, dataset: Dataset, cleaning: Cleaning, say: Say
) -> Tuning:
    say(
        f"Each trial learns from all before it but the last {search.at_once - 1}; at_once "
        f"{search.at_once} repeats this search on another machine."
    )
    seeds = range(search.seed, search.seed + 1 + search.again)
    splits = {
        seed: split(dataset, cleaning, search.recipe, seed=seed, say=say if not at else _quiet)
        for at, seed in enumerate(seeds)
    }
    fits = Fits(folder, search, say)
    ahead = [fits.next_job()]
    if ahead != [END]:
        with _saying_how_to_go_on(folder, say):
            run_jobs(
                fit_trial,
                Shared(replace(dataset.train, files=(), originals=None), splits),
                lambda: ahead.pop() if ahead else fits.next_job(),
                fits.ended,
                n_jobs=search.n_trials + 2 * search.again + 1,
                cores_each=search.cores_per_trial,
                place=folder / ".ray",
            )
    found = fits.found()
    _write_best(folder, search, found.best.settings)
    _report(folder, found, search, say)
    return found


@contextmanager
def _saying_how_to_go_on(folder: Folder, say: Say) -> Iterator[None]:
    """Name the command that continues the search, if it is interrupted."""
    try:
        yield
    except BaseException:
        say(f"To continue the search: `tenfold tune --resume {folder.path}`.")
        raise


def _quiet(_: str) -> None:
    """Say nothing."""


def _write_best(folder: Folder, search: Search, settings_of_best: dict[str, Any]) -> None:
    import yaml

    recipe = search.recipe.with_overrides(settings_of_best)
    settings = {
        **recipe.model_dump(mode="json"),
        "name": f"{search.recipe.name}-tuned",
        "summary": f"{search.recipe.name}, the best of a search on {search.data_name}",
    }
    recipe_from(settings)
    folder.write_text(BEST, yaml.safe_dump(settings, sort_keys=False))


def _report(folder: Folder, found: Tuning, search: Search, say: Say) -> None:
    from tenfold.report.tune import tuning_text

    folder.write_json(RESULT, {**found.to_dict(), "images": asdict(search.images)})
    text = tuning_text(found)
    folder.write_text("summary.txt", text)
    say(text)
    write_tune_page(folder, found, say=say)
    say(f"The best recipe is in {folder / BEST}: `tenfold run {folder / BEST}`.")
    say(f"Everything is in {folder.path}")
