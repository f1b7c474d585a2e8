"""Plan a fit that ends in time: measure this machine, then choose a recipe and its epochs."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras

from tenfold.core.images import ImageSet
from tenfold.core.measured import REFERENCE_RATE, Measured
from tenfold.core.recipe import Recipe
from tenfold.learn.batches import recipe_batches, steps_per_epoch
from tenfold.learn.compile import compile_model
from tenfold.learn.define import define
from tenfold.learn.memory import memory_errors
from tenfold.learn.precision import choose_precision, product_rate
from tenfold.learn.products import products_per_fit

MARGIN = 0.85
"""Share of the time for fitting that is planned; the rest is spare if the machine slows down."""

REPORT_S = 15.0
"""Seconds set aside for pictures, tables, simple rules and the page after the fit."""

TUNED_IMAGES, TUNED_PIXELS = 45_000, 32 * 32 * 3


VALIDATION_SHARE = 0.05
"""Time for validation, as a share of an epoch: a tenth of the images, forward pass only."""

MEASURED_STEPS = 10
"""The fewest steps in each of the two runs that are timed."""


@dataclass(frozen=True)
class Plan:
    """The plan that should make the best use of a time budget.

    Attributes:
        recipe: The chosen recipe, with as many epochs as there is time for.
        fit_s: Seconds that its fit should take.
        epoch_s: Measured seconds of one epoch.
        reserve_s: Seconds that predicting and reporting need after the fit.
        rate: Measured GFLOP/s of large products at the recipe's precision.
    """

    recipe: Recipe
    fit_s: float
    epoch_s: float
    reserve_s: float
    rate: float


@memory_errors()
def plan(
    candidates: Sequence[tuple[Recipe, Measured | None]],
    train: ImageSet,
    *,
    seconds: float,
    stretch: bool = True,
) -> Plan:
    """Choose the recipe with the best published result that can be fitted within `seconds`.

    The measured rate of large products decides which recipes there is time for. Then a few steps of
    the most accurate of these are timed, to find the number of epochs. If there is no time for
    half of the recipe's epochs, the next recipe is tried.

    Args:
        candidates: Recipes with their published results. A single recipe may have none.
        train: Images to fit.
        seconds: Time for measuring, fitting and evaluating, pictures included.
        stretch: Whether a fit may have up to twice as many epochs as its recipe.
    """
    deadline = time.perf_counter() + seconds
    precision = choose_precision(candidates[0][0].network)
    rate = product_rate(precision, side=2048)
    # Predictions are computed in float32.
    slower = 1.0 if precision == "float32" else max(1.0, rate / product_rate("float32", side=2048))
    ranked = _best_first(candidates, train, rate, 0.8 * seconds)
    for tuned in ranked:
        recipe = tuned.for_images(len(train))
        model = define(recipe.network, train.shape, len(train.classes), seed=0, precision=precision)
        compile_model(model, recipe, n_images=len(train), labels=train.labels, precision=precision)
        # If there is no time for half of its epochs, timing its steps would take too long as well.
        too_much = _products_s(model, recipe, len(train), rate) / 2 > deadline - time.perf_counter()
        if too_much and tuned is not ranked[-1]:
            continue
        first_s, epoch_s = _measure(recipe, model, train)
        # Predicting 25,000 images in ten views takes less than two epochs at the same precision.
        reserve_s = REPORT_S + 2 * epoch_s * slower
        left_s = MARGIN * (deadline - time.perf_counter() - reserve_s - first_s)
        epochs = int(left_s / (epoch_s * (1 + VALIDATION_SHARE)))
        if epochs >= recipe.epochs / 2:
            break
    most = 2 * recipe.epochs if stretch else recipe.epochs
    epochs = max(1, min(epochs, most))
    settled = recipe.model_copy(update={"epochs": epochs})
    fit_s = first_s + epochs * epoch_s * (1 + VALIDATION_SHARE)
    return Plan(settled, fit_s, epoch_s, reserve_s, rate)


def _best_first(
    candidates: Sequence[tuple[Recipe, Measured | None]],
    train: ImageSet,
    rate: float,
    seconds: float,
) -> list[Recipe]:
    """The recipes that there is time for, most accurate first; if there is none, the fastest."""
    known = [(recipe, measured) for recipe, measured in candidates if measured is not None]
    if not known:
        return [recipe for recipe, _ in candidates]
    size = len(train) / TUNED_IMAGES * math.prod(train.shape) / TUNED_PIXELS
    affordable = [
        pair for pair in known if pair[1].fit_s * REFERENCE_RATE / rate * size < seconds
    ] or [min(known, key=lambda pair: pair[1].fit_s)]
    return [recipe for recipe, _ in sorted(affordable, key=lambda pair: -pair[1].accuracy)]


def _products_s(model: keras.Model, recipe: Recipe, n_train: int, rate: float) -> float:
    """Seconds that the products of a whole fit take at `rate` GFLOP/s: a lower bound."""
    products = products_per_fit(
        model, recipe, n_train=n_train, n_validation=0, n_epochs=recipe.epochs
    )
    return products.total / 1e9 / rate


def _measure(recipe: Recipe, model: keras.Model, train: ImageSet) -> tuple[float, float]:
    """Time a few steps: seconds that a fit needs before its first step, and for an epoch."""
    n_steps = steps_per_epoch(len(train), recipe.batch_size)
    each = model.steps_per_execution * math.ceil(MEASURED_STEPS / model.steps_per_execution)
    clock = _Clock()
    began_at = time.perf_counter()
    model.fit(
        recipe_batches(train, recipe, seed=0),
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
