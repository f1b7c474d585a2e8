"""Feed images to a fit, in an order that the seed, the epoch and the step alone decide."""

import math

import numpy as np
import tensorflow as tf

from tenfold.core.images import ImageSet
from tenfold.learn.augment import augment


def steps_per_epoch(n_images: int, batch_size: int) -> int:
    """Batches, as even as can be, that show each image once."""
    return math.ceil(n_images / batch_size)


def training_batches(
    images: ImageSet,
    *,
    batch_size: int,
    seed: int,
    shift_px: int = 0,
    flip: bool = False,
    first_epoch: int = 0,
) -> "tf.data.Dataset":
    """Endless epochs of (uint8 (batch, height, width, channels), int32 (batch,)).

    Each epoch shows every image once, in an order of its own. The arrays stay uint8 and in
    one piece: a step only gathers its rows.

    Args:
        images: What to learn from.
        batch_size: The most images in a step; batches differ by one image at most.
        seed: Decides orders and augmentation.
        shift_px: Shift images by up to so many pixels each way.
        flip: Mirror half of the images.
        first_epoch: The epoch to begin with, from 0.
    """
    n, n_steps = len(images), steps_per_epoch(len(images), batch_size)
    with tf.device("CPU"):
        pixels = tf.constant(images.images)
        labels = tf.constant(images.labels, tf.int32)

    def batch(count: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        epoch, step = count // n_steps, count % n_steps
        places = tf.range(step * n // n_steps, (step + 1) * n // n_steps)
        key = tf.stack([tf.constant(seed, tf.int64), epoch])
        rows = tf.random.experimental.index_shuffle(places, key, n - 1)
        chosen = tf.gather(pixels, rows)
        if shift_px or flip:
            key = tf.stack([tf.constant(seed, tf.int64), count])
            chosen = augment(chosen, key, shift_px=shift_px, flip=flip)
        return chosen, tf.gather(labels, rows)

    counts = tf.data.Dataset.counter(start=first_epoch * n_steps)
    return counts.map(batch).prefetch(tf.data.AUTOTUNE)


def in_order(
    arrays: np.ndarray | tuple[np.ndarray, ...], *, batch_size: int = 1000
) -> "tf.data.Dataset":
    """One pass over an array, or a tuple of arrays of one length, in batches, in order."""
    with tf.device("CPU"):
        tensors = tf.nest.map_structure(tf.constant, arrays)
    return tf.data.Dataset.from_tensor_slices(tensors).batch(batch_size).prefetch(2)
