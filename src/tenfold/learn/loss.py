"""Cross-entropy with label smoothing and class weights."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from tenfold.learn.serialisable import serialisable


@serialisable
class SmoothedCrossEntropy(keras.losses.Loss):
    """Cross-entropy in nats between labels and probabilities (batch, n_classes).

    Labels are integers (batch,), or the target probability of each class (batch, n_classes).

    Args:
        smoothing: Share of the target probability that is spread evenly over all classes.
        class_weights: The weight of each class, above 0; None for equal weights. A mixed image
            has the weighted mean of the weights of its two classes; smoothing does not change it.
        name: Name of the loss.
        **options: Options that Keras has for every loss.

    Source: label smoothing, arXiv:1512.00567.
    """

    def __init__(
        self,
        smoothing: float = 0.0,
        class_weights: Sequence[float] | None = None,
        name: str = "loss",
        **options: Any,
    ) -> None:
        super().__init__(name=name, **options)
        self.smoothing = smoothing
        self.class_weights = None if class_weights is None else tuple(map(float, class_weights))

    def call(self, labels: tf.Tensor, probabilities: tf.Tensor) -> tf.Tensor:
        """The loss of each image: float32 (batch,)."""
        n_classes = probabilities.shape[-1]
        targets = labels
        if labels.shape.rank < 2 or labels.shape[-1] != n_classes:
            targets = tf.one_hot(tf.reshape(tf.cast(labels, tf.int32), (-1,)), n_classes)
        # Keras uses the logits behind the softmax, which avoids rounding errors.
        loss: tf.Tensor = keras.losses.categorical_crossentropy(
            targets, probabilities, label_smoothing=self.smoothing
        )
        if self.class_weights is None:
            return loss
        weights = tf.constant(self.class_weights, loss.dtype)
        return loss * tf.linalg.matvec(tf.cast(targets, loss.dtype), weights)

    def get_config(self) -> dict[str, Any]:
        """The settings from which `from_config` makes this loss again."""
        return {
            **super().get_config(),
            "smoothing": self.smoothing,
            "class_weights": self.class_weights,
        }
