"""End a fit properly on Ctrl-C, on SIGTERM, or at a deadline."""

import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import keras


class StopOnSignal(keras.callbacks.Callback):
    """Turn the first SIGINT or SIGTERM during a fit into "stop after this batch".

    A second signal acts as it did before the fit (Ctrl-C raises KeyboardInterrupt). The previous
    handlers are restored when the fit ends. Outside the main thread, where Python receives no
    signals, this callback does nothing. Use it as a context manager around `fit` too.

    Attributes:
        received: Name of the signal that was received, such as `SIGINT`; None if there was none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.received: str | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "StopOnSignal":
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _note(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self.received = signal.Signals(number).name
        self.__exit__()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Stop if a signal was received."""
        if self.received:
            self.model.stop_training = True

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Stop if a signal was received during validation."""
        self.on_train_batch_end(0)


class StopWhenAsked(keras.callbacks.Callback):
    """End a fit when another process asks for it.

    Args:
        asked: Whether it has; called twice a second.
    """

    EVERY_S = 0.5

    def __init__(self, asked: Callable[[], bool]) -> None:
        super().__init__()
        self.asked = asked
        self._asked_at = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Ask, if it is time."""
        if time.perf_counter() - self._asked_at > self.EVERY_S:
            self._asked_at = time.perf_counter()
            if self.asked():
                self.model.stop_training = True


class StopInTime(keras.callbacks.Callback):
    """End a fit at a given time, as a last resort.

    Args:
        deadline: A value of `time.perf_counter`, in seconds.

    Attributes:
        late: Whether this callback ended the fit.
    """

    def __init__(self, deadline: float) -> None:
        super().__init__()
        self.deadline = deadline
        self.late = False

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:  # noqa: ARG002
        """Stop after the deadline."""
        if time.perf_counter() > self.deadline:
            self.late = self.model.stop_training = True
