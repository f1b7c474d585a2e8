"""Loss and accuracy, epoch by epoch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tenfold.core.history import FitRecord
from tenfold.report.display import Display, new_figure
from tenfold.report.palette import (
    BLUE,
    MUTED,
    SMALL_PT,
    VERMILION,
    plain_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Quantity = Literal["loss", "accuracy"]


@dataclass(frozen=True)
class Curves(Display):
    """One quantity by epoch, on training and validation images.

    Attributes:
        quantity: `loss` in nats, or `accuracy` in 0..1 (drawn in percent).
        train: One value for each epoch: its running mean, with dropout on.
        validation: One value for each epoch, at its end; empty without validation images.
        best_epoch: The epoch (from 1) whose weights the model holds; 0 for none.
    """

    quantity: Quantity
    train: tuple[float, ...]
    validation: tuple[float, ...]
    best_epoch: int

    @classmethod
    def from_fit(cls, fit: FitRecord, quantity: Quantity) -> "Curves":
        """Take one quantity out of a fit's epochs."""
        if quantity == "loss":
            pairs = [(epoch.loss, epoch.validation_loss) for epoch in fit.epochs]
        else:
            pairs = [(epoch.accuracy, epoch.validation_accuracy) for epoch in fit.epochs]
        train = tuple(train for train, _ in pairs)
        validation = tuple(validation for _, validation in pairs if validation is not None)
        return cls(quantity, train, validation, fit.best_epoch)

    def draw(self, axes: "Axes") -> None:
        """Draw both curves on `axes`, and mark the best epoch."""
        from matplotlib.ticker import MaxNLocator

        scale, unit = (1, "nats") if self.quantity == "loss" else (100, "%")
        name = self.quantity.capitalize()
        plain_axes(axes, title=f"{name} by epoch", x="Epoch", y=f"{name} ({unit})")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
        if not self.train:
            axes.text(0.5, 0.5, "No epoch was finished", ha="center", transform=axes.transAxes)
            return
        epochs = range(1, len(self.train) + 1)
        axes.set_xlim(0, 1.04 * len(epochs))  # A single epoch would give a range of nothing.
        train = [scale * value for value in self.train]
        validation = [scale * value for value in self.validation]
        every = max(1, len(epochs) // 10)
        axes.plot(
            epochs, train, "--s", color=BLUE, markersize=4, markevery=every,
            markerfacecolor="white", label="Training (running mean)",
        )  # fmt: skip
        if validation:
            axes.plot(
                epochs, validation, "-o", color=VERMILION, markersize=4, markevery=every,
                label="Validation",
            )  # fmt: skip
        if self.best_epoch:
            axes.axvline(self.best_epoch, color=MUTED, linestyle=":", linewidth=1.2, zorder=1)
            axes.plot(
                self.best_epoch, (validation or train)[self.best_epoch - 1], "*", color="black",
                markersize=11, label=f"Weights kept: epoch {self.best_epoch}", linestyle="none",
            )  # fmt: skip
        axes.legend(fontsize=SMALL_PT, framealpha=0.9, edgecolor="none")


def draw_curves(fit: FitRecord) -> "Figure":
    """Draw loss and accuracy of a fit side by side."""
    figure = new_figure(9.5, 3.8)
    left, right = figure.subplots(1, 2)
    Curves.from_fit(fit, "loss").plot(left)
    Curves.from_fit(fit, "accuracy").plot(right)
    return figure
