"""The fits of a search in their order: the trials, then the winner and the recipe again."""

from pathlib import Path
from typing import Any

from tenfold.cluster.suggest import importances, suggest
from tenfold.cluster.trials import END, WAIT, Job
from tenfold.core.errors import RunFolderError, TenfoldError
from tenfold.core.text import Say, counted, percent
from tenfold.experiment.tune_folder import Clock, Search, again_folder, result_of, trial_folder
from tenfold.measure.tuning import Luck, Trial, Tuning, best_of, luck_of
from tenfold.runs.folder import Folder

WINNER, RECIPE = "winner", "recipe"
"""The two recipes that are fitted with fresh seeds."""


class Fits:
    """All fits of a search: what comes next, and what was found.

    A trial knows the results of all before it but the last `at_once - 1`. So it depends on the
    results of certain others, and not on which of them end first.

    Args:
        folder: The folder of the search, whose finished fits count.
        search: What was asked.
        say: Called with a line for each trial.
    """

    def __init__(self, folder: Folder, search: Search, say: Say) -> None:
        self.folder, self.search, self.say = folder, search, say
        self.clock = Clock(folder)
        self._asked: list[Trial] = []
        self._done: dict[int, Trial] = {}
        self._begun_again: set[Path] = set()
        numbers = range(search.n_trials)
        if kept := sum(result_of(trial_folder(folder, number)) is not None for number in numbers):
            say(f"{counted(kept, 'trial')} of this search {'is' if kept == 1 else 'are'} kept.")

    def next_job(self) -> Job | str:
        """The next fit without a result, `WAIT` for another one's result, or `END`."""
        trial = self._next_trial()
        if isinstance(trial, dict):
            return trial
        # These need no result of a trial, so no worker waits.
        if (again := self._next_again(RECIPE, {})) is not None:
            return again
        if len(self._done) < len(self._asked):
            return WAIT
        best = best_of(list(self._done.values()))
        again = None if best is None else self._next_again(WINNER, best.settings)
        return END if again is None else again

    def ended(self, job: Job) -> None:
        """Take the result of a fit."""
        path = Path(job["folder"])
        result = result_of(path)
        if result is None:
            raise RuntimeError(f"{path} has no result, though its fit has ended.")
        self.clock.keep()
        if path in self._begun_again:
            self.say(f"{path.name}: {_words(result)}")
        else:
            self._done[result.number] = result
            self.say(f"trial {result.number + 1}/{self.search.n_trials}: {_words(result)}")

    def found(self) -> Tuning:
        """What the search found, after its last fit.

        Raises:
            TenfoldError: No trial was fitted to its end.
        """
        trials = [self._done[number] for number in sorted(self._done)]
        if len(trials) < self.search.n_trials:
            self.say(f"The time was over after {len(trials):,} of {self.search.n_trials:,} trials.")
        best = best_of(trials)
        if best is None:
            raise TenfoldError(
                f"None of {counted(len(trials), 'trial')} was fitted to its end. The first says: "
                f"{trials[0].reason} Try a space with smaller learning rates."
            )
        return Tuning(
            trials=tuple(trials),
            best=best,
            importances=self._importances(trials),
            rungs=self.search.rungs,
            luck=self._luck(best),
            spent_s=self.clock.spent_s,
        )

    def _next_trial(self) -> Job | str:
        search = self.search
        while len(self._asked) < search.n_trials:
            number = len(self._asked)
            n_known = max(0, number - search.at_once + 1)
            if any(each not in self._done for each in range(n_known)):
                return WAIT
            path = trial_folder(self.folder, number)
            result = result_of(path)
            if result is None and number and self._is_late and not path.exists():
                return END
            known = [self._done[each] for each in range(n_known)]
            settings = suggest(
                search.space,
                seed=search.seed,
                number=number,
                known=known,
                pending=self._asked[n_known:],
            )
            trial = Trial(number, settings)
            self._asked.append(trial)
            if result is None:
                earlier = [sorted(each.rungs.items()) for each in known]
                return self._job(path, trial, search.seed, list(search.rungs), earlier)
            _check_same(path, result.settings, settings)
            self._done[number] = result
        return END

    @property
    def _is_late(self) -> bool:
        budget_s = self.search.budget_s
        return budget_s is not None and self.clock.spent_s > budget_s

    def _next_again(self, name: str, settings: dict[str, Any]) -> Job | None:
        """The next fit of the winner or of the recipe without a result."""
        for number, seed in enumerate(self._seeds(name)):
            path = again_folder(self.folder, name, seed)
            if path not in self._begun_again:
                self._begun_again.add(path)
                if result_of(path) is None:
                    return self._job(path, Trial(number, settings), seed, [], [])
        return None

    def _seeds(self, name: str) -> range:
        """The seeds of the fits again; the recipe has that of the search too."""
        search = self.search
        if not search.again:
            return range(0)
        return range(search.seed + (name == WINNER), search.seed + 1 + search.again)

    def _job(self, path: Path, trial: Trial, seed: int, rungs: list[int], earlier: Any) -> Job:  # noqa: ANN401
        recipe = self.search.recipe.with_overrides(trial.settings)
        return {
            "folder": str(path),
            "number": trial.number,
            "settings": trial.settings,
            "recipe": recipe.model_dump(mode="json"),
            "seed": seed,
            "rungs": rungs,
            "earlier": earlier,
        }

    def _importances(self, trials: list[Trial]) -> dict[str, float]:
        """Of each setting, for the accuracy at the first rung, which every trial reaches."""
        first = self.search.rungs[0] if self.search.rungs else None
        figures = [
            (trial, trial.accuracy if first is None else trial.rungs.get(first)) for trial in trials
        ]
        having = [(trial, figure) for trial, figure in figures if figure is not None]
        return importances(
            self.search.space, [trial for trial, _ in having], [figure for _, figure in having]
        )

    def _luck(self, best: Trial) -> Luck | None:
        """The lead of the winner with fresh seeds; None if that was not measured."""
        winner, recipe = (
            [result_of(again_folder(self.folder, name, seed)) for seed in self._seeds(name)]
            for name in (WINNER, RECIPE)
        )
        figures = [each.accuracy for each in [*winner, *recipe] if each is not None]
        known = [figure for figure in figures if figure is not None]
        if not winner or best.accuracy is None:
            return None
        if len(known) < len(winner) + len(recipe):
            self.say("A fit with a fresh seed failed, so that the lead was not measured again.")
            return None
        again, (first, *recipe_again) = known[: len(winner)], known[len(winner) :]
        return luck_of(best.accuracy, first, again, recipe_again)


def _words(trial: Trial) -> str:
    if trial.state == "failed":
        return f"failed. {trial.reason}"
    words = "validation" if trial.state == "finished" else "stopped at validation"
    share = percent(trial.last_accuracy or 0.0)
    return f"{words} {share}, {counted(trial.n_epochs, 'epoch')}, {trial.fit_s:.1f} s"


def _check_same(path: Path, kept: dict[str, Any], suggested: dict[str, Any]) -> None:
    """Check that a kept result is of the settings that would be suggested now.

    Raises:
        RunFolderError: It is not; another version of Optuna suggests other settings.
    """
    if kept != suggested:
        raise RunFolderError(
            f"{path} was fitted with other settings than those that are suggested now: {kept} "
            f"and {suggested}. Continue the search with the versions of Optuna and NumPy that it "
            "began with."
        )
