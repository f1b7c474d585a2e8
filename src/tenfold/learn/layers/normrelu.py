"""Batch normalisation, bias and ReLU in as few passes over memory as possible.

All layers here take and return feature-major activations: (tiles, features, batch). Activations
keep their dtype, which may be bfloat16; statistics are completed in float32.
"""

from typing import Any

import keras
import tensorflow as tf

from tenfold.learn.layers.base import FeatureMajorLayer
from tenfold.learn.layers.form import Form
from tenfold.learn.serialisable import serialisable

EPSILON = 1e-3
"""Added to variances; Keras's default."""


@serialisable
class NormReLU(FeatureMajorLayer):
    """Batch normalisation of each feature of each tile, then ReLU.

    Args:
        momentum: Share of the moving mean and variance that is kept at each batch.

    Source: arXiv:1502.03167.
    """

    settings = ("momentum",)

    def __init__(self, *, momentum: float = 0.9, **options: Any) -> None:
        super().__init__(**options)
        self.momentum = momentum

    def describe(self) -> str:
        """What the layer does, in a few words."""
        return "batch normalisation, ReLU"

    def build(self, shape: tuple[int, ...]) -> None:
        """Make gain, bias, moving mean and variance: float32 (tiles, features, 1)."""
        each = (shape[0], shape[1], 1)
        self.gamma = self.add_weight(shape=each, initializer="ones", name="gamma")
        self.beta = self.add_weight(shape=each, initializer="zeros", name="beta")
        self.moving_mean = self.add_weight(
            shape=each, initializer="zeros", trainable=False, name="moving_mean"
        )
        self.moving_variance = self.add_weight(
            shape=each, initializer="ones", trainable=False, name="moving_variance"
        )

    def call(self, x: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Normalise with the batch's statistics while fitting, with moving statistics otherwise."""
        if not training:
            scale, shift = self.scale_and_shift()
            return tf.nn.relu(x * tf.cast(scale, x.dtype) + tf.cast(shift, x.dtype))
        y, mean, variance = _norm_relu(
            x, tf.convert_to_tensor(self.gamma), tf.convert_to_tensor(self.beta)
        )
        for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
            kept = self.momentum * moving + (1 - self.momentum) * tf.stop_gradient(now)
            moving.assign(kept)
        return y

    def scale_and_shift(self) -> tuple[tf.Tensor, tf.Tensor]:
        """The factor and the summand for predictions: float32 (tiles, features, 1) each."""
        scale = self.gamma * tf.math.rsqrt(self.moving_variance + EPSILON)
        return scale, self.beta - self.moving_mean * scale

    def unfold(self, below: Form) -> Form:
        """Scale and shift become part of the product below; ReLU stays."""
        scale, shift = map(keras.ops.convert_to_numpy, self.scale_and_shift())
        return below.scaled_and_shifted(scale.ravel(), shift.ravel()).relu(name=self.name)


@serialisable
class BiasReLU(FeatureMajorLayer):
    """A bias for each feature of each tile, then ReLU."""

    def describe(self) -> str:
        """What the layer does, in a few words."""
        return "bias, ReLU"

    def build(self, shape: tuple[int, ...]) -> None:
        """Make the bias: float32 (tiles, features, 1)."""
        self.beta = self.add_weight(shape=(shape[0], shape[1], 1), initializer="zeros", name="beta")

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Add the bias and set negative values to zero."""
        y: tf.Tensor = _bias_relu(x, tf.convert_to_tensor(self.beta))
        return y

    def unfold(self, below: Form) -> Form:
        """The bias becomes part of the product below; ReLU stays."""
        [shift] = self.get_weights()
        return below.scaled_and_shifted(1.0, shift.ravel()).relu(name=self.name)


@tf.custom_gradient
def _norm_relu(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) -> Any:
    n = tf.cast(tf.shape(x)[-1], tf.float32)
    mean = tf.cast(tf.reduce_mean(x, -1, keepdims=True), tf.float32)
    mean_square = tf.cast(tf.reduce_mean(x * x, -1, keepdims=True), tf.float32)
    variance = tf.maximum(mean_square - mean * mean, 0.0)
    inverse = tf.math.rsqrt(variance + EPSILON)
    scale = tf.cast(gamma * inverse, x.dtype)
    y = tf.nn.relu(x * scale + tf.cast(beta - mean * gamma * inverse, x.dtype))

    def gradient(up: tf.Tensor, _mean: tf.Tensor, _variance: tf.Tensor) -> Any:
        passed = tf.raw_ops.ReluGrad(gradients=up, features=y)
        d_beta = tf.cast(tf.reduce_sum(passed, -1, keepdims=True), tf.float32)
        along_x = tf.cast(tf.reduce_sum(passed * x, -1, keepdims=True), tf.float32)
        d_gamma = (along_x - mean * d_beta) * inverse
        slope = d_gamma * inverse / n
        level = d_beta / n - slope * mean
        d_x = scale * (passed - (x * tf.cast(slope, x.dtype) + tf.cast(level, x.dtype)))
        return d_x, d_gamma, d_beta

    return (y, mean, variance), gradient


@tf.custom_gradient
def _bias_relu(x: tf.Tensor, beta: tf.Tensor) -> Any:
    y = tf.nn.relu(x + tf.cast(beta, x.dtype))

    def gradient(up: tf.Tensor) -> Any:
        passed = tf.raw_ops.ReluGrad(gradients=up, features=y)
        return passed, tf.cast(tf.reduce_sum(passed, -1, keepdims=True), tf.float32)

    return y, gradient
