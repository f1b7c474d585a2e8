"""Report the progress of a fit."""

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import keras
import numpy as np

from tenfold.core.history import Epoch
from tenfold.core.progress import WatchesSteps
from tenfold.learn.callbacks.stateful import StatefulCallback

EVERY_S = 0.1
"""The least seconds between two reported steps; reporting every step would slow the fit."""


class EpochLog(StatefulCallback):
    """Collect every epoch, and pass each to a listener.

    Args:
        listen: Called with each finished epoch; also with steps if it is a `WatchesSteps`.
        n_steps: Number of steps in a whole epoch.

    Attributes:
        epochs: Every finished epoch, in order. The last one of an interrupted fit is incomplete.
    """

    def __init__(self, listen: Callable[[Epoch], None], n_steps: int) -> None:
        super().__init__()
        self.listen, self.n_steps = listen, n_steps
        self._watching = listen if isinstance(listen, WatchesSteps) else None
        self._watched_at = 0.0
        self.epochs: list[Epoch] = []
        self._spent_s = 0.0  # Seconds of the current epoch in an earlier process.
        self._began_at: float | None = None

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Start the epoch's clock."""
        self._began_at = time.perf_counter() - self._spent_s
        self._spent_s = 0.0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Report a step, at most ten times a second. In a resumed epoch, `batch` starts from 0."""
        if self._watching is None or time.perf_counter() - self._watched_at < EVERY_S:
            return
        self._watched_at = time.perf_counter()
        done = self.n_steps - self.params["steps"] + batch + 1
        self._watching.step(len(self.epochs) + 1, done, self.n_steps, float((logs or {})["loss"]))

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Report the end of the fit."""
        if self._watching is not None:
            self._watching.end()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Record the epoch."""
        logs = logs or {}
        self.epochs.append(
            Epoch(
                epoch=epoch + 1,
                loss=float(logs["loss"]),
                accuracy=float(logs["accuracy"]),
                validation_loss=_number(logs.get("val_loss")),
                validation_accuracy=_number(logs.get("val_accuracy")),
                learning_rate=float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
                wall_s=self.epoch_s,
            )
        )
        self._began_at = None
        self.listen(self.epochs[-1])

    @property
    def epoch_s(self) -> float:
        """Seconds that the current epoch has taken so far; 0 between epochs."""
        return 0.0 if self._began_at is None else time.perf_counter() - self._began_at

    @property
    def state(self) -> dict[str, Any]:
        """The history, and the seconds of an epoch that is not finished."""
        return {"epochs": [asdict(epoch) for epoch in self.epochs], "epoch_s": self.epoch_s}

    def restore(self, state: dict[str, Any], arrays: list[np.ndarray]) -> None:  # noqa: ARG002
        """Restore the history and the seconds of the current epoch."""
        self.epochs = [Epoch(**epoch) for epoch in state["epochs"]]
        self._spent_s = state["epoch_s"]


def _number(figure: Any) -> float | None:
    """A Keras figure as a Python float; None if there are no validation images."""
    return None if figure is None else float(figure)
