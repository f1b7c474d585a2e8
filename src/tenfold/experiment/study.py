"""A study: several recipes with several seeds, and whether one is better."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from tenfold.core.cleaning import Cleaning
from tenfold.core.data_request import ImageOptions
from tenfold.core.errors import TenfoldError, argument
from tenfold.core.images import Data, Dataset
from tenfold.core.progress import without_lines
from tenfold.core.recipe import Recipe
from tenfold.core.splits import Splits
from tenfold.core.text import Say, counted, percent
from tenfold.experiment.correcting import corrected, decided, written_path
from tenfold.experiment.epochs import EpochLines
from tenfold.experiment.gather import adapt, gather
from tenfold.experiment.pages import write_study_page
from tenfold.experiment.resume import say_what_changed
from tenfold.experiment.starting import show_start
from tenfold.experiment.steps import clean, pass_on, smaller_rate, split
from tenfold.experiment.study_folder import (
    CURVES,
    FITS,
    PREDICTIONS,
    RESULT,
    SETTINGS,
    STATES,
    check_resumed,
    check_same_study,
    finished_fits,
    predictions_of,
    state_of,
)
from tenfold.measure.study import Study, StudyFit, compare
from tenfold.recipes import RecipeAsked, find_recipe
from tenfold.runs.checkpoint import Checkpoints
from tenfold.runs.environment import environment
from tenfold.runs.files import expanded, make_folder
from tenfold.runs.folder import Folder
from tenfold.runs.ownership import new_folder
from tenfold.runs.tables import write_predictions


def study(
    recipes: Sequence[RecipeAsked],
    *,
    n_seeds: int = 5,
    data: Data = "cifar10",
    seed: int = 0,
    out: str | Path | None = None,
    resume: str | Path | None = None,
    overrides: dict[str, Any] | None = None,
    exclude: str | Path | None = None,
    relabel: str | Path | None = None,
    say: Say = print,
    **images: Unpack[ImageOptions],
) -> Study:
    """Fit every recipe with the same seeds and splits, and compare each with the first.

    Only training and validation images are used; the test images are never looked at. Each
    finished fit is written at once, and `resume` continues a study that was stopped.

    Args:
        recipes: Names, or recipes of your own, as for `tenfold.run`; the first is the baseline.
        n_seeds: Fits of each recipe, with the seeds `seed`, `seed + 1`, ...
        data: As for `tenfold.run`, like `out` and `images`.
        seed: The first seed.
        out: New folder for the results; by default one under `runs/`.
        resume: The folder of a study that was stopped, in place of `out`; all other arguments are
            those that it began with. Finished fits are kept, and the others follow.
        overrides: Settings to change in every recipe.
        exclude: As for `tenfold.run`, like `relabel`.
        relabel: See there.
        say: Called with each line of output.
        **images: More about the images.

    Raises:
        TenfoldError: An error that the user can correct; finished fits are in the folder.
    """
    chosen = [find_recipe(name).with_overrides(overrides or {}) for name in recipes]
    names = [recipe.name for recipe in chosen]
    if len(set(names)) < len(names):
        raise TenfoldError(
            f"Expected {argument('recipes')} with different names; received {', '.join(names)}. "
            "The name of a recipe of your own is its setting `name`."
        )
    if resume is not None:
        check_resumed(resume, out)
    edited = written_path("exclude", exclude), written_path("relabel", relabel)
    dataset = corrected(gather(data, say=say, **images), *edited, say=say)
    chosen = [adapt(recipe, dataset, overrides, say=say) for recipe in chosen]
    cleaning = clean(dataset, say=say)
    asked = {
        "recipes": [recipe.model_dump(mode="json") for recipe in chosen],
        "first_seed": seed,
        "n_seeds": n_seeds,
        "digests": dataset.digests(),
        "corrections": decided(dataset),
    }
    if resume is None:
        folder = new_folder(out, f"study-{'-'.join(names)}-{dataset.name}")
    else:
        folder = Folder(expanded(resume))
    with folder.owned():
        if resume is None:
            _begin(folder, asked, chosen, dataset, cleaning, say)
        else:
            check_same_study(folder, asked)
            say_what_changed(folder.read_json(SETTINGS)["environment"], folder, say)
        fits = _fit_all(
            _at_precisions(chosen, folder), dataset, cleaning, folder,
            seeds=range(seed, seed + n_seeds), say=say,
        )  # fmt: skip
        shutil.rmtree(folder / STATES, ignore_errors=True)
        found = compare(fits)
        _report(found, folder, say)
        _tell_chance(fits, dataset, say)
        return found


def _begin(
    folder: Folder,
    asked: dict[str, Any],
    recipes: Sequence[Recipe],
    dataset: Dataset,
    cleaning: Cleaning,
    say: Say,
) -> None:
    """Write the settings of a new study; number formats are chosen once, as for a run."""
    show_start(say)
    from tenfold.learn.precision import choose_precision

    folder.write_json(
        SETTINGS,
        {
            **asked,
            "data": _facts(dataset),
            "validation": recipes[0].validation,
            "precisions": [choose_precision(recipe.network) for recipe in recipes],
            "provenance": asdict(dataset.provenance),
            "cleaning": cleaning.to_dict(),
            "environment": environment(folder.path),
        },
    )


def _facts(dataset: Dataset) -> dict[str, Any]:
    """What the fits learn from, for the page."""
    facts = dataset.facts
    return {
        "name": facts.name,
        "n_classes": len(facts.classes),
        "shape": list(facts.shape),
        "n_train": facts.n_train,
        "location": facts.provenance.location,
    }


def _at_precisions(recipes: Sequence[Recipe], folder: Folder) -> list[Recipe]:
    precisions = folder.read_json(SETTINGS)["precisions"]
    return [
        recipe.at_precision(precision)
        for recipe, precision in zip(recipes, precisions, strict=True)
    ]


def _fit_all(
    recipes: Sequence[Recipe],
    dataset: Dataset,
    cleaning: Cleaning,
    folder: Folder,
    *,
    seeds: Iterable[int],
    say: Say,
) -> list[StudyFit]:
    """Fit every recipe with every seed, unless that is done; write the results after each fit."""
    fits = finished_fits(folder)
    if fits:
        say(f"{counted(len(fits), 'fit')} of this study {'is' if len(fits) == 1 else 'are'} kept.")
    done = {(fit.recipe, fit.seed) for fit in fits}
    for number in seeds:
        missing = [recipe for recipe in recipes if (recipe.name, number) not in done]
        if not missing:
            continue
        splits = split(dataset, cleaning, recipes[0], seed=number, say=say)
        for recipe in missing:
            fits.append(_fit_once(recipe, dataset, splits, number, folder, say))
            folder.write_json(FITS, {"fits": [each.to_dict() for each in fits]})
            Checkpoints(folder / state_of(recipe.name, number)).clear()
            say(
                f"{recipe.name}, seed {number}: validation "
                f"{percent(fits[-1].validation_accuracy)}, training "
                f"{percent(fits[-1].train_accuracy)}, {counted(len(fits[-1].epochs), 'epoch')}"
            )
    return fits


def _tell_chance(fits: list[StudyFit], dataset: Dataset, say: Say) -> None:
    """Name the fits that learnt nothing: they widen every interval."""
    chance = np.bincount(dataset.train.labels).max() / len(dataset.train) + 0.03
    for fit in fits:
        if fit.train_accuracy < chance < 1:
            say(
                f"{fit.recipe}, seed {fit.seed}, learnt nothing: {percent(fit.train_accuracy, 1)} "
                "of the training images are right, no more than by always naming the commonest "
                "class. Perhaps all of its units are dead; try a smaller learning rate."
            )


def _fit_once(
    recipe: Recipe, dataset: Dataset, splits: Splits, seed: int, folder: Folder, say: Say
) -> StudyFit:
    show_start(say)
    from tenfold.learn.predict import predict
    from tenfold.learn.recipe import fit_recipe

    train, validation = dataset.train.take(splits.train), dataset.train.take(splits.validation)
    recipe = recipe.for_images(len(train))
    make_folder(folder / STATES)
    model, record = fit_recipe(
        recipe,
        train,
        validation,
        seed=seed,
        listen=EpochLines(recipe.epochs, without_lines(say)),
        checkpoints=Checkpoints(folder / state_of(recipe.name, seed)),
        say=say,
    )
    if record.interrupted_by:
        say(
            f"Interrupted by {record.interrupted_by}. To continue, repeat the command with "
            f"--resume {folder.path} in place of --out."
        )
        pass_on(record.interrupted_by)
    if record.train_accuracy is None:
        raise TenfoldError(
            f"The fit of {recipe.name} with seed {seed} diverged in epoch {record.diverged_at}. "
            f"Try a smaller learning rate, such as {smaller_rate(recipe)}."
        )
    names = validation.files or tuple(map(str, splits.validation))
    predictions = predict(model, validation, names)
    make_folder(folder / PREDICTIONS)
    write_predictions(predictions, folder / predictions_of(recipe.name, seed))
    right = predictions.predicted == predictions.truth
    return StudyFit(
        recipe=recipe.name,
        seed=seed,
        validation_accuracy=float(right.mean()),
        train_accuracy=record.train_accuracy,
        epochs=record.epochs,
        right=right,
        fit_s=record.wall_s,
        n_parameters=record.n_parameters,
    )


def _report(found: Study, folder: Folder, say: Say) -> None:
    from tenfold.report.display import save_figure
    from tenfold.report.study import draw_study, study_dict, study_table

    folder.write_json(RESULT, study_dict(found))
    folder.write_text("summary.txt", study_table(found))
    save_figure(draw_study(found), folder / CURVES)
    say(study_table(found))
    write_study_page(folder, found, say=say)
    say(f"Everything is in {folder.path}")
