"""Accuracy on spoilt images, in words and drawn."""

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.core.text import percent
from tenfold.measure.robustness import Robustness, Spoilt
from tenfold.report.display import Display, new_figure
from tenfold.report.palette import BLUE, LABEL_PT, MUTED, SMALL_PT, TITLE_PT, plain_axes
from tenfold.report.text import WIDTH

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_N_COLUMNS = 3


@dataclass(frozen=True)
class RobustnessPanel(Display):
    """Accuracy at each strength of one corruption, beside that on the unchanged images.

    Attributes:
        spoilt: Figures of the corruption.
        unchanged: Accuracy on the unchanged images, in 0..1.
    """

    spoilt: Spoilt
    unchanged: float

    def draw(self, axes: "Axes") -> None:
        """Draw on `axes`: points with their 95 % intervals, mild on the left, strong on the right.

        Strengths stand at equal distances, whatever their values.
        """
        found = self.spoilt
        places = range(len(found.strengths))
        accuracy = [100 * share.accuracy for share in found.shares]
        ends = [[100 * end for end in share.interval] for share in found.shares]
        below = [value - low for value, (low, _) in zip(accuracy, ends, strict=True)]
        above = [high - value for value, (_, high) in zip(accuracy, ends, strict=True)]
        plain_axes(axes, title=_title(found.name), x=found.unit.capitalize(), y="Accuracy (%)")
        axes.axhline(100 * self.unchanged, color=MUTED, linestyle=":", linewidth=1.2, zorder=1)
        axes.errorbar(
            places, accuracy, (below, above), fmt="-o", color=BLUE, markersize=4, capsize=2,
            elinewidth=1,
        )  # fmt: skip
        axes.set_xticks(places, [f"{strength:g}" for strength in found.strengths])
        axes.set_ylim(0, 100)


def draw_robustness(found: Robustness) -> "Figure":
    """Draw a small panel for each corruption."""
    n_rows = -(-len(found.corruptions) // _N_COLUMNS)
    figure = new_figure(9.0, 0.7 + 2.3 * n_rows)
    figure.suptitle(
        f"Accuracy on {found.unchanged.n:,} validation images as they are spoilt more and more",
        fontsize=TITLE_PT + 1,
        x=0.01,
        ha="left",
    )
    figure.supxlabel(
        f"Dotted: the unchanged images, {percent(found.unchanged.accuracy, 1)}. "
        "Bars: 95 % intervals.",
        fontsize=LABEL_PT,
        color=MUTED,
    )
    panels = figure.subplots(n_rows, _N_COLUMNS, squeeze=False).ravel()
    for axes, each in zip(panels, found.corruptions, strict=False):
        RobustnessPanel(each, found.unchanged.accuracy).draw(axes)
        axes.xaxis.label.set_fontsize(SMALL_PT)
        axes.yaxis.label.set_fontsize(SMALL_PT)
    for axes in panels[len(found.corruptions) :]:
        axes.remove()
    return figure


def robustness_sentences(found: Robustness) -> str:
    """Say how accurate the network is on spoilt images, and what costs most and least."""
    worst = min(found.corruptions, key=lambda each: each.mean_accuracy)
    best = max(found.corruptions, key=lambda each: each.mean_accuracy)
    before = found.unchanged.accuracy
    words = (
        f"Robustness: {percent(before, 1)} of {found.unchanged.n:,} validation images are "
        f"classified correctly as they are, and {percent(found.mean_accuracy, 1)} on average when "
        f"they are spoilt in {len(found.corruptions)} ways at five strengths each. "
        f"{_title(worst.name)} costs most: {_points(before, worst)} on average; at its strongest, "
        f"{percent(worst.shares[-1].accuracy, 1)} are right. {_title(best.name)} costs least: "
        f"{_points(before, best)}."
    )
    return textwrap.fill(words, WIDTH)


def _points(before: float, spoilt: Spoilt) -> str:
    return f"{100 * (before - spoilt.mean_accuracy):.1f} points"


def _title(name: str) -> str:
    return "JPEG" if name == "jpeg" else name.capitalize()
