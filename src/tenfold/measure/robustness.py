"""How accurate a network is on spoilt images."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from tenfold.core.images import ImageSet
from tenfold.core.predictions import Predict
from tenfold.measure.corruptions import CORRUPTIONS, Corruption
from tenfold.measure.intervals import wilson_interval


@dataclass(frozen=True)
class Share:
    """How many of `n` images are classified correctly."""

    n_right: int
    n: int

    @property
    def accuracy(self) -> float:
        """The share, in 0..1."""
        return self.n_right / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval."""
        return wilson_interval(self.n_right, self.n)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"accuracy": self.accuracy, "accuracy_interval_95": list(self.interval)}


@dataclass(frozen=True)
class Spoilt:
    """Figures of one corruption.

    Attributes:
        name: Of the corruption.
        unit: What its strengths count.
        strengths: The mildest first.
        shares: Right answers at each strength.
    """

    name: str
    unit: str
    strengths: tuple[float, ...]
    shares: tuple[Share, ...]

    @property
    def mean_accuracy(self) -> float:
        """The mean over the strengths, in 0..1."""
        return float(np.mean([share.accuracy for share in self.shares]))


@dataclass(frozen=True)
class Robustness:
    """Accuracy on unchanged and on spoilt images, the same ones each time.

    Attributes:
        unchanged: Right answers on the unchanged images.
        corruptions: Figures of each corruption.
    """

    unchanged: Share
    corruptions: tuple[Spoilt, ...]

    @property
    def mean_accuracy(self) -> float:
        """The mean over all corruptions and strengths, in 0..1."""
        return float(np.mean([each.mean_accuracy for each in self.corruptions]))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "n": self.unchanged.n,
            "unchanged": self.unchanged.to_dict(),
            "mean_accuracy": self.mean_accuracy,
            "corruptions": {
                each.name: {
                    "unit": each.unit,
                    "mean_accuracy": each.mean_accuracy,
                    "strengths": [
                        {"strength": strength, **share.to_dict()}
                        for strength, share in zip(each.strengths, each.shares, strict=True)
                    ],
                }
                for each in self.corruptions
            },
        }


def measure_robustness(
    predict: Predict,
    images: ImageSet,
    *,
    seed: int,
    corruptions: Sequence[Corruption] = CORRUPTIONS,
) -> Robustness:
    """Spoil images in every way and at every strength, and count the right answers.

    A few megabytes of images are spoilt at a time.

    Args:
        predict: uint8 (n, height, width, channels) -> probabilities (n, n_classes).
        images: One image or more.
        seed: Decides what the corruptions draw.
        corruptions: The ways.
    """

    def right(spoil: Callable[..., np.ndarray]) -> Share:
        n_right, at = 0, 0
        for part in images.parts():
            labels = images.labels[at : at + len(part)]
            predicted = predict(spoil(part, seed=(seed, at))).argmax(axis=1)
            n_right += int((predicted == labels).sum())
            at += len(part)
        return Share(n_right, len(images))

    unchanged = right(lambda part, seed: part)  # noqa: ARG005
    spoilt = [
        Spoilt(
            name=each.name,
            unit=each.unit,
            strengths=each.strengths,
            shares=tuple(right(partial(each, strength=strength)) for strength in each.strengths),
        )
        for each in corruptions
    ]
    return Robustness(unchanged, tuple(spoilt))
