"""How well probabilities agree with how often a network is right, in numbers."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Bin:
    """Images whose confidence is about the same; shares in 0..1.

    Attributes:
        n: How many they are.
        confidence: Their mean confidence, the probability of the predicted class.
        accuracy: Share of them that are right.
        interval_95: The 95 % interval of that share.
    """

    n: int
    confidence: float
    accuracy: float
    interval_95: tuple[float, float]


@dataclass(frozen=True)
class Calibration:
    """Confidence against accuracy; shares in 0..1.

    Attributes:
        confidence: Mean confidence.
        error: Expected calibration error: the mean distance between confidence and accuracy over
            the bins, less what chance alone adds to it.
        error_interval_95: Its 95 % interval.
        largest_error: Maximum calibration error: the largest such distance of a bin, with what
            chance adds.
        brier: Brier score: the mean squared distance between the probabilities of all classes and
            the truth, in 0..2.
        brier_interval_95: Its 95 % interval.
        bins: Up to 15 bins of equally many images, the least confident first.
    """

    confidence: float
    error: float
    error_interval_95: tuple[float, float]
    largest_error: float
    brier: float
    brier_interval_95: tuple[float, float]
    bins: tuple[Bin, ...]

    def to_dict(self) -> dict[str, Any]:
        """Give the plain numbers that `metrics.json` holds."""
        return asdict(self)
