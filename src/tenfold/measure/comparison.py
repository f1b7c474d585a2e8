"""Whether one network is better than another on the same images."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from tenfold.core.html import html_table
from tenfold.core.text import in_points, percent
from tenfold.measure.intervals import LEVEL, Mean

N_DRAWS = 10_000
"""Draws of the bootstrap: its interval then changes by about a hundredth of its width."""


class Answer(StrEnum):
    """What a comparison says of the second of two, or of a network against a rule."""

    BETTER = "better"
    WORSE = "worse"
    CANT_TELL = "can't tell"


@dataclass(frozen=True)
class Paired:
    """Two networks on the same images; images are counted by which network is right.

    Attributes:
        both: Images that both classify correctly.
        only_first: Images that only the first classifies correctly.
        only_second: Images that only the second classifies correctly.
        neither: Images that neither classifies correctly.
        difference: Accuracy of the second minus that of the first, in -1..1.
        interval: Lower and upper end of the 95 % interval of `difference`; None if both are right
            for the same images, which shows no spread.
        p: Probability of a difference as large or larger if both were equally accurate.
    """

    both: int
    only_first: int
    only_second: int
    neither: int
    difference: float
    interval: tuple[float, float] | None
    p: float

    @property
    def n(self) -> int:
        """Number of images."""
        return self.both + self.only_first + self.only_second + self.neither

    def to_dict(self) -> dict[str, Any]:
        """Give plain numbers for JSON."""
        return {
            "n": self.n,
            "both_right": self.both,
            "only_first_right": self.only_first,
            "only_second_right": self.only_second,
            "neither_right": self.neither,
            "difference": self.difference,
            "difference_interval_95": list(self.interval) if self.interval else None,
            "p": self.p,
        }


@dataclass(frozen=True)
class RunFacts:
    """One of the compared runs.

    Attributes:
        name: What it is called in the comparison.
        folder: Its folder.
        recipe: The name of its recipe.
        seed: Its seed.
        n_right: Images that it classifies correctly.
        accuracy: Their share, in 0..1.
        accuracy_low: Lower end of the 95 % interval of `accuracy`.
        accuracy_high: Upper end of that interval.
        fit_s: Seconds of its fit.
        n_parameters: Trainable numbers in its network.
        epochs: Epochs that were fitted.
        interrupted_by: Name of the signal that ended its fit; else None.
    """

    name: str
    folder: str
    recipe: str
    seed: int
    n_right: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    fit_s: float
    n_parameters: int
    epochs: int
    interrupted_by: str | None

    def cells(self) -> tuple[str, ...]:
        """Name, recipe and seed, accuracy, interval, seconds of the fit, and parameters."""
        return (
            self.name,
            f"{self.recipe}, seed {self.seed}",
            percent(self.accuracy),
            f"{percent(self.accuracy_low)} to {percent(self.accuracy_high)}",
            f"{self.fit_s:,.1f}",
            f"{self.n_parameters:,}",
        )


@dataclass(frozen=True)
class RunDifference:
    """One run against the first.

    Attributes:
        first: The name of the first run.
        run: The name of the other one.
        paired: Both on the same images.
        p_adjusted: `paired.p`, made larger if several comparisons were made (Holm).
        answer: Whether `run` is better or worse than the first, or whether one can't tell.
    """

    first: str
    run: str
    paired: Paired
    p_adjusted: float
    answer: Answer


@dataclass(frozen=True)
class RunComparison:
    """Several runs on the same images.

    Attributes:
        on: The set of images: `test` or `validation`.
        n: Number of images.
        runs: The runs, in the order they were given.
        differences: Each further run against the first.
        settings: Each setting, or other circumstance, that differs: its value in each run.
        by_files: Whether the images are the same files that the runs have rendered differently,
            such as with another size.
    """

    on: str
    n: int
    runs: tuple[RunFacts, ...]
    differences: tuple[RunDifference, ...]
    settings: Mapping[str, tuple[Any, ...]]
    by_files: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "on": self.on,
            "n": self.n,
            "runs": [asdict(run) for run in self.runs],
            "differences": [
                {
                    "first": each.first,
                    "run": each.run,
                    **each.paired.to_dict(),
                    "p_adjusted": each.p_adjusted,
                    "answer": each.answer.value,
                }
                for each in self.differences
            ],
            "settings": {name: list(values) for name, values in self.settings.items()},
            "by_files": self.by_files,
        }

    def _repr_html_(self) -> str:
        runs = [run.cells() for run in self.runs]
        header = ("run", "recipe", f"{self.on} accuracy", "95 % interval", "fit, s", "parameters")
        differences = [
            (
                each.run,
                f"{100 * each.paired.difference:+.2f}",
                in_points(each.paired.interval),
                each.answer.value,
            )
            for each in self.differences
        ]
        titles = ("difference, points", f"from {self.runs[0].name}", "95 % interval", "answer")
        return html_table(header, runs) + html_table(titles, differences)


def paired(first: np.ndarray, second: np.ndarray, *, seed: int = 0) -> Paired:
    """Compare two networks by the images that each classifies correctly.

    Args:
        first: bool (n,), whether the first network is right for each image; n >= 1.
        second: bool (n,), the same of the second network, image by image.
        seed: Decides the draws of the bootstrap.

    Raises:
        ValueError: The lengths differ, or there is no image.
    """
    if len(first) != len(second) or not len(first):
        raise ValueError(f"Expected pairs; received {len(first)} and {len(second)} images.")
    both = int((first & second).sum())
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    neither = len(first) - both - only_first - only_second
    return paired_counts(both, only_first, only_second, neither, seed=seed)


def paired_counts(
    both: int, only_first: int, only_second: int, neither: int, *, seed: int = 0
) -> Paired:
    """Compare two networks by the numbers of images that `Paired` explains."""
    n = both + only_first + only_second + neither
    return Paired(
        both=both,
        only_first=only_first,
        only_second=only_second,
        neither=neither,
        difference=(only_second - only_first) / n,
        interval=_bootstrap(both + neither, only_first, only_second, seed),
        p=mid_p(only_first, only_second),
    )


def mid_p(only_first: int, only_second: int) -> float:
    """McNemar's test with the mid-p value, in 0..1, two-sided.

    Of the images that only one network classifies correctly, each is right with either network
    equally often if both are equally accurate.

    Source: M. W. Fagerland, S. Lydersen, P. Laake, BMC Medical Research Methodology 13:91, 2013.
    """
    from scipy.stats import binom

    fewer, n = min(only_first, only_second), only_first + only_second
    return float(2 * binom.cdf(fewer, n, 0.5) - binom.pmf(fewer, n, 0.5))


def p_of_mean(difference: Mean) -> float:
    """Student's test of a mean difference, in 0..1, two-sided; 1 without spread between values.

    Source: Student, Biometrika 6, 1908, 1-25.
    """
    from scipy.stats import t

    if not difference.sd or difference.interval is None:
        return 1.0
    size = abs(difference.mean) * math.sqrt(difference.n) / difference.sd
    return float(2 * t.sf(size, df=difference.n - 1))


def _bootstrap(
    same: int, only_first: int, only_second: int, seed: int
) -> tuple[float, float] | None:
    """The 95 % interval of the difference, in -1..1: percentiles of the paired bootstrap.

    To draw images with replacement and count them is to draw the counts from a multinomial
    distribution, which takes a thousandth of the time.

    Source: B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
    """
    if only_first == only_second == 0:
        return None
    counts = np.array([same, only_first, only_second])
    n = int(counts.sum())
    drawn = np.random.default_rng(seed).multinomial(n, counts / n, size=N_DRAWS)
    ends = np.quantile((drawn[:, 2] - drawn[:, 1]) / n, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(ends[0]), float(ends[1])


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust p values for their number, so that one false alarm or more stays at most as rare.

    Source: S. Holm, Scandinavian Journal of Statistics 6, 1979, 65-70.
    """
    adjusted, largest = [0.0] * len(p_values), 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = largest
    return tuple(adjusted)


def answer(difference: float, p_adjusted: float) -> Answer:
    """Say whether the second of two is better, worse, or whether one can't tell."""
    if p_adjusted >= 1 - LEVEL:
        return Answer.CANT_TELL
    return Answer.BETTER if difference > 0 else Answer.WORSE
