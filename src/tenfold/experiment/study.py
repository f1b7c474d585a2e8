"""A study: several recipes with several seeds, and whether one is better."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from tenfold.core.cleaning import Cleaning
from tenfold.core.data_request import ImageOptions
from tenfold.core.errors import TenfoldError, argument
from tenfold.core.images import Data, Dataset, ImageSet
from tenfold.core.predictions import Predictions
from tenfold.core.progress import without_lines
from tenfold.core.recipe import Recipe
from tenfold.core.splits import Splits
from tenfold.core.text import Say, counted, percent
from tenfold.experiment.correcting import corrected, decided, written_path
from tenfold.experiment.epochs import EpochLines
from tenfold.experiment.gather import adapt, gather
from tenfold.experiment.pages import write_study_page
from tenfold.experiment.resume import say_what_changed
from tenfold.experiment.spreading import Place, Workers, bytes_to_send, each_fitted, workers
from tenfold.experiment.starting import choose_precision, show_start
from tenfold.experiment.steps import clean, pass_on, smaller_rate, split
from tenfold.experiment.study_folder import (
    CURVES,
    PREDICTIONS,
    RESULT,
    SETTINGS,
    STATES,
    Finished,
    check_resumed,
    check_same_study,
    state_of,
)
from tenfold.measure.study import Study, StudyFit, compare
from tenfold.recipes import RecipeAsked, find_recipe
from tenfold.runs.environment import environment
from tenfold.runs.files import expanded, make_folder
from tenfold.runs.folder import Folder
from tenfold.runs.ownership import new_folder


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
    cluster: str | None = None,
    cores_per_fit: int | None = None,
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
        cluster: The address of a Ray cluster whose workers fit, such as `10.0.0.1:6379`; `local` to
            start Ray on this machine; None to fit in this process, one fit after the other.
        cores_per_fit: With `cluster`: cores of one fit, and threads of its TensorFlow; 1 by
            default. In this process, a fit takes all cores.
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
    by = workers(cluster, cores_per_fit)
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
            _begin(folder, asked, chosen, dataset, cleaning, by, say)
        else:
            check_same_study(folder, asked)
            _say_what_changed(folder, by, say)
        fits = _fit_all(
            _at_precisions(chosen, folder), dataset, cleaning, folder,
            seeds=range(seed, seed + n_seeds), by=by, say=say,
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
    by: Workers | None,
    say: Say,
) -> None:
    """Write the settings of a new study; number formats are chosen once, as for a run."""
    folder.write_json(
        SETTINGS,
        {
            **asked,
            "data": _facts(dataset),
            "validation": recipes[0].validation,
            "precisions": [choose_precision(recipe.network, say) for recipe in recipes],
            "provenance": asdict(dataset.provenance),
            "cleaning": cleaning.to_dict(),
            "cores_per_fit": by.cores_per_fit if by else None,
            "environment": environment(folder.path),
        },
    )


def _say_what_changed(folder: Folder, by: Workers | None, say: Say) -> None:
    """Report what has changed since the study began, and makes its results differ in their bits."""
    before = folder.read_json(SETTINGS)
    say_what_changed(before["environment"], folder, say)
    began, now = before.get("cores_per_fit"), by.cores_per_fit if by else None
    if began != now:
        say(
            f"It began with {_cores(began)} for each fit, and goes on with {_cores(now)}. Its "
            "result may not be the same to the bit."
        )


def _cores(number: int | None) -> str:
    return "all cores of this machine" if number is None else counted(number, "core")


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


@dataclass(frozen=True)
class _Images:
    """What every fit of a study needs."""

    train: ImageSet
    place: Place


@dataclass(frozen=True)
class _Fit:
    """What differs between the fits of a study."""

    recipe: Recipe
    seed: int
    splits: Splits


def _fit_all(
    recipes: Sequence[Recipe],
    dataset: Dataset,
    cleaning: Cleaning,
    folder: Folder,
    *,
    seeds: Iterable[int],
    by: Workers | None,
    say: Say,
) -> list[StudyFit]:
    """Fit every recipe with every seed, unless that is done; write the results after each fit."""
    finished = Finished(folder, [recipe.name for recipe in recipes])
    if n_kept := len(finished.fits):
        say(f"{counted(n_kept, 'fit')} of this study {'is' if n_kept == 1 else 'are'} kept.")
    done = {(fit.recipe, fit.seed) for fit in finished.fits}

    def missing() -> Iterator[_Fit]:
        for number in seeds:
            left = [recipe for recipe in recipes if (recipe.name, number) not in done]
            if left:
                splits = split(dataset, cleaning, recipes[0], seed=number, say=say)
                yield from (_Fit(recipe, number, splits) for recipe in left)

    for name in (STATES, PREDICTIONS):
        make_folder(folder / name)
    shared = _Images(dataset.train, Place.of(folder.path, SETTINGS))
    fitted = each_fitted(
        _fit_once, shared, missing(), by, n_bytes=bytes_to_send(dataset.train), say=say
    )
    try:
        for _, (fit, predictions) in fitted:
            finished.add(fit, predictions)
            say(
                f"{fit.recipe}, seed {fit.seed}: validation {percent(fit.validation_accuracy)}, "
                f"training {percent(fit.train_accuracy)}, {counted(len(fit.epochs), 'epoch')}"
            )
    except BaseException as stopped:
        if by is not None and not isinstance(stopped, Exception):  # A signal; no fit has heard it.
            say(_to_continue(folder.path))
        raise
    finally:
        finished.write()
    return finished.fits


def _to_continue(path: Path) -> str:
    return f"To continue, repeat the command with --resume {path} in place of --out."


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


def _fit_once(shared: _Images, task: _Fit, *, say: Say) -> tuple[StudyFit, Predictions]:
    """Fit one recipe with one seed, and predict the validation images."""
    show_start(say)
    from tenfold.learn.predict import predict
    from tenfold.learn.recipe import fit_recipe

    train = shared.train.view(task.splits.train)
    validation = shared.train.take(task.splits.validation)
    recipe, seed = task.recipe.for_images(len(train)), task.seed
    model, record = fit_recipe(
        recipe,
        train,
        validation,
        seed=seed,
        listen=EpochLines(recipe.epochs, without_lines(say)),
        checkpoints=shared.place.checkpoints(state_of(recipe.name, seed)),
        say=say,
    )
    if record.interrupted_by:
        say(f"Interrupted by {record.interrupted_by}. {_to_continue(shared.place.folder)}")
        pass_on(record.interrupted_by)
    if record.train_accuracy is None:
        raise TenfoldError(
            f"The fit of {recipe.name} with seed {seed} diverged in epoch {record.diverged_at}. "
            f"Try a smaller learning rate, such as {smaller_rate(recipe)}."
        )
    names = validation.files or tuple(map(str, task.splits.validation))
    predictions = predict(model, validation, names)
    right = predictions.predicted == predictions.truth
    fit = StudyFit(
        recipe=recipe.name,
        seed=seed,
        validation_accuracy=float(right.mean()),
        train_accuracy=record.train_accuracy,
        epochs=record.epochs,
        right=right,
        fit_s=record.wall_s,
        n_parameters=record.n_parameters,
    )
    return fit, predictions


def _report(found: Study, folder: Folder, say: Say) -> None:
    from tenfold.report.display import save_figure
    from tenfold.report.study import draw_study, study_dict, study_table

    folder.write_json(RESULT, study_dict(found))
    folder.write_text("summary.txt", study_table(found))
    save_figure(draw_study(found), folder / CURVES)
    say(study_table(found))
    write_study_page(folder, found, say=say)
    say(f"Everything is in {folder.path}")
