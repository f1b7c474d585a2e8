"""A learning rate that rises, then falls to zero."""

from typing import Any

import keras
import tensorflow as tf

from tenfold.learn.serialisable import serialisable


@serialisable
class WarmUpThenDown(keras.optimizers.schedules.LearningRateSchedule):
    """Rise linearly to the peak, then fall linearly to zero at the last step.

    Args:
        peak: The highest learning rate.
        n_steps: Number of steps of the whole fit.
        warm_up: Share of the steps in which the rate rises, in (0, 1).
    """

    def __init__(self, peak: float, n_steps: int, warm_up: float = 0.1) -> None:
        self.peak, self.n_steps, self.warm_up = peak, n_steps, warm_up

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """The learning rate of `step`, counted from 0: float32 ()."""
        done = (tf.cast(step, tf.float32) + 1) / self.n_steps
        down = (1 - done + 1 / self.n_steps) / (1 - self.warm_up)
        return self.peak * tf.clip_by_value(tf.minimum(done / self.warm_up, down), 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        """The settings from which `from_config` makes this schedule again."""
        return {"peak": self.peak, "n_steps": self.n_steps, "warm_up": self.warm_up}
