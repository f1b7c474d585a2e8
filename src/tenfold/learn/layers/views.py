"""Predict from several views of an image."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tenfold.core.text import counted
from tenfold.learn.layers.base import SelfDescribingLayer
from tenfold.learn.serialisable import serialisable


@serialisable
class Views(SelfDescribingLayer):
    """uint8 (batch, height, width, channels) -> (n_views * batch, height, width, channels).

    The views are the unchanged images, the images shifted up, down, left and right, and then all of
    these mirrored. The result holds every image of the first view, then of the second, and so on.

    Args:
        shift_px: Pixels to shift by; 0 for no shifts. New pixels at an edge are reflections.
        mirror: Whether to add the mirror images.
    """

    settings = ("shift_px", "mirror")

    def __init__(self, *, shift_px: int = 0, mirror: bool = True, **options: Any) -> None:
        super().__init__(**options)
        self.shift_px, self.mirror = shift_px, mirror

    def describe(self) -> str:
        """What the layer does, in a few words."""
        shifted = f", shifted by {counted(self.shift_px, 'pixel')}" if self.shift_px else ""
        mirrored = ", mirrored" if self.mirror else ""
        return f"{self.n_views} views{shifted}{mirrored}"

    @property
    def n_views(self) -> int:
        """The number of views."""
        return (5 if self.shift_px else 1) * (2 if self.mirror else 1)

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """Make the views."""
        views, far = images, self.shift_px
        if far:
            _, height, width, _ = images.shape
            # Gathers of rows, then of pixels, and one reversal of everything take a sixth of
            # the time of `tf.pad` and strided slices, when measured.
            rows, columns = (np.pad(np.arange(n), far, "reflect") for n in (height, width))
            wide = tf.gather(tf.gather(images, rows, axis=1), columns, axis=2)
            places = ((0, far), (2 * far, far), (far, 0), (far, 2 * far))
            shifted = [wide[:, top : top + height, left : left + width] for top, left in places]
            views = tf.concat([images, *shifted], axis=0)
        return tf.concat([views, tf.reverse(views, [2])], axis=0) if self.mirror else views

    def compute_output_shape(self, shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Images of the same shape, in a larger batch."""
        return (None, *shape[1:])

    def positions(self) -> np.ndarray:
        """Which number of a flattened image is at each place of each view.

        int64 (n_views, height * width * channels).
        """
        shape = self.input.shape[1:]
        numbers = np.arange(np.prod(shape)).reshape(1, *shape)
        views = keras.ops.convert_to_numpy(self.call(tf.constant(numbers)))
        positions: np.ndarray = views.reshape(self.n_views, -1).astype(np.int64)
        return positions


@serialisable
class MeanOfViews(SelfDescribingLayer):
    """float32 (n_views * batch, n_classes) -> (batch, n_classes): the mean over the views.

    Args:
        n_views: The number of views that `Views` makes.
    """

    settings = ("n_views",)

    def __init__(self, n_views: int, **options: Any) -> None:
        super().__init__(**options)
        self.n_views = n_views

    def describe(self) -> str:
        """What the layer does, in a few words."""
        return "mean over the views"

    def call(self, probabilities: tf.Tensor) -> tf.Tensor:
        """Average over the views."""
        each = tf.reshape(probabilities, (self.n_views, -1, probabilities.shape[-1]))
        return tf.reduce_mean(each, axis=0)


def with_views(model: keras.Model, *, shift_px: int = 0, mirror: bool = True) -> keras.Model:
    """Build a model that averages the probabilities of several views of each image.

    The new model shares the weights of `model`. Predicting with n views takes n times as long.

    Args:
        model: uint8 (n, height, width, channels) -> probabilities (n, n_classes).
        shift_px: As for `Views`.
        mirror: As for `Views`.

    Source: averaging over views, arXiv:1409.1556, among others.
    """
    images = keras.Input(model.input_shape[1:], dtype="uint8")
    views = Views(shift_px=shift_px, mirror=mirror, dtype="uint8", name="views")
    mean = MeanOfViews(views.n_views, name="mean")
    return keras.Model(images, mean(model(views(images))), name=f"{model.name}_views")
