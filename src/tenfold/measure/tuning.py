"""Which trial of a search is best, and how much of its lead is luck."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from tenfold.measure.intervals import Mean, mean_interval, paired_interval

State = Literal["finished", "stopped", "failed"]


@dataclass(frozen=True)
class Trial:
    """One recipe of a search, fitted once.

    Attributes:
        number: In the order in which the settings were suggested, from 0.
        settings: What the search gave to the recipe.
        state: Whether the fit ran to its end, was stopped at a rung, or failed.
        accuracy: On the validation images, in 0..1, at the end of the fit; None unless it ran to
            its end.
        rungs: Validation accuracy at each rung that it has reached, by epoch.
        n_epochs: Epochs that it was fitted for.
        fit_s: Seconds of fitting.
        reason: Why it failed.
    """

    number: int
    settings: dict[str, Any]
    state: State = "finished"
    accuracy: float | None = None
    rungs: Mapping[int, float] = field(default_factory=dict)
    n_epochs: int = 0
    fit_s: float = 0.0
    reason: str = ""

    @property
    def last_accuracy(self) -> float | None:
        """The accuracy at the end, or at the last rung; None if it reached none."""
        if self.accuracy is not None or not self.rungs:
            return self.accuracy
        return self.rungs[max(self.rungs)]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, which has no numbers as names."""
        return {**asdict(self), "rungs": [list(each) for each in sorted(self.rungs.items())]}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Trial":
        """Rebuild a trial from the result of `to_dict`."""
        return cls(**{**content, "rungs": {int(at): value for at, value in content["rungs"]}})


def best_of(trials: Sequence[Trial]) -> Trial | None:
    """The trial with the highest accuracy at its end; of equal ones, the first."""
    ended = [trial for trial in trials if trial.accuracy is not None]
    return max(ended, key=lambda trial: (trial.accuracy, -trial.number), default=None)


@dataclass(frozen=True)
class Luck:
    """The winner's lead over the unchanged recipe, in the search and with fresh seeds.

    The winner was chosen because it was the best with one seed and on one split. What raised its
    figure by chance raised its lead too; fresh seeds do not repeat that chance.

    Attributes:
        found: Validation accuracy of the winner in the search, in 0..1.
        recipe: That of the unchanged recipe with the same seed.
        again: Mean accuracy of the winner with fresh seeds.
        recipe_again: Mean accuracy of the recipe with these seeds.
        lead_again: Mean of the differences, seed by seed.
    """

    found: float
    recipe: float
    again: Mean
    recipe_again: Mean
    lead_again: Mean

    @property
    def lead(self) -> float:
        """The lead in the search, in -1..1."""
        return self.found - self.recipe

    @property
    def luck(self) -> float:
        """The part of the lead that fresh seeds do not show; negative if they show more."""
        return self.lead - self.lead_again.mean

    @property
    def is_certain(self) -> bool:
        """Whether the interval of the lead with fresh seeds is above 0."""
        interval = self.lead_again.interval
        return interval is not None and interval[0] > 0

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers for JSON."""
        return {
            "found": self.found,
            "recipe": self.recipe,
            "lead": self.lead,
            "again": self.again.to_dict(),
            "recipe_again": self.recipe_again.to_dict(),
            "lead_again": self.lead_again.to_dict(),
            "luck": self.luck,
        }


def luck_of(
    found: float, recipe: float, again: Sequence[float], recipe_again: Sequence[float]
) -> Luck:
    """Compare the lead in the search with the lead with fresh seeds.

    Args:
        found: Validation accuracy of the winner in the search.
        recipe: That of the unchanged recipe, with the same seed.
        again: Accuracies of the winner with fresh seeds.
        recipe_again: Those of the recipe, with the same fresh seeds in the same order.
    """
    return Luck(
        found,
        recipe,
        mean_interval(again),
        mean_interval(recipe_again),
        paired_interval(recipe_again, again),
    )


@dataclass(frozen=True)
class Tuning:
    """A finished search.

    Attributes:
        trials: By number.
        best: The winner.
        importances: Of each setting, for the accuracy at the first rung: shares that sum to 1,
            largest first; empty if there are too few trials.
        rungs: Epochs after which trials were stopped.
        luck: The winner's lead in the search and with fresh seeds; None if that was not measured.
        spent_s: Seconds of the whole search.
    """

    trials: tuple[Trial, ...]
    best: Trial
    importances: Mapping[str, float]
    rungs: tuple[int, ...]
    luck: Luck | None
    spent_s: float

    @property
    def front(self) -> tuple[Trial, ...]:
        """The finished trials than which no faster one is as accurate, from the fastest."""
        ended = [trial for trial in self.trials if trial.accuracy is not None]
        found: list[Trial] = []
        for trial in sorted(ended, key=lambda each: (each.fit_s, -(each.accuracy or 0.0))):
            if not found or (trial.accuracy or 0.0) > (found[-1].accuracy or 0.0):
                found.append(trial)
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "best": self.best.to_dict(),
            "importances": dict(self.importances),
            "rungs": list(self.rungs),
            "luck": None if self.luck is None else self.luck.to_dict(),
            "spent_s": self.spent_s,
            "trials": [trial.to_dict() for trial in self.trials],
        }
