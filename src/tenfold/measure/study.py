"""Whether one recipe is better than another, over several seeds."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from tenfold.core.errors import TenfoldError
from tenfold.core.history import Epoch
from tenfold.core.html import html_table
from tenfold.core.text import in_points
from tenfold.measure.comparison import Answer, Paired, answer, holm, p_of_mean, paired
from tenfold.measure.intervals import Mean, mean_interval, paired_interval


@dataclass(frozen=True)
class StudyFit:
    """One recipe fitted with one seed.

    Attributes:
        recipe: The recipe's name.
        seed: The seed of its weights, order of images and splits.
        validation_accuracy: On the validation images, in 0..1.
        train_accuracy: On the training images, without dropout or augmentation, in 0..1.
        epochs: Its learning curves.
        right: bool (n,), whether each validation image is classified correctly; None if that is
            not known.
        fit_s: Seconds of the fit; None if an earlier version of Tenfold fitted it.
        n_parameters: Trainable numbers in the network; None as for `fit_s`.
    """

    recipe: str
    seed: int
    validation_accuracy: float
    train_accuracy: float
    epochs: tuple[Epoch, ...]
    right: np.ndarray | None = field(default=None, repr=False, compare=False)
    fit_s: float | None = None
    n_parameters: int | None = None

    @property
    def gap(self) -> float:
        """Training accuracy minus validation accuracy, in -1..1."""
        return self.train_accuracy - self.validation_accuracy

    def to_dict(self) -> dict[str, Any]:
        """Give plain values for JSON; `right` follows from the fit's predictions."""
        content = asdict(replace(self, right=None))
        del content["right"]
        return content

    @classmethod
    def from_dict(cls, content: dict[str, Any], right: np.ndarray | None = None) -> "StudyFit":
        """Rebuild a fit from the result of `to_dict`."""
        epochs = tuple(Epoch(**epoch) for epoch in content["epochs"])
        return cls(**{**content, "epochs": epochs}, right=right)


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

    @property
    def fit_s(self) -> float | None:
        """Mean seconds of a fit; None if they are not known of every fit."""
        known = [fit.fit_s for fit in self.fits if fit.fit_s is not None]
        return sum(known) / len(known) if len(known) == len(self.fits) else None

    @property
    def n_parameters(self) -> int | None:
        """Trainable numbers in the network, which are the same with every seed."""
        return self.fits[0].n_parameters


@dataclass(frozen=True)
class Comparison:
    """One recipe against the first.

    Attributes:
        baseline: Name of the first recipe.
        recipe: Name of the other one.
        difference: Validation accuracy of `recipe` minus that of `baseline`, seed by seed.
        gap_difference: The same of the train-validation gap.
        p_adjusted: Probability of a mean difference as large or larger if both recipes were equally
            good; made larger if several recipes are compared (Holm). 1 if the seeds show no spread.
        answer: Whether `recipe` is better or worse, or whether one can't tell.
        by_seed: For each seed, both networks on the same validation images; empty if it is not
            known which images they classify correctly.
    """

    baseline: str
    recipe: str
    difference: Mean
    gap_difference: Mean
    p_adjusted: float
    answer: Answer
    by_seed: tuple[Paired, ...] = ()


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

    def _repr_html_(self) -> str:
        results = [
            (
                result.recipe,
                str(result.validation_accuracy.n),
                *_in_percent(result.validation_accuracy),
                *_in_percent(result.train_accuracy),
                "-" if result.fit_s is None else f"{result.fit_s:,.1f}",
            )
            for result in self.results
        ]
        header = ("recipe", "seeds", "validation %", "sd", "training %", "sd", "fit, s")
        differences = [
            (
                f"{each.recipe} - {each.baseline}",
                f"{100 * each.difference.mean:+.2f}",
                in_points(each.difference.interval),
                each.answer.value,
            )
            for each in self.comparisons
        ]
        titles = ("difference, points", "validation", "95 % interval", "answer")
        return html_table(header, results) + (
            html_table(titles, differences) if differences else ""
        )


def _in_percent(mean: Mean) -> tuple[str, str]:
    """A mean and its standard deviation; `-` for none."""
    return f"{100 * mean.mean:.2f}", "-" if mean.sd is None else f"{100 * mean.sd:.2f}"


def compare(fits: Sequence[StudyFit]) -> Study:
    """Compare each recipe with the first one by the differences seed by seed.

    The intervals show the spread over seeds. They do not show the spread over other validation
    images. They are not widened if several recipes are compared, but the answers take their number
    into account.

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
    return Study(seeds, results, _comparisons(results[0], results[1:]))


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


def _comparisons(first: RecipeResult, others: Sequence[RecipeResult]) -> tuple[Comparison, ...]:
    differences = [
        paired_interval(
            [fit.validation_accuracy for fit in first.fits],
            [fit.validation_accuracy for fit in other.fits],
        )
        for other in others
    ]
    p_values = holm([p_of_mean(each) for each in differences])
    return tuple(
        Comparison(
            baseline=first.recipe,
            recipe=other.recipe,
            difference=difference,
            gap_difference=paired_interval(
                [fit.gap for fit in first.fits], [fit.gap for fit in other.fits]
            ),
            p_adjusted=p,
            answer=answer(difference.mean, p),
            by_seed=_by_seed(first, other),
        )
        for other, difference, p in zip(others, differences, p_values, strict=True)
    )


def _by_seed(first: RecipeResult, other: RecipeResult) -> tuple[Paired, ...]:
    pairs = [(a.right, b.right) for a, b in zip(first.fits, other.fits, strict=True)]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    return tuple(paired(a, b) for a, b in known) if len(known) == len(pairs) else ()


def _result_dict(result: RecipeResult) -> dict[str, Any]:
    return {
        "validation_accuracy": result.validation_accuracy.to_dict(),
        "train_accuracy": result.train_accuracy.to_dict(),
        "gap": result.gap.to_dict(),
        "fit_s": result.fit_s,
        "n_parameters": result.n_parameters,
        "seeds": {
            str(fit.seed): {
                "validation_accuracy": fit.validation_accuracy,
                "train_accuracy": fit.train_accuracy,
                "epochs": len(fit.epochs),
                "fit_s": fit.fit_s,
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
        "p_adjusted": comparison.p_adjusted,
        "answer": comparison.answer.value,
        "same_images": [each.to_dict() for each in comparison.by_seed],
    }
