"""Save the state of a fit while it runs, and restore it."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tenfold.core.errors import RunFolderError
from tenfold.learn.callbacks.stateful import StatefulCallback
from tenfold.runs.checkpoint import Checkpoint, Checkpoints

LAYOUT = 2
"""The version of a checkpoint's content; a new version has a higher number."""


class SaveCheckpoints(keras.callbacks.Callback):
    """Save all state that the rest of a fit depends on: after each epoch, and within epochs.

    The state includes the weights and the counters of dropout, the optimiser and its step, the
    running means of loss and accuracy, and the state of other callbacks. The order of images and
    the augmentation need no state, because the seed and the step decide them. A state with a number
    that is not finite is never saved. List this callback after the callbacks whose state it saves.

    Args:
        files: Where to save; None to save nothing.
        settings: Settings that must not change before the fit is resumed, as JSON values.
        n_steps: Number of steps in an epoch.
        callbacks: Callbacks with state to save, each of a different class.

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
        callbacks: Iterable[StatefulCallback],
    ) -> None:
        super().__init__()
        self.files, self.settings, self.n_steps = files, settings, n_steps
        self.callbacks: dict[str, StatefulCallback] = {}
        for callback in callbacks:
            name = type(callback).__name__
            if name in self.callbacks:
                raise ValueError(f"Expected callbacks of different classes; received two {name}.")
            self.callbacks[name] = callback
        self.steps_done = 0
        self.earlier_s = 0.0
        self._metrics: list[np.ndarray] = []
        self._epoch_began = 0
        self._began_at = self._saved_at = time.perf_counter()

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Restore the running means of an interrupted epoch, which Keras has just reset."""
        self._epoch_began = self.steps_done
        if self._metrics:
            _assign(self.model.metrics_variables, self._metrics)
            self._metrics = []

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Save within an epoch when a checkpoint is due, or when the fit is being stopped."""
        self.steps_done = self._epoch_began + batch + 1
        within = self.steps_done % self.n_steps
        if within and (self.is_due or self.model.stop_training):
            self.save(within_epoch=True)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Save after a whole epoch, unless the last checkpoint is too young."""
        rest_s = self.files.rest_s if self.files else 0.0
        rests = time.perf_counter() - self._saved_at < rest_s
        if self.steps_done % self.n_steps == 0 and not rests:
            self.save(within_epoch=False)

    @property
    def is_due(self) -> bool:
        """Whether the last checkpoint is old enough for the next."""
        if self.files is None:
            return False
        return time.perf_counter() - self._saved_at > self.files.every_s

    @property
    def running_means(self) -> list[np.ndarray]:
        """The variables of loss and accuracy."""
        return _values(self.model.metrics_variables)

    @property
    def wall_s(self) -> float:
        """Seconds of fitting, in this process and in earlier ones."""
        return self.earlier_s + time.perf_counter() - self._began_at

    def save(self, *, within_epoch: bool) -> None:
        """Write a checkpoint now, unless a number in it is not finite."""
        if self.files is None or not all(each.may_be_saved for each in self.callbacks.values()):
            return
        groups = {
            "model": _values(self.model.variables),
            "optimizer": _values(self.model.optimizer.variables),
            "metrics": self.running_means if within_epoch else [],
            **{name: callback.arrays for name, callback in self.callbacks.items()},
        }
        arrays = [array for group in groups.values() for array in group]
        if not all(np.isfinite(array).all() for array in arrays):
            return
        state = {
            "layout": LAYOUT,
            "settings": self.settings,
            "steps_done": self.steps_done,
            "earlier_s": self.wall_s,
            "callbacks": {name: callback.state for name, callback in self.callbacks.items()},
            "sizes": {name: len(group) for name, group in groups.items()},
            "dtypes": [str(array.dtype) for array in arrays],
        }
        self.files.save(self.steps_done, Checkpoint(state, tuple(map(_as_stored, arrays))))
        self._saved_at = time.perf_counter()

    def take_up(self, model: keras.Model, checkpoint: Checkpoint) -> None:
        """Restore a checkpoint's state in the compiled `model` and the callbacks.

        Args:
            model: The network, whose optimiser and metrics have their variables.
            checkpoint: The state.

        Raises:
            RunFolderError: The checkpoint belongs to another network, other settings, or another
                version of Tenfold.
        """
        state = checkpoint.state
        if state.get("layout") != LAYOUT:
            raise RunFolderError(
                "Another version of Tenfold wrote this checkpoint, and this version cannot use it. "
                "Resume the run with that version, or start a new run."
            )
        _check_settings(state["settings"], self.settings)
        groups = _groups(state["sizes"], state["dtypes"], checkpoint.arrays)
        _assign(model.variables, groups["model"])
        _assign(model.optimizer.variables, groups["optimizer"])
        self._metrics = groups["metrics"]
        self.steps_done, self.earlier_s = state["steps_done"], state["earlier_s"]
        for name, callback in self.callbacks.items():
            if name in state["callbacks"]:  # A callback that is new begins now.
                callback.restore(state["callbacks"][name], groups[name])


def _as_stored(array: np.ndarray) -> np.ndarray:
    """The same bits in a dtype that NumPy itself has; bfloat16 needs TensorFlow."""
    return array.view(f"u{array.itemsize}") if array.dtype.kind == "V" else array


def _groups(
    sizes: dict[str, int], dtypes: Sequence[str], arrays: Sequence[np.ndarray]
) -> dict[str, list[np.ndarray]]:
    """Arrays grouped by their owner, in the dtypes that they had before `_as_stored`."""
    whole = iter(
        array.view(tf.as_dtype(dtype).as_numpy_dtype)
        for array, dtype in zip(arrays, dtypes, strict=True)
    )
    return {name: [next(whole) for _ in range(n)] for name, n in sizes.items()}


def _values(variables: list[keras.Variable]) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def _assign(variables: list[keras.Variable], values: list[np.ndarray]) -> None:
    expected = [(tuple(variable.shape), str(variable.dtype)) for variable in variables]
    found = [(value.shape, str(value.dtype)) for value in values]
    if expected != found:
        raise RunFolderError(
            "The checkpoint belongs to a different network from the one in recipe.yaml. Restore "
            "the old recipe.yaml, or start a new run."
        )
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _check_settings(before: dict[str, Any], now: dict[str, Any]) -> None:
    """Compare settings, including those of the network and the optimiser; kinds first."""
    for key in sorted(before, key=lambda key: (key != "kind", key)):
        was, found = before[key], now.get(key)  # A newer version may have more settings.
        if isinstance(was, dict) and isinstance(found, dict):
            _check_settings(was, found)
        elif was != found:
            raise RunFolderError(
                f"The settings of this run have changed since its checkpoint: expected {key} "
                f"{was!r}; found {found!r}. Restore the old recipe.yaml, or start a new run."
            )
