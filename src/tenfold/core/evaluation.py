"""How good a model's predictions are, in numbers."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tenfold.core.html import html_table
from tenfold.core.text import percent


@dataclass(frozen=True)
class ClassScore:
    """Recall, precision and F1 of one class, each in 0..1, and its number of images.

    A class without images has no figures: they are None.
    """

    recall: float | None
    precision: float | None
    f1: float | None
    n: int

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
        accuracy_low: Lower end of the 95 % interval of `accuracy`.
        accuracy_high: Upper end of that interval.
        top2_accuracy: Share of images whose actual class is among the two most probable.
        log_loss: Mean negative log probability of the actual class, in nats.
        recall_macro: Mean recall of the classes that have images; precision and F1 likewise.
        recall_weighted: The same, weighted by images in each class.
        per_class: Class name to its score, in label order.
        confusion: int64 (n_classes, n_classes): rows are actual classes, columns predicted.
    """

    n: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
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

    @property
    def balanced_accuracy(self) -> float:
        """Accuracy if all classes that have images had the same number: the mean of recalls."""
        return self.recall_macro

    def to_dict(self) -> dict[str, Any]:
        """Give the plain numbers that `metrics.json` holds; `confusion` has its own file."""
        return {
            "n": self.n,
            "accuracy": self.accuracy,
            "accuracy_interval_95": [self.accuracy_low, self.accuracy_high],
            "balanced_accuracy": self.balanced_accuracy,
            "top2_accuracy": self.top2_accuracy,
            "log_loss": self.log_loss,
            "recall_macro": self.recall_macro,
            "precision_macro": self.precision_macro,
            "f1_macro": self.f1_macro,
            "recall_weighted": self.recall_weighted,
            "precision_weighted": self.precision_weighted,
            "f1_weighted": self.f1_weighted,
            "per_class": {name: asdict(score) for name, score in self.per_class.items()},
        }

    def _repr_html_(self) -> str:
        low, high = percent(self.accuracy_low), percent(self.accuracy_high)
        figures = [
            ("images", f"{self.n:,}"),
            ("accuracy", f"{percent(self.accuracy)} (95 % interval {low} to {high})"),
            ("accuracy, balanced", percent(self.balanced_accuracy)),
            ("accuracy, best two", percent(self.top2_accuracy)),
            ("log loss (nats)", f"{self.log_loss:.4f}"),
            ("F1, macro", f"{self.f1_macro:.4f}"),
        ]
        classes = [(name, *score.words) for name, score in self.per_class.items()]
        by_class = html_table(("class", "recall", "precision", "F1", "images"), classes)
        return html_table(("figure", ""), figures) + by_class
