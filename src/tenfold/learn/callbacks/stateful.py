"""What a fit that goes on must remember of a callback."""

from typing import Any

import keras
import numpy as np


class StatefulCallback(keras.callbacks.Callback):
    """A callback with a state that checkpoints hold, so that a fit that goes on takes it up."""

    @property
    def state(self) -> dict[str, Any]:
        """Counters and figures, for JSON."""
        return {}

    @property
    def arrays(self) -> list[np.ndarray]:
        """Arrays, of any dtype."""
        return []

    def restore(self, state: dict[str, Any], arrays: list[np.ndarray]) -> None:
        """Go on from what `state` and `arrays` were."""

    @property
    def may_be_saved(self) -> bool:
        """Whether a fit should go on from this moment, as it should not once it has diverged."""
        return True
