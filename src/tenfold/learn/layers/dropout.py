"""Dropout with masks that depend only on a seed and the step."""

from typing import TYPE_CHECKING, Any

import tensorflow as tf

from tenfold.learn.layers.base import FeatureMajorLayer
from tenfold.learn.layers.form import Form
from tenfold.learn.serialisable import serialisable

if TYPE_CHECKING:
    from tenfold.learn.team import Team


@serialisable
class StepDropout(FeatureMajorLayer):
    """Drop a share of activations, with a mask that depends on the seed and a step counter.

    One random byte decides for each activation, so the share is rounded to 1/256. The step counter
    is saved as a weight, so that a resumed fit draws the same masks as an uninterrupted one.

    Args:
        rate: Share of activations dropped, in [0, 1).
        seed: Decides the masks.

    Source: arXiv:1207.0580.
    """

    settings = ("rate", "seed")

    def __init__(self, rate: float, *, seed: int = 0, **options: Any) -> None:
        super().__init__(**options)
        self.rate, self.seed = rate, seed
        self.team: Team | None = None  # The workers that share a fit; set while they fit.

    def describe(self) -> str:
        """What the layer does, in a few words."""
        return f"dropout of {100 * self.rate:.0f} % while fitting"

    def build(self, shape: tuple[int, ...]) -> None:  # noqa: ARG002
        """Make the counter: int64 ()."""
        self.step = self.add_weight(
            shape=(), dtype="int64", initializer="zeros", trainable=False, name="step"
        )

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Drop while fitting; the remaining activations are scaled up to keep the mean."""
        if not training:
            return x
        step = tf.convert_to_tensor(self.step)
        self.step.assign(step + 1)
        n_dropped = min(round(256 * self.rate), 255)
        shape = tf.shape(x)
        if self.team is not None:
            shape = tf.concat([shape[:-1], [tf.cast(self.team.batch_size(), tf.int32)]], axis=0)
        size = tf.reduce_prod(shape)
        n_words = size // 4 + 1
        key = tf.stack([tf.constant(self.seed, tf.int64), step])
        words = tf.random.stateless_uniform((n_words,), key, None, None, tf.int32)
        drawn = tf.reshape(tf.reshape(tf.bitcast(words, tf.uint8), (-1,))[:size], shape)
        if self.team is not None:  # The same masks as of one worker with the whole batch.
            begin, end = self.team.part(shape[-1])
            drawn = drawn[..., begin:end]
        kept = tf.cast(drawn >= tf.constant(n_dropped, tf.uint8), x.dtype)
        return x * (kept * tf.cast(256 / (256 - n_dropped), x.dtype))

    def unfold(self, below: Form) -> Form:
        """Outside a fit, nothing is dropped."""
        return below
