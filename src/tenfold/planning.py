"""A time budget, told: what is planned, what is promised, what happened."""

from typing import TYPE_CHECKING

from tenfold.core.images import Dataset
from tenfold.core.request import Request
from tenfold.core.splits import Splits
from tenfold.core.text import duration
from tenfold.gathering import Say, suit
from tenfold.recipes import NAMES, find_measured, find_recipe
from tenfold.results import Run

if TYPE_CHECKING:
    from tenfold.learn.budget import Plan


def plan_for(
    request: Request,
    dataset: Dataset,
    splits: Splits,
    *,
    seconds: float,
    say: Say,
) -> "Plan":
    """Measure the machine, and choose recipe and epochs that end in time."""
    from tenfold.learn.budget import plan

    name, overrides = request.recipe, request.overrides
    say(f"\nPlan for {duration(seconds)}")
    candidates = []
    for each in (name,) if name else NAMES:
        measured = find_measured(each)
        if name or measured is not None:
            recipe = find_recipe(each).with_overrides(overrides)
            candidates.append((suit(recipe, dataset, overrides, say=lambda _: None), measured))
    planned = plan(candidates, dataset.train.take(splits.train), seconds=seconds)
    say(
        f"Large products run at {planned.rate:.0f} GFLOP/s here, an epoch of {planned.recipe.name} "
        f"takes {planned.epoch_s:.1f} s: {planned.recipe.epochs} epochs in "
        f"{duration(planned.fit_s)}, and {duration(planned.reserve_s)} to evaluate."
    )
    return planned


def tell_budget(done: Run, budget_s: float, took_s: float, say: Say) -> None:
    """Say and write what was promised and what happened."""
    kept = took_s <= budget_s
    line = (
        f"Promised to end within {duration(budget_s)}; took {duration(took_s)}: the promise is "
        f"{'kept' if kept else 'BROKEN'}."
    )
    budget = {"promised_s": budget_s, "took_s": took_s, "kept": kept}
    done.folder.write_json("budget.json", budget)
    done.folder.write_json("metrics.json", {**done.metrics, "budget": budget})
    text = (done.folder / "summary.txt").read_text(encoding="utf-8")
    done.folder.write_text("summary.txt", f"{text}\n{line}")
    say(line)
