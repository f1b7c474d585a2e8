"""Feed images to a fit, in an order that the seed, the epoch and the step alone decide."""

import math

import numpy as np
import tensorflow as tf

from tenfold.core.images import ImageSet


def steps_per_epoch(n_images: int, batch_size: int) -> int:
    """Batches that show each image once; the last may be smaller."""
    return math.ceil(n_images / batch_size)


def training_batches(
    images: ImageSet, *, batch_size: int, seed: int, first_epoch: int = 0
) -> "tf.data.Dataset":
    """Endless epochs of (uint8 (batch, height, width, channels), int32 (batch,)).

    Each epoch shows every image once, in an order of its own. The arrays stay uint8 and in
    one piece: a step only gathers its rows.

    Args:
        images: What to learn from.
        batch_size: Images in a step.
        seed: Decides the orders.
        first_epoch: The epoch to begin with, from 0.
    """
    with tf.device("CPU"):
        pixels = tf.constant(images.images)
        labels = tf.constant(images.labels, tf.int32)
    n_steps = steps_per_epoch(len(images), batch_size)

    def batches_of_epoch(epoch: tf.Tensor) -> "tf.data.Dataset":
        key = tf.stack([tf.constant(seed, tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(tf.range(len(images)), seed=key)

        def batch(step: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            rows = order[step * batch_size : (step + 1) * batch_size]
            return tf.gather(pixels, rows), tf.gather(labels, rows)

        return tf.data.Dataset.range(n_steps).map(batch)

    epochs = tf.data.Dataset.counter(start=first_epoch)
    return epochs.flat_map(batches_of_epoch).prefetch(tf.data.AUTOTUNE)


def in_order(
    arrays: np.ndarray | tuple[np.ndarray, ...], *, batch_size: int = 1000
) -> "tf.data.Dataset":
    """One pass over an array, or a tuple of arrays of one length, in batches, in order."""
    with tf.device("CPU"):
        tensors = tf.nest.map_structure(tf.constant, arrays)
    return tf.data.Dataset.from_tensor_slices(tensors).batch(batch_size).prefetch(2)
