"""What a cross-validation found."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Fold:
    """One fold of a cross-validation.

    Attributes:
        n_fit: Images that its network was fitted to.
        n: Images that it predicted; it had not seen them.
        accuracy: Share of these that are right, in 0..1.
        epochs: Finished epochs.
        wall_s: Seconds of its fit.
    """

    n_fit: int
    n: int
    accuracy: float
    epochs: int
    wall_s: float


@dataclass(frozen=True)
class CrossValidation:
    """Figures of all folds; shares are in 0..1.

    Attributes:
        folds: Each fold, in order.
        mean: Mean of the folds' accuracies.
        sd: Their standard deviation (divided by n - 1): how much fits differ from each other. It
            gives no interval, since folds share most of their images.
        accuracy: Share of all images that are right, each predicted once.
        low: Lower end of the 95 % interval of `accuracy`.
        high: Upper end.
        wall_s: Seconds of all fits.
        temperature: At which all predictions together are calibrated, and were written; None where
            an earlier version wrote them.
    """

    folds: tuple[Fold, ...]
    mean: float
    sd: float
    accuracy: float
    low: float
    high: float
    wall_s: float
    temperature: float | None = None

    @property
    def n(self) -> int:
        """Images that were predicted."""
        return sum(fold.n for fold in self.folds)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "folds": [asdict(fold) for fold in self.folds],
            "accuracy_mean": self.mean,
            "accuracy_sd": self.sd,
            "accuracy": self.accuracy,
            "accuracy_interval_95": [self.low, self.high],
            "wall_s": self.wall_s,
            "temperature": self.temperature,
        }

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "CrossValidation":
        """Rebuild it from what `to_dict` made of it."""
        low, high = content["accuracy_interval_95"]
        return cls(
            folds=tuple(Fold(**fold) for fold in content["folds"]),
            mean=content["accuracy_mean"],
            sd=content["accuracy_sd"],
            accuracy=content["accuracy"],
            low=low,
            high=high,
            wall_s=content["wall_s"],
            temperature=content.get("temperature"),
        )
