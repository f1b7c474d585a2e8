"""Whether one recipe is better than another, over several seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tenfold.core.errors import TenfoldError
from tenfold.core.history import Epoch
from tenfold.measure.intervals import Mean, mean_interval, paired_interval


class Answer(StrEnum):
    """What the interval of a difference says."""

    BETTER = "better"
    WORSE = "worse"
    CANT_TELL = "can't tell"


@dataclass(frozen=True)
class StudyFit:
    """One recipe fitted with one seed.

    Attributes:
        recipe: The recipe's name.
        seed: The seed of its weights, order of images and splits.
        validation_accuracy: On the validation images, in 0..1.
        train_accuracy: On the training images, without dropout or augmentation, in 0..1.
        epochs: Its learning curves.
    """

    recipe: str
    seed: int
    validation_accuracy: float
    train_accuracy: float
    epochs: tuple[Epoch, ...]

    @property
    def gap(self) -> float:
        """Training accuracy minus validation accuracy, in -1..1."""
        return self.train_accuracy - self.validation_accuracy


@dataclass(frozen=True)
class RecipeResult:
    """One recipe over all seeds; accuracies and the gap are shares.

    Attributes:
        recipe: The recipe's name.
        validation_accuracy: Mean and spread over seeds.
        train_accuracy: The same on the training images, without dropout.
        gap: The same of training minus validation accuracy.
        fits: The single fits, by ascending seed.
    """

    recipe: str
    validation_accuracy: Mean
    train_accuracy: Mean
    gap: Mean
    fits: tuple[StudyFit, ...]


@dataclass(frozen=True)
class Comparison:
    """One recipe against the first.

    Attributes:
        baseline: Name of the first recipe.
        recipe: Name of the other one.
        difference: Validation accuracy of `recipe` minus that of `baseline`, seed by seed.
        gap_difference: The same of the train-validation gap.
        answer: Whether `recipe` is better or worse, or whether one can't tell, since the interval
            includes 0.
    """

    baseline: str
    recipe: str
    difference: Mean
    gap_difference: Mean
    answer: Answer


@dataclass(frozen=True)
class Study:
    """Several recipes, each with the same seeds and splits.

    Attributes:
        seeds: The seeds of every recipe, ascending.
        results: One for each recipe, in the order they were given.
        comparisons: Each further recipe with the first.
    """

    seeds: tuple[int, ...]
    results: tuple[RecipeResult, ...]
    comparisons: tuple[Comparison, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give plain numbers for JSON; learning curves have their own files."""
        return {
            "seeds": list(self.seeds),
            "recipes": {result.recipe: _result_dict(result) for result in self.results},
            "comparisons": [_comparison_dict(comparison) for comparison in self.comparisons],
        }


def compare(fits: Sequence[StudyFit]) -> Study:
    """Compare each recipe with the first one by the differences seed by seed.

    The intervals show the spread over seeds. They do not show the spread over other validation
    images, and they are not widened if several recipes are compared.

    Args:
        fits: At least one; every recipe with the same seeds, fitted on the same splits.

    Raises:
        TenfoldError: There are no fits, a recipe has a seed twice, or seeds differ.
    """
    by_recipe: dict[str, list[StudyFit]] = {}
    for fit in sorted(fits, key=lambda fit: fit.seed):
        by_recipe.setdefault(fit.recipe, []).append(fit)
    names = list(dict.fromkeys(fit.recipe for fit in fits))
    if not names:
        raise TenfoldError("There are no fits to compare. Fit at least one recipe first.")
    seeds = tuple(fit.seed for fit in by_recipe[names[0]])
    for name in names:
        _check_seeds(name, by_recipe[name], names[0], seeds)
    results = tuple(_result(name, by_recipe[name]) for name in names)
    comparisons = tuple(_comparison(results[0], result) for result in results[1:])
    return Study(seeds, results, comparisons)


def _check_seeds(
    name: str, fits: Sequence[StudyFit], first: str, expected: tuple[int, ...]
) -> None:
    seeds = tuple(fit.seed for fit in fits)
    if len(set(seeds)) < len(seeds):
        raise TenfoldError(
            f"Recipe '{name}' has a seed twice: {_listed(seeds)}. Compare each recipe with "
            "another one, and fit each seed once."
        )
    if seeds != expected:
        raise TenfoldError(
            f"Expected recipe '{name}' with the seeds of '{first}', {_listed(expected)}; "
            f"received {_listed(seeds)}. Fit every recipe with the same seeds."
        )


def _listed(seeds: tuple[int, ...]) -> str:
    return ", ".join(map(str, seeds))


def _result(name: str, fits: Sequence[StudyFit]) -> RecipeResult:
    return RecipeResult(
        recipe=name,
        validation_accuracy=mean_interval([fit.validation_accuracy for fit in fits]),
        train_accuracy=mean_interval([fit.train_accuracy for fit in fits]),
        gap=mean_interval([fit.gap for fit in fits]),
        fits=tuple(fits),
    )


def _comparison(first: RecipeResult, other: RecipeResult) -> Comparison:
    difference = paired_interval(
        [fit.validation_accuracy for fit in first.fits],
        [fit.validation_accuracy for fit in other.fits],
    )
    gap_difference = paired_interval(
        [fit.gap for fit in first.fits], [fit.gap for fit in other.fits]
    )
    answer = _answer(difference)
    return Comparison(first.recipe, other.recipe, difference, gap_difference, answer)


def _answer(difference: Mean) -> Answer:
    if difference.interval is None:
        return Answer.CANT_TELL
    low, high = difference.interval
    if low > 0:
        return Answer.BETTER
    return Answer.WORSE if high < 0 else Answer.CANT_TELL


def _result_dict(result: RecipeResult) -> dict[str, Any]:
    return {
        "validation_accuracy": result.validation_accuracy.to_dict(),
        "train_accuracy": result.train_accuracy.to_dict(),
        "gap": result.gap.to_dict(),
        "seeds": {
            str(fit.seed): {
                "validation_accuracy": fit.validation_accuracy,
                "train_accuracy": fit.train_accuracy,
                "epochs": len(fit.epochs),
            }
            for fit in result.fits
        },
    }


def _comparison_dict(comparison: Comparison) -> dict[str, Any]:
    return {
        "baseline": comparison.baseline,
        "recipe": comparison.recipe,
        "difference": comparison.difference.to_dict(),
        "gap_difference": comparison.gap_difference.to_dict(),
        "answer": comparison.answer.value,
    }
