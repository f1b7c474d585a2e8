"""Tell how a fit is going."""

import time
from collections.abc import Callable
from typing import Any

import keras

from tenfold.core.history import Epoch


class EpochLog(keras.callbacks.Callback):
    """Collect every epoch, and hand each to a listener.

    Args:
        listen: Called with each finished epoch.

    Attributes:
        epochs: Every finished epoch, in order. An interrupted fit's last one is cut short.
        spent_s: Seconds that the next epoch to begin has taken already, before it was killed.
    """

    def __init__(self, listen: Callable[[Epoch], None]) -> None:
        super().__init__()
        self.listen = listen
        self.epochs: list[Epoch] = []
        self.spent_s = 0.0
        self._began_at = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Start the epoch's clock."""
        self._began_at = time.perf_counter() - self.spent_s
        self.spent_s = 0.0

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Note the epoch."""
        logs = logs or {}
        self.epochs.append(
            Epoch(
                epoch=epoch + 1,
                loss=float(logs["loss"]),
                accuracy=float(logs["accuracy"]),
                validation_loss=float(logs["val_loss"]),
                validation_accuracy=float(logs["val_accuracy"]),
                learning_rate=float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
                wall_s=self.epoch_s,
            )
        )
        self.listen(self.epochs[-1])

    @property
    def epoch_s(self) -> float:
        """Seconds that the epoch at hand has taken so far."""
        return time.perf_counter() - self._began_at
