"""Plan a run within a time budget, and report whether it kept the budget."""

import re
import time
from dataclasses import dataclass

from tenfold.core.budget import BudgetVerdict
from tenfold.core.errors import TenfoldError, argument
from tenfold.core.images import Dataset
from tenfold.core.recipe import Recipe
from tenfold.core.splits import Splits
from tenfold.core.text import Say, duration
from tenfold.experiment.gather import adapt
from tenfold.experiment.starting import show_start
from tenfold.recipes import NAMES, find_measured, find_recipe
from tenfold.runs.request import Request

SHORTEST_S = 30.0
"""Seconds for starting TensorFlow, fitting a little and evaluating."""

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


_PLANS = {
    "context": "an evaluation without another fit",
    "folds": "a single fit",
    "network": "Tenfold's own networks",
    "robustness": "an evaluation without spoilt images",
    "start": "fits from the beginning",
}
"""What a budget plans, by the argument of a request that excludes it."""


@dataclass(frozen=True)
class Promise:
    """A time that a run promises to keep.

    Attributes:
        began_at: The value of `time.perf_counter` when the promise was made.
        promised_s: The time limit in seconds, counted from `began_at`.
        fit_until: The value at which a fit is stopped, so that there is time to predict and report.
    """

    began_at: float
    promised_s: float
    fit_until: float

    def verdict(self) -> BudgetVerdict:
        """The promised time and the time taken so far."""
        return BudgetVerdict(self.promised_s, time.perf_counter() - self.began_at)


def check_budget(request: Request) -> None:
    """Refuse options that a time budget cannot plan.

    Raises:
        TenfoldError: The request has a budget and such an option.
    """
    for name, plans in _PLANS.items():
        if request.budget_s is not None and getattr(request, name):
            raise TenfoldError(
                f"{argument('budget_s')} plans {plans}; leave it out, or leave {argument(name)} "
                "out."
            )


def plan_for(
    request: Request, dataset: Dataset, splits: Splits, *, began_at: float, say: Say
) -> tuple[Recipe, Promise]:
    """Measure the machine; choose a recipe and a number of epochs that fit the budget.

    Args:
        request: What the run was asked to do, with a budget.
        dataset: The images.
        splits: Which images are fitted.
        began_at: The value of `time.perf_counter` at which the budget starts.
        say: Called with each line of output.
    """
    show_start(say)
    from tenfold.learn.budget import plan

    promised_s = request.budget_s or 0.0
    seconds = promised_s - (time.perf_counter() - began_at)
    name, overrides = request.recipe, request.overrides
    say(f"\nPlan for {duration(seconds)}")
    candidates = []
    for each in (name,) if name else NAMES:
        measured = find_measured(each) if isinstance(each, str) else None
        if name is None and measured is None:
            continue
        try:
            recipe = find_recipe(each).with_overrides(overrides)
        except TenfoldError:  # It lacks that setting; `standard` has it, as was checked before.
            continue
        candidates.append((adapt(recipe, dataset, overrides, say=lambda _: None), measured))
    planned = plan(
        candidates,
        dataset.train.take(splits.train),
        seconds=seconds,
        stretch="epochs" not in overrides,  # The user's own number is a limit.
    )
    say(
        f"Large products run at {planned.rate:.0f} GFLOP/s here, an epoch of {planned.recipe.name} "
        f"takes {planned.epoch_s:.1f} s: {planned.recipe.epochs} epochs in "
        f"{duration(planned.fit_s)}, and {duration(planned.reserve_s)} to evaluate."
    )
    fit_until = began_at + promised_s - planned.reserve_s
    return planned.recipe, Promise(began_at, promised_s, fit_until)


def budget_seconds(text: str) -> float:
    """Read `90`, `90s`, `5m`, `5min` or `2h` as seconds.

    Raises:
        TenfoldError: The text is not a time, or the time is too short for any recipe.
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(s|m|min|h|)\s*", text)
    if not match:
        raise TenfoldError(f"Expected a time such as 90s, 5m or 2h; received '{text}'.")
    seconds = float(match[1]) * _UNITS[match[2]]
    if seconds < SHORTEST_S:
        raise TenfoldError(
            f"Expected a budget of at least {SHORTEST_S:.0f} s, which starting TensorFlow, fitting "
            f"a little and evaluating take; received {seconds:g} s."
        )
    return seconds
