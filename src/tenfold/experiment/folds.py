"""Cross-validation: each training image is predicted once by a network that did not see it."""

import shutil
from dataclasses import dataclass
from typing import Any

import numpy as np

from tenfold.core.errors import TenfoldError, argument
from tenfold.core.images import Dataset, ImageSet
from tenfold.core.predictions import Predictions
from tenfold.core.recipe import Recipe
from tenfold.core.splits import Splits
from tenfold.core.text import Say, printable
from tenfold.data.class_names import listed
from tenfold.data.folds import divide, hold_out_to_stop
from tenfold.experiment.epochs import EpochLines
from tenfold.experiment.spreading import Place, bytes_to_send, each_fitted, workers
from tenfold.experiment.starting import show_start
from tenfold.experiment.steps import pass_on, smaller_rate
from tenfold.runs import layout
from tenfold.runs.checkpoint import Checkpoints
from tenfold.runs.files import make_folder
from tenfold.runs.request import Request
from tenfold.runs.run import Run
from tenfold.runs.tables import read_predictions, write_predictions


def check_folds(request: Request) -> None:
    """Check the options for folds before any image is gathered.

    Raises:
        TenfoldError: There are fewer than two folds, or a cluster without folds; or as for
            `workers`.
    """
    if request.folds is not None and request.folds < 2:
        raise TenfoldError(
            f"Expected {argument('folds')} of 2 or more, such as 5; received {request.folds}."
        )
    if request.cluster is not None and request.folds is None and request.workers == 1:
        raise TenfoldError(
            f"{argument('cluster')} is for the fits of {argument('folds')}; a run without them has "
            f"one fit. Add {argument('folds', '5')}, or leave {argument('cluster')} out."
        )
    workers(request.cluster, request.cores_per_fit)


def split_for_folds(
    dataset: Dataset, splits: Splits, recipe: Recipe, request: Request, *, say: Say
) -> Splits:
    """Decide which images the fit after the folds takes, and report it.

    A recipe with early stopping keeps its validation images for it. Any other recipe fits all
    images, since the folds have shown how good it is.

    Raises:
        DataError: There are too few images for so many folds.
    """
    n_folds, every = request.folds or 0, _every_position(splits)
    labels = dataset.train.labels[every]
    sizes = np.bincount(_folds(dataset, every, request))
    fitted = splits
    if recipe.patience is None:
        fitted = Splits(train=every, validation=every[:0])
    say(
        f"Cross-validation takes all {len(every):,} of them, in {n_folds} folds of "
        f"{sizes.min():,} to {sizes.max():,}; the fit after it takes {len(fitted.train):,}."
    )
    counts = np.bincount(labels, minlength=len(dataset.classes))
    rare = [name for name, n in zip(dataset.classes, counts, strict=True) if n < n_folds]
    if rare:
        names = printable(listed(rare))
        say(
            f"These classes have fewer images than folds, so some folds have none of them: {names}."
        )
    return fitted


def cross_validate(
    run: Run, dataset: Dataset, recipe: Recipe, request: Request, *, say: Say
) -> None:
    """Fit a network for each fold, and pool their predictions. Finished folds are kept."""
    folder = run.folder
    if request.folds is not None and not folder.has(layout.FOLDS):
        every = _every_position(run.splits)
        fold_of = _folds(dataset, every, request)
        make_folder(folder / layout.FOLDS_STATE)
        missing = [
            _Fold(number, every[fold_of != number], every[fold_of == number])
            for number in range(request.folds)
            if not folder.has(_fit_file(number))
        ]
        shared = _Images(
            dataset.train,
            dataset.groups,
            recipe,
            request,
            Place.of(folder.path, layout.REQUEST.name),
        )
        fitted = each_fitted(
            _fit_fold, shared, missing, workers(request.cluster, request.cores_per_fit),
            n_bytes=bytes_to_send(dataset.train), say=say,
        )  # fmt: skip
        for fold, (predictions, facts) in fitted:
            write_predictions(predictions, folder / _predictions_file(fold.number))
            Checkpoints(folder / _state(fold.number)).clear()
            folder.write_json(_fit_file(fold.number), facts)
        _pool(run, dataset, every, fold_of, request.folds, say=say)
    shutil.rmtree(folder / layout.FOLDS_STATE, ignore_errors=True)


@dataclass(frozen=True)
class _Images:
    """What the fit of every fold needs."""

    train: ImageSet
    groups: np.ndarray | None
    recipe: Recipe
    request: Request
    place: Place


@dataclass(frozen=True)
class _Fold:
    """A fold: its number from 0, and positions, int64, of the images to fit and to predict."""

    number: int
    others: np.ndarray
    held_out: np.ndarray


def _every_position(splits: Splits) -> np.ndarray:
    """The images that the folds divide, int64, ascending: those to fit and to validate."""
    return np.union1d(splits.train, splits.validation)


def _folds(dataset: Dataset, every: np.ndarray, request: Request) -> np.ndarray:
    """The fold of each image, int64 (n,), from 0: each call gives the same folds."""
    labels, groups = dataset.train.labels[every], dataset.groups
    groups = None if groups is None else groups[every]
    return divide(labels, request.folds or 0, seed=request.seed, groups=groups)


def _predictions_file(number: int) -> str:
    return f"{layout.FOLDS_STATE.name}{number + 1}.csv"


def _fit_file(number: int) -> str:
    """The last file of a fold: if it exists, the fold is finished."""
    return f"{layout.FOLDS_STATE.name}{number + 1}.json"


def _state(number: int) -> str:
    """The folder of the states of a fold that has not ended."""
    return f"{layout.FOLDS_STATE.name}fit{number + 1}"


def _fit_fold(shared: _Images, fold: _Fold, *, say: Say) -> tuple[Predictions, dict[str, Any]]:
    """Fit a network to the other folds' images, and predict those that it has not seen."""
    show_start(say)
    from tenfold.learn.predict import predict
    from tenfold.learn.recipe import fit_recipe

    train, recipe, request = shared.train, shared.recipe, shared.request
    say(f"\nFold {fold.number + 1} of {request.folds}")
    fitted, watched = fold.others, fold.held_out  # Without early stopping, these decide nothing.
    aside = ""
    if recipe.patience is not None:
        stopping = hold_out_to_stop(
            train.labels[fold.others],
            seed=request.seed,
            groups=None if shared.groups is None else shared.groups[fold.others],
        )
        fitted, watched = fold.others[~stopping], fold.others[stopping]
        aside = f"{len(watched):,} to decide when to stop, "
    say(f"{len(fitted):,} images to fit, {aside}{len(fold.held_out):,} to predict.")
    model, record = fit_recipe(
        recipe,
        train.view(fitted),
        train.take(watched),
        seed=request.seed,
        listen=EpochLines(recipe.epochs, say),
        checkpoints=shared.place.checkpoints(_state(fold.number), request.checkpoint_every_s),
        say=say,
    )
    if record.interrupted_by:
        say(
            f"Interrupted by {record.interrupted_by}. To continue: tenfold resume "
            f"{shared.place.folder}"
        )
        pass_on(record.interrupted_by)
    if record.diverged_at is not None:
        raise TenfoldError(
            f"The fit of fold {fold.number + 1} diverged in epoch {record.diverged_at}. Try a "
            f"smaller learning rate, such as {smaller_rate(recipe)}."
        )
    images = train.take(fold.held_out)
    names = images.files or tuple(map(str, fold.held_out))
    predictions = predict(model, images, names, say=say)
    facts = {"n_fit": len(fitted), "epochs": len(record.epochs), "wall_s": record.wall_s}
    return predictions, facts


def _pool(
    run: Run, dataset: Dataset, every: np.ndarray, fold_of: np.ndarray, n_folds: int, *, say: Say
) -> None:
    """Put the predictions of all folds into the order of the images, calibrate and score them."""
    from tenfold.measure.folds import cross_validation
    from tenfold.measure.temperature import at_temperature, fit_temperature
    from tenfold.report.folds import cross_validation_sentence

    folder, images = run.folder, dataset.train
    probabilities = np.empty((len(every), len(dataset.classes)), dtype=np.float32)
    fits = []
    for number in range(n_folds):
        part = read_predictions(folder / _predictions_file(number))
        probabilities[fold_of == number] = part.probabilities
        fit = folder.read_json(_fit_file(number))
        fits.append((fit["n_fit"], fit["epochs"], fit["wall_s"]))
    truth = images.labels[every]
    temperature = fit_temperature(probabilities, truth)
    predictions = Predictions(
        truth=truth,
        probabilities=at_temperature(probabilities, temperature),
        classes=dataset.classes,
        names=tuple(images.files[i] for i in every) if images.files else tuple(map(str, every)),
    )
    found = cross_validation(predictions, fold_of, fits, temperature=temperature)
    write_predictions(predictions, folder / layout.PREDICTIONS["folds"], fold_of=fold_of)
    folder.write_json(layout.FOLDS, found.to_dict())
    say(f"\n{cross_validation_sentence(found)}")
