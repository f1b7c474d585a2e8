"""Choose how a network learns: optimiser, loss, metrics."""

from typing import Any

import keras
import numpy as np

from tenfold.core.optimizers import AdamSettings, MuonSettings, Optimizer
from tenfold.core.recipe import Recipe
from tenfold.learn.balance import class_weights
from tenfold.learn.batches import steps_per_epoch
from tenfold.learn.divided_muon import DividedMuon
from tenfold.learn.loss import SmoothedCrossEntropy
from tenfold.learn.memory import memory_errors
from tenfold.learn.muon import Muon
from tenfold.learn.schedule import WarmUpThenDown
from tenfold.learn.team import SharedAdam, Team

MOST_STEPS_PER_EXECUTION = 15
"""The most steps between returns to Python. A return costs more time than a step of a small
network, but a signal is only noticed at a return."""


@memory_errors()
def compile_model(
    model: keras.Model,
    recipe: Recipe,
    *,
    n_images: int,
    labels: np.ndarray | None = None,
    precision: str = "float32",
    team: Team | None = None,
) -> None:
    """Compile `model` in place with a recipe's optimiser, cross-entropy in nats, and accuracy.

    Args:
        model: A network from `define`.
        recipe: The settings.
        n_images: Number of images that the model will be fitted to.
        labels: int64 (n_images,), their classes; only a recipe that balances classes needs them.
        precision: Number format of Muon's matrix products, `float32` or `bfloat16`.
        team: The workers that share the fit; None for a fit in this process alone.

    Raises:
        ValueError: The recipe balances classes, but `labels` is None.

    Source: Adam, arXiv:1412.6980. Muon: `tenfold.learn.muon`.
    """
    n_steps = steps_per_epoch(n_images, recipe.batch_size)
    model.compile(
        optimizer=_optimizer(recipe.optimizer, n_steps * recipe.epochs, precision, team),
        loss=_loss(recipe, labels, model.output_shape[-1]),
        metrics=["accuracy"],
        steps_per_execution=steps_per_execution(n_steps),
    )


def _loss(recipe: Recipe, labels: np.ndarray | None, n_classes: int) -> keras.losses.Loss:
    weights = None
    if recipe.balance != "none":
        if labels is None:
            raise ValueError(
                f"Expected the labels of the images to fit, which balance '{recipe.balance}' "
                "needs; received none."
            )
        weights = class_weights(labels, n_classes, recipe.balance)
    if weights or recipe.label_smoothing or recipe.mixes_images:
        return SmoothedCrossEntropy(recipe.label_smoothing, weights)
    return keras.losses.SparseCategoricalCrossentropy()


def _optimizer(
    settings: Optimizer, n_steps: int, precision: str, team: Team | None
) -> keras.optimizers.Optimizer:
    """Build the optimiser. A new setting needs a line here and nowhere else."""
    match settings:
        case AdamSettings():
            if team is not None:
                return SharedAdam(settings.learning_rate, team=team)
            return keras.optimizers.Adam(settings.learning_rate)
        case MuonSettings():
            rate = WarmUpThenDown(settings.learning_rate, n_steps, settings.warm_up)
            options: dict[str, Any] = {
                "adam_ratio": settings.adam_ratio,
                "decay": settings.weight_decay,
                "momentum": settings.momentum,
                "compute_dtype": precision,
            }
            return (
                Muon(rate, **options) if team is None else DividedMuon(rate, team=team, **options)
            )


def steps_per_execution(n_steps: int) -> int:
    """The most steps without a return to Python whose number divides an epoch of `n_steps`.

    Keras always runs whole executions. With a number that does not divide the epoch, the last
    execution would take batches of the next epoch.
    """
    return max(n for n in range(1, MOST_STEPS_PER_EXECUTION + 1) if n_steps % n == 0)
