"""Pictures of confidence: the reliability diagram, and accuracy among the images answered."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenfold.core.calibration import Bin, Calibration
from tenfold.measure.selective import Selective
from tenfold.report.display import Display, new_figure
from tenfold.report.palette import BLUE, MUTED, SMALL_PT, VERMILION, plain_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Reliability(Display):
    """How often a network is right, by how confident it is.

    Attributes:
        bins: Of the calibrated probabilities.
        before: Of the probabilities before; None if the network was not calibrated.
    """

    bins: tuple[Bin, ...]
    before: tuple[Bin, ...] | None = None

    def draw(self, axes: "Axes") -> None:
        """Draw accuracy against confidence, with intervals, and the diagonal of a perfect match."""
        plain_axes(axes, title="Reliability", x="Confidence (%)", y="Accuracy (%)")
        axes.plot([0, 100], [0, 100], color=MUTED, linestyle=":", label="as often as it says")
        if self.before:
            axes.plot(
                [100 * each.confidence for each in self.before],
                [100 * each.accuracy for each in self.before],
                "--s", color=VERMILION, markersize=4, markerfacecolor="white",
                label="before calibration",
            )  # fmt: skip
        accuracy = [100 * each.accuracy for each in self.bins]
        ends = [[100 * abs(each.interval_95[end] - each.accuracy) for each in self.bins]
                for end in (0, 1)]  # fmt: skip
        axes.errorbar(
            [100 * each.confidence for each in self.bins], accuracy, yerr=ends, fmt="-o",
            color=BLUE, markersize=4, linewidth=1.2, elinewidth=0.8,
            label="this model, 95 % interval",
        )  # fmt: skip
        axes.set_xlim(0, 101)
        axes.set_ylim(0, 101)
        axes.legend(fontsize=SMALL_PT, framealpha=0.9, edgecolor="none")


@dataclass(frozen=True)
class AnsweredCurve(Display):
    """Accuracy among the images answered, if only the most confident ones are.

    Attributes:
        selective: The curve, and the chosen threshold.
    """

    selective: Selective

    def draw(self, axes: "Axes") -> None:
        """Draw accuracy against the share answered, and mark the chosen threshold."""
        plain_axes(
            axes, title="Answering only if confident", x="Images answered (%)",
            y="Accuracy among them (%)",
        )  # fmt: skip
        shares, accuracies = zip(*self.selective.curve, strict=True)
        axes.plot([100 * each for each in shares], [100 * each for each in accuracies], color=BLUE)
        wanted = 100 * (1 - self.selective.risk)
        label = f"{self.selective.wanted} right"
        axes.axhline(wanted, color=MUTED, linestyle=":", label=label)
        test = self.selective.test
        if test is not None and test.accuracy is not None:
            axes.plot(
                100 * test.share, 100 * test.accuracy, "*", color=VERMILION, markersize=11,
                linestyle="none", label=f"confidence of {self.selective.threshold:.2f} or more",
            )  # fmt: skip
        axes.set_xlim(0, 101)
        axes.set_ylim(top=101)
        axes.legend(fontsize=SMALL_PT, framealpha=0.9, edgecolor="none")


def draw_confidence(
    selective: Selective, calibration: Calibration, before: Calibration | None = None
) -> "Figure":
    """Draw both pictures side by side.

    Args:
        selective: Accuracy among the images answered.
        calibration: Of the calibrated probabilities.
        before: Of the probabilities before; None if the network was not calibrated.
    """
    figure = new_figure(9.5, 4.2)
    left, right = figure.subplots(1, 2)
    Reliability(calibration.bins, before.bins if before else None).plot(left)
    AnsweredCurve(selective).plot(right)
    return figure
