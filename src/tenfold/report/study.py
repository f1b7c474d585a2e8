"""A study as one figure and as text."""

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tenfold.core.text import in_points
from tenfold.measure.comparison import Answer
from tenfold.measure.intervals import Mean
from tenfold.measure.study import Comparison, Study
from tenfold.report.comparison import p_equals, p_words
from tenfold.report.display import Display, new_figure
from tenfold.report.palette import (
    LABEL_PT,
    MUTED,
    SERIES,
    SMALL_PT,
    plain_axes,
    readable,
)
from tenfold.report.text import WIDTH, text_table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Quantity = Literal["accuracy", "validation_accuracy", "loss", "validation_loss"]
_TITLES: dict[Quantity, str] = {
    "accuracy": "Training accuracy (running mean)",
    "validation_accuracy": "Validation accuracy",
    "loss": "Training loss (running mean)",
    "validation_loss": "Validation loss",
}
_STYLES = ("-o", "--s", "-.^", ":D", "-v", "--P")
"""Line and marker of each recipe, which differ even without colour."""


@dataclass(frozen=True)
class StudyCurves(Display):
    """One quantity by epoch, for every recipe and seed.

    Attributes:
        quantity: A field of `core.history.Epoch`; accuracies are drawn in percent.
        curves: Recipe to one curve for each seed, each with a value for each epoch.
    """

    quantity: Quantity
    curves: dict[str, tuple[tuple[float, ...], ...]]

    @classmethod
    def from_study(cls, study: Study, quantity: Quantity) -> "StudyCurves":
        """Take one quantity out of a study's fits."""
        return cls(
            quantity,
            {
                result.recipe: tuple(
                    tuple(getattr(epoch, quantity) for epoch in fit.epochs) for fit in result.fits
                )
                for result in study.results
            },
        )

    def draw(self, axes: "Axes") -> None:
        """Draw the mean of each recipe over its seeds, and their standard deviation as a band.

        The mean ends where the first seed ends. If early stopping ended some seeds earlier, thin
        lines show the other seeds to their end.
        """
        from matplotlib.ticker import MaxNLocator

        in_percent = self.quantity.endswith("accuracy")
        unit = "Accuracy (%)" if in_percent else "Loss (nats)"
        plain_axes(axes, title=_TITLES[self.quantity], x="Epoch", y=unit)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        for i, (recipe, curves) in enumerate(self.curves.items()):
            color, style = SERIES[i % len(SERIES)], _STYLES[i % len(_STYLES)]
            scaled = [np.array(curve) * (100 if in_percent else 1) for curve in curves]
            _plot_recipe(axes, scaled, style, color, readable(recipe, longest=24))
        axes.set_xlim(left=0)  # A single epoch gives an empty range.
        axes.legend(fontsize=SMALL_PT, framealpha=0.9, edgecolor="none")


def _plot_recipe(
    axes: "Axes", curves: list[np.ndarray], style: str, color: str, label: str
) -> None:
    n_common = min(map(len, curves))
    epochs = np.arange(1, n_common + 1)
    common = np.stack([curve[:n_common] for curve in curves])
    mean = common.mean(axis=0)
    axes.plot(
        epochs, mean, style, color=color, label=label, markersize=4,
        markevery=max(1, n_common // 10),
    )  # fmt: skip
    if len(curves) > 1:
        sd = common.std(axis=0, ddof=1)
        axes.fill_between(epochs, mean - sd, mean + sd, color=color, alpha=0.2, linewidth=0)
    joint = max(1, n_common)  # The thin lines begin where the mean ends.
    for curve in curves:
        rest = np.arange(joint, len(curve) + 1)
        axes.plot(rest, curve[joint - 1 :], color=color, linewidth=0.6, alpha=0.6)


def draw_study(study: Study) -> "Figure":
    """Draw the learning curves of every recipe: accuracy and loss, training and validation."""
    figure = new_figure(9.5, 7.0)
    panels = figure.subplots(2, 2, sharey="row")
    for axes, quantity in zip(panels.flat, _TITLES, strict=True):
        StudyCurves.from_study(study, quantity).plot(axes)
    if len(study.seeds) > 1:
        words = (
            f"Lines: mean over {len(study.seeds)} seeds; bands: one standard deviation either way. "
            "Thin lines: seeds that went on after others had stopped."
        )
        figure.supxlabel(words, fontsize=LABEL_PT, color=MUTED)
    return figure


def study_table(study: Study) -> str:
    """Write a study as text: each recipe's figures, each comparison's, the answers."""
    results = [
        [
            result.recipe,
            str(len(study.seeds)),
            *_mean_and_sd(result.validation_accuracy),
            *_mean_and_sd(result.train_accuracy),
            *_mean_and_sd(result.gap),
        ]
        for result in study.results
    ]
    header = ["recipe", "seeds", "validation %", "sd", "training %", "sd", "gap, points", "sd"]
    parts = [text_table(header, results)]
    if study.comparisons:
        differences = [
            [
                f"{comparison.recipe} - {comparison.baseline}",
                f"{100 * comparison.difference.mean:+.2f}",
                in_points(comparison.difference.interval),
                f"{100 * comparison.gap_difference.mean:+.2f}",
                in_points(comparison.gap_difference.interval),
                comparison.answer,
            ]
            for comparison in study.comparisons
        ]
        parts.append(
            text_table(
                [
                    "difference, points",
                    "validation",
                    "95 % interval",
                    "gap",
                    "95 % interval",
                    "answer",
                ],
                differences,
            )
        )
    parts += [
        textwrap.fill(comparison_sentence(comparison), WIDTH, break_on_hyphens=False)
        for comparison in study.comparisons
    ]
    if len(study.comparisons) > 1:
        words = (
            f"{len(study.comparisons)} comparisons were made, so the p values are adjusted (Holm); "
            "the intervals are not."
        )
        parts.append(textwrap.fill(words, WIDTH))
    if any(comparison.by_seed for comparison in study.comparisons):
        parts.append(_by_seed(study))
    return "\n\n".join(parts) + "\n"


def _by_seed(study: Study) -> str:
    """Each pair of networks on the same validation images, seed by seed."""
    rows = [
        [
            f"{comparison.recipe} - {comparison.baseline}",
            str(seed),
            f"{100 * pair.difference:+.2f}",
            in_points(pair.interval),
            p_words(pair.p),
        ]
        for comparison in study.comparisons
        for seed, pair in zip(study.seeds, comparison.by_seed, strict=True)
    ]
    header = ["difference, points", "seed", "validation", "95 % interval", "p"]
    return "The two networks of each seed, on the same validation images\n\n" + text_table(
        header, rows
    )


def study_dict(study: Study) -> dict[str, Any]:
    """A study for JSON: its numbers, and the answer of each comparison in words."""
    content = study.to_dict()
    for comparison, written in zip(study.comparisons, content["comparisons"], strict=True):
        written["sentence"] = comparison_sentence(comparison)
    return content


def comparison_sentence(comparison: Comparison) -> str:
    """Say whether a recipe is better than the first one, and how its gap differs."""
    return f"{_difference(comparison)} {_gap(comparison.gap_difference)}"


def _difference(comparison: Comparison) -> str:
    first, other = comparison.baseline, comparison.recipe
    difference = comparison.difference
    points = f"{100 * difference.mean:+.2f} points of validation accuracy"
    if difference.n == 1:
        return (
            f"Can't tell: {other} differs from {first} by {points}, but a single seed shows no "
            "spread. Use 2 seeds or more."
        )
    if difference.interval is None:
        return (
            f"Can't tell: {other} differs from {first} by {points} with each of "
            f"{difference.n} seeds; without spread there is no interval."
        )
    interval = f"95 % interval {in_points(difference.interval)}, {difference.n} seeds"
    if comparison.answer is Answer.CANT_TELL:
        low, high = difference.interval
        why = "which includes 0"
        if not low <= 0 <= high:
            why = f"adjusted {p_equals(comparison.p_adjusted)}"
        return (
            f"Can't tell whether {other} is better or worse than {first}: {points} ({interval}, "
            f"{why})."
        )
    return f"{other} is {comparison.answer} than {first}: {points} ({interval})."


def _gap(difference: Mean) -> str:
    words = f"Its train-validation gap differs by {100 * difference.mean:+.2f} points"
    if difference.interval is None:
        return f"{words}."
    return f"{words} (95 % interval {in_points(difference.interval)})."


def _mean_and_sd(mean: Mean) -> tuple[str, str]:
    return f"{100 * mean.mean:.2f}", "-" if mean.sd is None else f"{100 * mean.sd:.2f}"
