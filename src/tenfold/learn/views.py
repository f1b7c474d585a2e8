"""Look at an image more than once before saying what it is."""

import keras
import tensorflow as tf

from tenfold.learn.tiles import serialisable


@serialisable
class Mirror(keras.layers.Layer):
    """(batch, height, width, channels) -> the same, left and right swapped."""

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """Swap."""
        return images[:, :, ::-1]


def with_mirrored_view(model: keras.Model) -> keras.Model:
    """A model that averages the probabilities of each image and its mirror image.

    It shares the weights of `model`. Prediction takes twice as long.
    """
    images = keras.Input(model.input_shape[1:], dtype="uint8")
    mirrored = Mirror(dtype="uint8", name="mirror")(images)
    views = keras.layers.Average(name="mean")([model(images), model(mirrored)])
    return keras.Model(images, views, name=f"{model.name}_two_views")
