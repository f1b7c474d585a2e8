"""Plan a fit that ends in time: measure this machine, then choose recipe and epochs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from tenfold.core.images import ImageSet
from tenfold.core.measured import REFERENCE_RATE, Measured
from tenfold.core.recipe import Recipe
from tenfold.learn.batches import steps_per_epoch, training_batches
from tenfold.learn.compile import compile_model
from tenfold.learn.define import define
from tenfold.learn.precision import choose_precision, product_rate

MARGIN = 0.85
"""Share of the time for fitting that is planned for; the rest is for a machine that slows."""

REPORT_S = 12.0
"""Seconds set aside for pictures and tables after the fit."""

TUNED_IMAGES, TUNED_PIXELS = 45_000, 32 * 32 * 3


@dataclass(frozen=True)
class Plan:
    """What is expected to be the best use of a time budget.

    Attributes:
        recipe: The chosen recipe, with as many epochs as there is time for.
        fit_s: Seconds that its fit should take.
        epoch_s: Measured seconds of one epoch.
        rate: Measured GFLOP/s of large products at the recipe's precision.
    """

    recipe: Recipe
    fit_s: float
    epoch_s: float
    rate: float


def plan(candidates: Sequence[tuple[Recipe, Measured]], train: ImageSet, *, seconds: float) -> Plan:
    """Choose the recipe that the measured frontier says is best for `seconds` from now.

    The rate of large products says which recipes there is time for at all; a few steps of the
    most accurate of them say how many epochs. If that is less than half of what the recipe wants,
    the next one is tried.

    Args:
        candidates: Recipes with what they are known to reach.
        train: Images to fit.
        seconds: Time for measuring, fitting and evaluating, pictures included.
    """
    deadline = time.perf_counter() + seconds
    cheapest = min(candidates, key=lambda candidate: candidate[1].fit_s)
    precision = choose_precision(cheapest[0])
    rate = product_rate(precision, side=2048)
    size = len(train) / TUNED_IMAGES * train.images[0].size / TUNED_PIXELS
    affordable = [
        (recipe, known)
        for recipe, known in candidates
        if known.fit_s * REFERENCE_RATE / rate * size < 0.8 * seconds
    ] or [cheapest]
    best_first = sorted(affordable, key=lambda candidate: -candidate[1].accuracy)
    for tuned, _ in best_first:
        recipe = tuned.for_images(len(train))
        first_s, epoch_s = _measure(recipe, train, precision)
        left_s = MARGIN * (deadline - time.perf_counter() - REPORT_S - first_s)
        epochs = int(left_s / (epoch_s + _scoring_s(epoch_s, recipe.epochs)))
        if epochs >= recipe.epochs / 2:
            break
    epochs = max(1, min(epochs, 2 * recipe.epochs))
    settled = recipe.model_copy(update={"epochs": epochs, "tuned_to": None})
    return Plan(settled, first_s + epochs * epoch_s, epoch_s, rate)


def _scoring_s(epoch_s: float, n_epochs: int) -> float:
    """Each epoch's share of predicting all images with two views, which takes 2/3 of an epoch."""
    return epoch_s * 2 / 3 / n_epochs


def _measure(recipe: Recipe, train: ImageSet, precision: str) -> tuple[float, float]:
    """Seconds that a fit needs before its first steps, and for an epoch: from a few real steps."""
    model = define(recipe.network, train.shape, len(train.classes), seed=0, precision=precision)
    compile_model(model, recipe, n_images=len(train), precision=precision)
    n_steps = steps_per_epoch(len(train), recipe.batch_size)
    each = model.steps_per_execution
    clock = _Clock()
    began_at = time.perf_counter()
    model.fit(
        training_batches(
            train,
            batch_size=recipe.batch_size,
            seed=0,
            shift_px=round(recipe.shift * min(train.shape[:2])),
            flip=recipe.flip,
        ),
        steps_per_epoch=each,
        epochs=3,
        callbacks=[clock],
        shuffle=False,
        verbose=0,
    )
    steps_s = (clock.epoch_ends[-1] - clock.epoch_ends[0]) / 2
    first_s = clock.epoch_ends[0] - began_at
    return max(0.0, first_s - steps_s), steps_s / each * n_steps


class _Clock(keras.callbacks.Callback):
    def __init__(self) -> None:
        super().__init__()
        self.epoch_ends: list[float] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        self.epoch_ends.append(time.perf_counter())
