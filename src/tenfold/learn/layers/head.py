"""The last layer, which turns features into probabilities."""

from typing import Any

import keras
import tensorflow as tf

from tenfold.learn.layers.base import FeatureMajorLayer
from tenfold.learn.layers.form import Form
from tenfold.learn.serialisable import serialisable


@serialisable
class Probabilities(FeatureMajorLayer):
    """(1, features, batch) -> float32 probabilities (batch, n_classes), rows summing to 1.

    A dense layer with softmax; its output is batch-major.

    Args:
        n_classes: Number of probabilities.
        seed: Decides the initial kernel; None for a new one each time.
    """

    settings = ("n_classes", "seed")

    def __init__(self, n_classes: int, *, seed: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.n_classes, self.seed = n_classes, seed

    def describe(self) -> str:
        """What the layer does, in a few words."""
        return "dense, softmax"

    def build(self, shape: tuple[int, ...]) -> None:
        """Make kernel, float32 (features, n_classes), and bias, float32 (n_classes,)."""
        small = keras.initializers.RandomNormal(stddev=0.5 / shape[1] ** 0.5, seed=self.seed)
        self.kernel = self.add_weight(
            shape=(shape[1], self.n_classes), initializer=small, name="kernel"
        )
        self.bias = self.add_weight(shape=(self.n_classes,), initializer="zeros", name="bias")

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Multiply in the compute dtype, finish in float32."""
        kernel = tf.cast(self.kernel, x.dtype)
        logits = tf.cast(tf.matmul(x[0], kernel, transpose_a=True), tf.float32) + self.bias
        return keras.activations.softmax(logits)

    def forward_products(self, n_images: float) -> float:
        """The product of features and kernel."""
        return 2 * n_images * float(self.kernel.shape.num_elements())

    def unfold(self, below: Form) -> Form:
        """Unfold into a Dense layer with softmax."""
        kernel, bias = self.get_weights()
        dense = below.product(kernel[None], name=self.name, activation="softmax")
        return dense.scaled_and_shifted(1.0, bias)
