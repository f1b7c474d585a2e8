"""A peer's learning curve: test accuracy against seconds of fitting."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from measuring import append_row, peak_memory_mb
from tenfold.core.images import ImageSet

WARM_UP = 0.2
"""The share of a fit in which `one_cycle` rises."""


@dataclass
class Curve:
    """Writes a point of the curve when asked to; scoring stops the clock.

    Attributes:
        peer: The name of the program.
        seed: Of this fit.
        test: Images that every point is scored on. No choice is made by these scores.
        cap_s: Seconds of fitting after which the peer should stop.
        path: CSV file that rows are added to.
        facts: Columns that all rows share.
    """

    peer: str
    seed: int
    test: ImageSet
    cap_s: float
    path: Path
    facts: dict[str, Any] = field(default_factory=dict)
    fit_s: float = 0.0
    _going_since: float = 0.0

    def start(self) -> None:
        """Start the clock: data is prepared, the network is made."""
        self._going_since = time.perf_counter()

    def seconds(self) -> float:
        """Seconds of fitting so far, without scoring."""
        return self.fit_s + time.perf_counter() - self._going_since

    def is_over(self) -> bool:
        """Whether the peer has used its time."""
        return self.seconds() >= self.cap_s

    def point(self, epoch: int, predict: Callable[[np.ndarray], np.ndarray]) -> None:
        """Stop the clock, score, write a row, start the clock again.

        Args:
            epoch: Epochs fitted so far.
            predict: uint8 (n, height, width, channels) -> integer labels (n,).
        """
        self.fit_s = self.seconds()
        accuracy = float((predict(self.test.images[:]) == self.test.labels).mean())
        row = {
            "peer": self.peer,
            "seed": self.seed,
            "epoch": epoch,
            "fit_s": self.fit_s,
            "test_accuracy": accuracy,
            "peak_memory_mb": peak_memory_mb(),
        }
        append_row(self.path, {**row, **self.facts})
        print(f"{self.peer} seed {self.seed}: {accuracy:.2%} after {self.fit_s:.1f} s", flush=True)
        self.start()


def one_cycle(progress: float) -> float:
    """Share of the peak rate: up linearly, down along a cosine. Source: arXiv:1708.07120."""
    if progress < WARM_UP:
        return 0.04 + 0.96 * progress / WARM_UP
    return 0.5 + 0.5 * math.cos(math.pi * min(1, (progress - WARM_UP) / (1 - WARM_UP)))
