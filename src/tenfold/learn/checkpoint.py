"""Write the state of a fit while it runs, and take it up again."""

import time
from dataclasses import asdict
from typing import Any

import keras
import numpy as np

from tenfold.core.checkpoint import Checkpoint, Checkpoints
from tenfold.core.errors import TenfoldError
from tenfold.core.history import Epoch
from tenfold.learn.progress import EpochLog
from tenfold.learn.stopping import KeepBest


class SaveCheckpoints(keras.callbacks.Callback):
    """Save everything that the rest of a fit depends on: at each epoch's end, and in between.

    That is: weights with the counters of dropout, the optimiser with its schedule's step, the
    running means of loss and accuracy, the best weights, and the history. Orders and
    augmentation need no state: seed and step decide them. A state with a number that is not
    finite is never saved. List it after `keep` and `log`, whose state it saves.

    Args:
        files: Where to; None to save nothing.
        settings: What the fit must still be told when it goes on, for JSON.
        n_steps: Steps of an epoch.
        keep: The callback with the best weights.
        log: The callback with the history.

    Attributes:
        steps_done: Steps of the whole fit so far.
        earlier_s: Seconds of fitting before this process.
    """

    def __init__(
        self,
        files: Checkpoints | None,
        *,
        settings: dict[str, Any],
        n_steps: int,
        keep: KeepBest,
        log: EpochLog,
    ) -> None:
        super().__init__()
        self.files, self.settings, self.n_steps = files, settings, n_steps
        self.keep, self.log = keep, log
        self.steps_done = 0
        self.earlier_s = 0.0
        self._metrics: list[np.ndarray] = []
        self._epoch_began = 0
        self._began_at = self._saved_at = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Put the running means of an epoch that was cut back: Keras has just reset them."""
        self._epoch_began = self.steps_done
        if self._metrics:
            _assign(self.model.metrics_variables, self._metrics)
            self._metrics = []

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Save within an epoch when it is time, or when the fit is being stopped."""
        self.steps_done = self._epoch_began + batch + 1
        within = self.steps_done % self.n_steps
        due = self.files is not None and time.perf_counter() - self._saved_at > self.files.every_s
        if within and (due or self.model.stop_training):
            self.save(within_epoch=True)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Save after a whole epoch."""
        if self.steps_done % self.n_steps == 0:
            self.save(within_epoch=False)

    @property
    def wall_s(self) -> float:
        """Seconds of fitting, in this process and before."""
        return self.earlier_s + time.perf_counter() - self._began_at

    def save(self, *, within_epoch: bool) -> None:
        """Write a checkpoint now, unless a number in it is not finite."""
        if self.files is None or self.keep.diverged_at is not None:
            return
        groups = {
            "model": _values(self.model.variables),
            "optimizer": _values(self.model.optimizer.variables),
            "metrics": _values(self.model.metrics_variables) if within_epoch else [],
            "best": self.keep.best_weights,
        }
        if not all(np.isfinite(value).all() for values in groups.values() for value in values):
            return
        state = {
            "settings": self.settings,
            "steps_done": self.steps_done,
            "earlier_s": self.wall_s,
            "epoch_s": self.log.epoch_s if within_epoch else 0.0,
            "epochs": [asdict(epoch) for epoch in self.log.epochs],
            "keep": self.keep.state,
            "sizes": {name: len(values) for name, values in groups.items()},
        }
        arrays = tuple(value for values in groups.values() for value in values)
        self.files.save(self.steps_done, Checkpoint(state, arrays))
        self._saved_at = time.perf_counter()

    def take_up(self, model: keras.Model, checkpoint: Checkpoint, targets: np.ndarray) -> None:
        """Bring `model`, compiled as it was, and the callbacks to a checkpoint's state.

        Args:
            model: The network.
            checkpoint: The state.
            targets: Some of what the fit is told of images; only dtype and shape count.

        Raises:
            TenfoldError: The checkpoint is of another network or of other settings.
        """
        state, arrays = checkpoint.state, list(checkpoint.arrays)
        _check_settings(state["settings"], self.settings)
        model.optimizer.build(model.trainable_variables)
        groups = {name: [arrays.pop(0) for _ in range(n)] for name, n in state["sizes"].items()}
        _assign(model.variables, groups["model"])
        _assign(model.optimizer.variables, groups["optimizer"])
        self._metrics = groups["metrics"]
        if self._metrics:  # Keras makes their variables when they first see a batch.
            probabilities = np.zeros((1, model.output_shape[-1]), np.float32)
            model.compute_metrics(None, targets[:1], probabilities)
        self.steps_done, self.earlier_s = state["steps_done"], state["earlier_s"]
        self.log.epochs = [Epoch(**epoch) for epoch in state["epochs"]]
        self.log.spent_s = state["epoch_s"]
        self.keep.take_up(state["keep"], groups["best"])


def _values(variables: list[keras.Variable]) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def _assign(variables: list[keras.Variable], values: list[np.ndarray]) -> None:
    expected = [(tuple(variable.shape), str(variable.dtype)) for variable in variables]
    found = [(value.shape, str(value.dtype)) for value in values]
    if expected != found:
        raise TenfoldError(
            "The checkpoint belongs to another network than the one that recipe.yaml describes. "
            "Bring the old recipe.yaml back, or start a new run."
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _check_settings(before: dict[str, Any], now: dict[str, Any]) -> None:
    for key in sorted(before):  # A setting that an older version did not know is as it was then.
        if before[key] != now.get(key):
            raise TenfoldError(
                f"The settings of this run have changed since its checkpoint: expected {key} "
                f"{before[key]!r}; found {now.get(key)!r}. Bring recipe.yaml back, or start "
                "a new run."
            )
