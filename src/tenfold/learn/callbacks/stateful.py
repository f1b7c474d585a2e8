"""Callbacks with state that a resumed fit needs."""

from typing import Any

import keras
import numpy as np


class StatefulCallback(keras.callbacks.Callback):
    """A callback whose state is saved in checkpoints and restored when a fit is resumed."""

    @property
    def state(self) -> dict[str, Any]:
        """Counters and figures, for JSON."""
        return {}

    @property
    def arrays(self) -> list[np.ndarray]:
        """Arrays, of any dtype."""
        return []

    def restore(self, state: dict[str, Any], arrays: list[np.ndarray]) -> None:
        """Restore the saved `state` and `arrays`."""

    @property
    def may_be_saved(self) -> bool:
        """Whether a fit may be resumed from this state; False once the fit has diverged."""
        return True
