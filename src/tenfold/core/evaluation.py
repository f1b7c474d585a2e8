"""How good a model's predictions are, in numbers."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from tenfold.core.calibration import Calibration
from tenfold.core.html import html_table
from tenfold.core.text import percent

Interval = tuple[float, float]
"""Lower and upper end of a 95 % interval."""


@dataclass(frozen=True)
class ClassScore:
    """Recall, precision and F1 of one class, each in 0..1, and its number of images.

    A class without images has no figures: they are None. Each figure has a 95 % interval; a
    precision has none if the class is never predicted.
    """

    recall: float | None
    precision: float | None
    f1: float | None
    n: int
    recall_interval_95: Interval | None = None
    precision_interval_95: Interval | None = None
    f1_interval_95: Interval | None = None

    @property
    def words(self) -> tuple[str, str, str, str]:
        """Recall, precision, F1 and the number of images for a table; `-` for no figure."""
        figures = (self.recall, self.precision, self.f1)
        recall, precision, f1 = ("-" if each is None else f"{each:.3f}" for each in figures)
        return recall, precision, f1, f"{self.n:,}"


@dataclass(frozen=True)
class Evaluation:
    """Figures of one set of predictions; shares are in 0..1.

    Attributes:
        n: Number of images.
        accuracy: Share of images whose most probable class is the actual one.
        top2_accuracy: Share of images whose actual class is among the two most probable.
        log_loss: Mean negative log probability of the actual class, in nats.
        recall_macro: Mean recall of the classes that have images; precision and F1 likewise.
        recall_weighted: The same, weighted by images in each class.
        per_class: Class name to its score, in label order.
        confusion: int64 (n_classes, n_classes): rows are actual classes, columns predicted.
        calibration: How well the probabilities agree with how often the network is right.
        intervals: The 95 % interval of each of the figures above, by its name.
    """

    n: int
    accuracy: float
    top2_accuracy: float
    log_loss: float
    recall_macro: float
    precision_macro: float
    f1_macro: float
    recall_weighted: float
    precision_weighted: float
    f1_weighted: float
    per_class: dict[str, ClassScore]
    confusion: np.ndarray
    calibration: Calibration
    intervals: dict[str, Interval] = field(default_factory=dict)

    @property
    def accuracy_low(self) -> float:
        """Lower end of the 95 % interval of `accuracy`."""
        return self.intervals["accuracy"][0]

    @property
    def accuracy_high(self) -> float:
        """Upper end of that interval."""
        return self.intervals["accuracy"][1]

    @property
    def balanced_accuracy(self) -> float:
        """Accuracy if all classes that have images had the same number: the mean of recalls."""
        return self.recall_macro

    def to_dict(self) -> dict[str, Any]:
        """Give the plain numbers that `metrics.json` holds; `confusion` has its own file."""
        figures = {name: getattr(self, name) for name in FIGURES}
        return {
            "n": self.n,
            **figures,
            **{f"{name}_interval_95": list(self.intervals[name]) for name in FIGURES},
            "calibration": self.calibration.to_dict(),
            "per_class": {name: asdict(score) for name, score in self.per_class.items()},
        }

    def shown(self) -> list[tuple[str, str, str]]:
        """Each figure in words, for a table: title, value, 95 % interval.

        Of two classes the actual one is always among the best two, so that figure is left out.
        """
        names = [each for each in FIGURES if each != "top2_accuracy" or len(self.per_class) > 2]
        rows = []
        for name in names:
            title, style = FIGURES[name]
            low, high = self.intervals[name]
            rows.append((title, style(getattr(self, name)), f"{style(low)} to {style(high)}"))
        return rows

    def _repr_html_(self) -> str:
        figures = [("images", f"{self.n:,}", "")]
        figures += self.shown()
        classes = [(name, *score.words) for name, score in self.per_class.items()]
        by_class = html_table(("class", "recall", "precision", "F1", "images"), classes)
        return html_table(("figure", "", "95 % interval"), figures) + by_class


def _plain(value: float) -> str:
    return f"{value:.4f}"


FIGURES: dict[str, tuple[str, Callable[[float], str]]] = {
    "accuracy": ("accuracy", percent),
    "balanced_accuracy": ("accuracy, balanced", percent),
    "top2_accuracy": ("accuracy, best two", percent),
    "log_loss": ("log loss (nats)", _plain),
    "recall_weighted": ("recall, weighted", _plain),
    "precision_weighted": ("precision, weighted", _plain),
    "f1_weighted": ("F1, weighted", _plain),
    "recall_macro": ("recall, macro", _plain),
    "precision_macro": ("precision, macro", _plain),
    "f1_macro": ("F1, macro", _plain),
}
"""The figures of an evaluation in the order of every table: title, and how a value is written."""
