"""Divide the logits of a fitted network by a temperature, which makes its probabilities honest."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tenfold.learn.layers.base import SelfDescribingLayer
from tenfold.learn.layers.form import Form
from tenfold.learn.serialisable import serialisable


@serialisable
class Temperature(SelfDescribingLayer):
    """float32 probabilities (batch, n_classes) -> the same, softened or sharpened.

    Each probability is raised to the power of 1 / temperature, and each row then divided by its
    sum. That is the same as dividing the logits by the temperature. The order of the classes stays.

    Args:
        temperature: Above 0. Below 1 it makes a network more confident, above 1 less.

    Source: temperature scaling, arXiv:1706.04599.
    """

    settings = ("temperature",)

    def __init__(self, temperature: float, **options: Any) -> None:
        super().__init__(**options)
        self.temperature = temperature

    def describe(self) -> str:
        """What the layer does, in a few words."""
        return "calibration"

    def call(self, probabilities: tf.Tensor) -> tf.Tensor:
        """Raise to the power, in float64, so that rounding does not change the order."""
        exact = tf.cast(probabilities, tf.float64)
        tiny = tf.constant(np.finfo(np.float32).tiny, tf.float64)  # No logarithm of 0.
        logits = tf.math.log(tf.maximum(exact, tiny)) / self.temperature
        return tf.cast(tf.nn.softmax(logits), tf.float32)

    def unfold(self, below: Form) -> Form:
        """Divide the logarithms of the probabilities below."""
        return below.at_temperature(self.temperature)


def with_temperature(model: keras.Model, temperature: float) -> keras.Model:
    """Build a model whose probabilities are those of `model` at a temperature.

    The new model shares the layers of `model`.

    Args:
        model: uint8 (n, height, width, channels) -> probabilities (n, n_classes).
        temperature: As for `Temperature`.
    """
    calibrated = Temperature(temperature, dtype="float32", name="calibrated")
    return keras.Model(model.inputs, calibrated(model.outputs[0]), name=model.name)
