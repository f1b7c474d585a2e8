"""Predict each image by a network that was not fitted to it, to check its label."""

import numpy as np

from tenfold.core.errors import TenfoldError
from tenfold.core.images import Dataset, ImageSet
from tenfold.core.recipe import Recipe
from tenfold.core.text import Say
from tenfold.core.unseen import Unseen
from tenfold.data.folds import divide, hold_out_to_stop
from tenfold.experiment.epochs import EpochLines
from tenfold.experiment.starting import show_start
from tenfold.experiment.steps import pass_on, smaller_rate
from tenfold.measure.temperature import at_temperature, fit_temperature

N_FOLDS = 3
"""Networks for the training images: each of them is fitted to two thirds of the images."""


def predict_unseen(dataset: Dataset, recipe: Recipe, *, seed: int, say: Say) -> Unseen:
    """Fit a network for each fold, and one to all training images for the test images.

    Args:
        dataset: Training and test images. Images of one group share a fold.
        recipe: Of all networks.
        seed: Decides folds and fits.
        say: Called with each line of output.

    Raises:
        DataError: There are too few images or groups to divide.
        TenfoldError: A fit diverged.
    """
    train, groups = dataset.train, dataset.groups
    fold_of = divide(train.labels, N_FOLDS, seed=seed, groups=groups)
    found = np.empty((len(train), len(dataset.classes)), dtype=np.float32)
    n_fits = N_FOLDS + bool(len(dataset.test))
    for fold in range(N_FOLDS):
        say(f"Network {fold + 1} of {n_fits}, which predicts a third of the training images")
        there = fold_of == fold
        held_out, others = np.flatnonzero(there), np.flatnonzero(~there)
        found[held_out] = _predicted(
            recipe, train, others, train.take(held_out), groups, seed=seed, say=say
        )
    test = np.empty((0, len(dataset.classes)), dtype=np.float32)
    if len(dataset.test):
        say(f"Network {n_fits} of {n_fits}, which predicts the test images")
        every = np.arange(len(train))
        test = _predicted(recipe, train, every, dataset.test, groups, seed=seed, say=say)
    temperature = fit_temperature(found, train.labels)
    return Unseen(
        train=at_temperature(found, temperature),
        test=at_temperature(test, temperature) if len(test) else test,
        fold_of=fold_of,
        recipe=recipe.name,
        temperature=temperature,
    )


def _predicted(
    recipe: Recipe,
    train: ImageSet,
    positions: np.ndarray,
    images: ImageSet,
    groups: np.ndarray | None,
    *,
    seed: int,
    say: Say,
) -> np.ndarray:
    """Fit a network to the training images at `positions`; float32 (n, n_classes) for `images`."""
    show_start(say)
    from tenfold.learn.predict import probabilities
    from tenfold.learn.recipe import fit_recipe

    fitted, watched = positions, positions[:0]
    if recipe.patience is not None:
        some = None if groups is None else groups[positions]
        stopping = hold_out_to_stop(train.labels[positions], seed=seed, groups=some)
        fitted, watched = positions[~stopping], positions[stopping]
    recipe = recipe.for_images(len(fitted))
    model, record = fit_recipe(
        recipe,
        train.view(fitted),
        train.take(watched),
        seed=seed,
        listen=EpochLines(recipe.epochs, say),
        say=say,
    )
    if record.interrupted_by:
        pass_on(record.interrupted_by)
    if record.diverged_at is not None:
        raise TenfoldError(
            f"The fit of a network that checks the labels diverged in epoch {record.diverged_at}. "
            f"Try a smaller learning rate, such as {smaller_rate(recipe)}."
        )
    return probabilities(model, images.images, say=say)
