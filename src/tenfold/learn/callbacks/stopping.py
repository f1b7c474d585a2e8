"""Decide when a fit ends, and which weights the model keeps."""

import math
from typing import Any

import keras
import numpy as np

from tenfold.learn.callbacks.stateful import StatefulCallback


class KeepBest(StatefulCallback):
    """Keep the weights of the epoch with the lowest validation loss; stop without progress.

    Without `patience`, all epochs are run and the last weights are kept. In both cases, a loss or
    weight that is not finite ends the fit and restores the weights of the last good epoch.

    Args:
        patience: Epochs without a lower validation loss after which fitting stops.

    Attributes:
        best_epoch: The epoch (from 1) whose weights are kept; 0 for the initial weights.
        stopped_early: Whether patience ran out.
        diverged_at: The epoch (from 1) whose loss or weights were not finite, or None.
    """

    def __init__(self, patience: int | None) -> None:
        super().__init__()
        self.patience = patience
        self.best_epoch = 0
        self.best_loss = math.inf
        self.best_weights: list[np.ndarray] = []
        self.stopped_early = False
        self.diverged_at: int | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Keep the initial weights, in case the first epoch diverges."""
        if not self.best_weights:
            self.best_weights = self.model.get_weights()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Stop at once when the running mean of the loss is not finite."""
        if logs and not math.isfinite(logs["loss"]):
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Compare this epoch with the best."""
        logs = logs or {}
        weights = self.model.get_weights()
        # ReLU turns NaN into 0, so weights can be NaN even if the loss is finite.
        loss = logs.get("val_loss", logs["loss"])  # A fit may have no validation images.
        numbers = [logs["loss"], loss, *weights]
        if not all(np.isfinite(number).all() for number in numbers):
            self.diverged_at = epoch + 1
            self.model.stop_training = True
        elif self.patience is None or loss < self.best_loss:
            self.best_loss = loss
            self.best_epoch = epoch + 1
            self.best_weights = weights
        elif epoch + 1 - self.best_epoch >= self.patience:
            self.stopped_early = True
            self.model.stop_training = True

    def put_back(self, model: keras.Model) -> None:
        """Give `model` the kept weights, after the last epoch."""
        model.set_weights(self.best_weights)

    @property
    def state(self) -> dict[str, Any]:
        """Everything to save besides the best weights."""
        return {
            "best_epoch": self.best_epoch,
            "best_loss": self.best_loss,
            "stopped_early": self.stopped_early,
        }

    @property
    def arrays(self) -> list[np.ndarray]:
        """The best weights."""
        return self.best_weights

    def restore(self, state: dict[str, Any], arrays: list[np.ndarray]) -> None:
        """Restore the best weights so far."""
        self.best_epoch = state["best_epoch"]
        self.best_loss = state["best_loss"]
        self.stopped_early = state["stopped_early"]
        self.best_weights = arrays

    @property
    def may_be_saved(self) -> bool:
        """Whether all numbers are finite."""
        return self.diverged_at is None
