"""The one thing to try after a fit: which settings change, and to what."""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from tenfold.core.recipe import Recipe

# These are rules of thumb, as in `diagnosis`.
FEWEST_EPOCHS = 5
"""A fit that is to last longer has at least so many epochs."""
PATIENCE = 10
"""Epochs without progress, in a fit of at least five times as many."""
DROPOUT_STEP = 0.15
MOST_DROPOUT = 0.5
STRONG_DROPOUT = 0.3
"""A network with at least this dropout may underfit because of it."""
WIDTH = 128
"""Units of the first hidden layer of a network that has none."""
TIMES = 2
"""How many times longer the next fit is, or how many times wider its layers are."""


class Advice(StrEnum):
    """What to try."""

    BALANCE = "balance the classes"
    LARGER_NETWORK = "larger network"
    LARGER_RATE = "larger learning rate"
    LESS_DROPOUT = "less dropout"
    LONGER = "longer fit"
    MORE_DROPOUT = "more dropout"
    MORE_TIME = "more time"
    RESUME = "resume"
    SMALLER_NETWORK = "smaller network"
    SMALLER_RATE = "smaller learning rate"
    STOP_EARLIER = "early stopping"
    STRONGER_RECIPE = "stronger recipe"


@dataclass(frozen=True)
class NextStep:
    """One thing to try.

    Attributes:
        advice: What it is. `MORE_TIME` means `TIMES` the time budget, `RESUME` the same run.
        settings: The recipe's settings that change, with their new values.
        recipe: The name of the recipe to take instead; None for the same recipe.
        present: The same settings with the values that they have now.
    """

    advice: Advice
    settings: dict[str, Any] = field(default_factory=dict)
    recipe: str | None = None
    present: dict[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Choice:
    """What the next run can change.

    Attributes:
        recipe: The recipe of the run, with every setting decided.
        stronger: The name of the next stronger recipe; None where there is none.
        has_budget: Whether a time budget decides the number of epochs.
        usual_rate: The learning rate that the recipe has unless it is changed; None for the default
            of its optimiser.
    """

    recipe: Recipe
    stronger: str | None = None
    has_budget: bool = False
    usual_rate: float | None = None

    @property
    def _dropout(self) -> tuple[str, float] | None:
        """The setting of the network that drops values, and its value; None if it has none."""
        for name in ("dropout", "input_dropout"):
            if name in type(self.recipe.network).model_fields:
                return name, getattr(self.recipe.network, name)
        return None

    @property
    def _widths(self) -> list[int] | None:
        """Units of each hidden layer; None for a network of the user's own."""
        widths = getattr(self.recipe.network, "widths", None)
        return None if widths is None else list(widths)

    def restrain(self, *, rose: bool) -> NextStep | None:
        """Overfit less.

        Args:
            rose: Whether the model holds weights from after the validation loss rose.
        """
        recipe = self.recipe
        stop = None
        if recipe.patience is None:
            patience = min(PATIENCE, max(2, recipe.epochs // 5))
            stop = NextStep(Advice.STOP_EARLIER, {"patience": patience})
        if stop is not None and rose:
            return stop
        if self._dropout is not None and self._dropout[1] < MOST_DROPOUT:
            name, share = self._dropout
            value = round(min(MOST_DROPOUT, share + DROPOUT_STEP), 3)
            return NextStep(Advice.MORE_DROPOUT, {name: value})
        if stop is not None or not self._widths or max(self._widths) == 1:
            return stop
        widths = [max(1, units // TIMES) for units in self._widths]
        return NextStep(Advice.SMALLER_NETWORK, {"widths": widths})

    def last_longer(self, n_epochs: int, *, stopped_early: bool = False) -> NextStep:
        """Fit for more than `n_epochs`."""
        if stopped_early:
            patience = max(PATIENCE, TIMES * (self.recipe.patience or 0))
            return NextStep(Advice.LONGER, {"patience": patience})
        if self.has_budget:
            return NextStep(Advice.MORE_TIME)
        return NextStep(Advice.LONGER, {"epochs": max(FEWEST_EPOCHS, TIMES * n_epochs)})

    def enlarge(self, n_epochs: int) -> NextStep:
        """Learn more from the training images than in `n_epochs`."""
        if self._dropout is not None and self._dropout[1] >= STRONG_DROPOUT:
            name, share = self._dropout
            return NextStep(Advice.LESS_DROPOUT, {name: round(share / 2, 3)})
        if self._widths is None or self.has_budget:
            return self.last_longer(n_epochs)
        if (stronger := self.strengthen()) is not None:
            return stronger
        widths = [TIMES * units for units in self._widths] or [WIDTH]
        return NextStep(Advice.LARGER_NETWORK, {"widths": widths})

    def strengthen(self) -> NextStep | None:
        """Take the stronger recipe; None where there is none, or a budget chooses the recipe."""
        if self.stronger is None or self.has_budget:
            return None
        return NextStep(Advice.STRONGER_RECIPE, recipe=self.stronger)

    def calm(self) -> NextStep:
        """Take smaller steps: a third of the learning rate, to one digit."""
        rate = self.recipe.optimizer.learning_rate / 3
        return NextStep(Advice.SMALLER_RATE, {"learning_rate": float(f"{rate:.0e}")})

    def quicken(self) -> NextStep | None:
        """Take the usual learning rate; None unless the present one is far below it."""
        usual = self.usual_rate or default_rate(self.recipe)
        if self.recipe.optimizer.learning_rate < usual / 10:
            return NextStep(Advice.LARGER_RATE, {"learning_rate": usual})
        return None

    def with_present(self, step: NextStep) -> NextStep:
        """Add the present values of the settings that a step changes."""
        now = self.recipe.settings()
        return replace(step, present={key: now[key] for key in step.settings})

    def slow_down(self) -> NextStep:
        """Take much smaller steps, after a loss that was not a number."""
        return NextStep(Advice.SMALLER_RATE, {"learning_rate": smaller_rate(self.recipe)})

    def balance(self) -> NextStep | None:
        """Weight rare classes more; None if they are weighted most already."""
        if self.recipe.balance == "inverse":
            return None
        return NextStep(Advice.BALANCE, {"balance": "inverse"})


def default_rate(recipe: Recipe) -> float:
    """The default learning rate of the recipe's optimiser."""
    return float(type(recipe.optimizer).model_fields["learning_rate"].default)


def smaller_rate(recipe: Recipe) -> float:
    """A tenth of the learning rate, or the optimiser's default if that is smaller."""
    rate = min(recipe.optimizer.learning_rate / 10, default_rate(recipe))
    return float(f"{rate:.6g}")
