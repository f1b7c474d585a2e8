"""Feed images to a fit, in an order that depends only on the seed, the epoch and the step."""

import math
import weakref
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tenfold.core.images import ImageSet
from tenfold.core.recipe import Recipe
from tenfold.core.rows import Rows
from tenfold.learn.augment import augment
from tenfold.learn.mix import mix, partner_distance

Part = Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]
"""Of the number of images in a batch, int32 (), where a part begins and ends, int32 () each."""


def steps_per_epoch(n_images: int, batch_size: int) -> int:
    """Number of batches in an epoch that shows each image once."""
    return math.ceil(n_images / batch_size)


def training_batches(
    images: ImageSet,
    *,
    batch_size: int,
    seed: int,
    shift_px: int = 0,
    flip: bool = False,
    mixup: float = 0.0,
    cutmix: float = 0.0,
    first_step: int = 0,
    part: Part | None = None,
) -> "tf.data.Dataset":
    """Endless epochs of (uint8 (batch, height, width, channels), labels).

    Labels are int32 (batch,), or float32 (batch, n_classes) if images are mixed, as from
    `targets`.

    Each epoch shows every image once, in a different order. The images stay one uint8
    array: a step only gathers the rows of its batch, or reads them if they are on the disk. The
    batches are identical in both cases, bit for bit.

    Args:
        images: What to learn from.
        batch_size: The most images in a step; batches differ by at most one image.
        seed: Decides the order of images and the augmentation.
        shift_px: The most pixels to shift images each way.
        flip: Mirror half of the images in one epoch and the other half in the next, so that each
            image is mirrored in every second epoch.
        mixup: Blend images in shares that are beta distributed with this parameter; 0 for none.
        cutmix: The share of steps in which a rectangle of another image is pasted into each image;
            these steps blend no images.
        first_step: The step to begin with, counted from 0 through all epochs.
        part: Of how many images of each batch, which part to return; the same images, changed in
            the same way, as in the whole batch. None for all.

    Source: mirroring in turns, arXiv:2404.00498.
    """
    n, n_steps = len(images), steps_per_epoch(len(images), batch_size)
    pixels_at, mixed = _gather(images.images), bool(mixup or cutmix)
    with tf.device("CPU"):
        labels = tf.constant(images.labels, tf.int32)
        begins_mirrored = tf.constant(np.random.default_rng(seed).random(n) < 0.5)

    def shown(
        rows: tf.Tensor, key: tf.Tensor, n_mirrored: tf.Tensor, begin: tf.Tensor, end: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Images from `begin` to `end` of a batch, shifted and mirrored, and their labels."""
        own = rows[begin:end]
        changed = augment(
            pixels_at(own),
            key,
            shift_px=shift_px,
            n_mirrored=n_mirrored,
            first=begin,
            n_batch=None if part is None else tf.size(rows),
        )
        found = tf.gather(labels, own)
        return changed, tf.one_hot(found, len(images.classes)) if mixed else found

    def batch(count: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        epoch, step = count // n_steps, count % n_steps
        places = tf.range(step * n // n_steps, (step + 1) * n // n_steps)
        key = tf.stack([tf.constant(seed, tf.int64), epoch])
        rows = tf.random.experimental.index_shuffle(places, key, n - 1)
        begin, end = part(tf.size(rows)) if part else (0, tf.size(rows))
        if not (shift_px or flip or mixed):
            own = rows[begin:end]
            return pixels_at(own), tf.gather(labels, own)
        mirrored = tf.gather(begins_mirrored, rows) != (epoch % 2 == 1)
        mirrored = tf.logical_and(mirrored, flip)
        rows = tf.concat([rows[mirrored], rows[~mirrored]], axis=0)
        key = tf.stack([tf.constant(seed, tf.int64), count])
        of_batch = rows, key, tf.math.count_nonzero(mirrored, dtype=tf.int32)
        changed = shown(*of_batch, begin, end)
        if not mixed:
            return changed
        size = tf.size(rows)
        distance = partner_distance(size)
        if part is None:
            others = [tf.roll(each, distance, axis=0) for each in changed]
        else:  # They may begin before the batch's end and go on at its beginning.
            first = (begin - distance) % size
            last = first + end - begin
            at_end = shown(*of_batch, first, tf.minimum(last, size))
            at_begin = shown(*of_batch, 0, tf.maximum(last - size, 0))
            others = [tf.concat(pair, axis=0) for pair in zip(at_end, at_begin, strict=True)]
        return mix(
            changed,
            (others[0], others[1]),
            seed=seed,
            count=count,
            mixup=mixup,
            cutmix=cutmix,
            n_batch=size,
            first=begin,
        )

    counts = tf.data.Dataset.counter(start=first_step)
    # AutoGraph would find no control flow to convert, and would take half a second to look.
    return _plain(counts.map(tf.autograph.experimental.do_not_convert(batch)))


def targets(images: ImageSet, *, mixed: bool) -> np.ndarray:
    """The targets of a fit: int32 (n,) labels; if images are mixed, float32 (n, n_classes)."""
    labels = images.labels.astype(np.int32)
    return np.eye(len(images.classes), dtype=np.float32)[labels] if mixed else labels


def recipe_batches(
    images: ImageSet,
    recipe: Recipe,
    *,
    seed: int,
    first_step: int = 0,
    part: Part | None = None,
) -> "tf.data.Dataset":
    """The training batches that a recipe asks for. Arguments as for `training_batches`."""
    return training_batches(
        images,
        batch_size=recipe.batch_size,
        seed=seed,
        shift_px=round(recipe.shift * min(images.shape[:2])),
        flip=recipe.flip,
        mixup=recipe.mixup,
        cutmix=recipe.cutmix,
        first_step=first_step,
        part=part,
    )


def in_order(
    arrays: np.ndarray | Rows | tuple[np.ndarray | Rows, ...], *, batch_size: int = 1000
) -> "tf.data.Dataset":
    """One pass, in order and in batches, over an array or over arrays of equal length."""

    def batches(array: np.ndarray | Rows) -> "tf.data.Dataset":
        if isinstance(array, Rows):
            return tf.data.Dataset.range(len(array)).batch(batch_size).map(_gather(array))
        with tf.device("CPU"):
            return tf.data.Dataset.from_tensor_slices(tf.constant(array)).batch(batch_size)

    return _plain(tf.data.Dataset.zip(tf.nest.map_structure(batches, arrays)))


def _gather(images: np.ndarray | Rows) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return a function that finds images by position, int64 (m,), in memory or on the disk.

    TensorFlow gets no copy of the images, which would take as much memory again, twice. It keeps
    whatever finds them for ever: so that holds the images weakly, and the dataset holds `read`.
    """
    known = weakref.ref(images)

    def find(places: np.ndarray) -> np.ndarray:
        there = known()
        if there is None:
            raise ValueError("Expected images for as long as their batches are read.")
        return there[places]

    def read(places: tf.Tensor) -> tf.Tensor:
        found = tf.numpy_function(find, [places], tf.uint8)
        return tf.ensure_shape(found, (None, *images.shape[1:]))

    return read


def _plain(batches: "tf.data.Dataset") -> "tf.data.Dataset":
    """Prepare a few batches ahead, without TensorFlow's automatic tuning.

    The tuning of pipelines sleeps for up to a minute, and the end of a fit waits for it: 5 to 40 s
    when measured.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.prefetch(3).with_options(options)
