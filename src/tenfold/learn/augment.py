"""Change images a little each time they are shown."""

import tensorflow as tf

N_GROUPS = 16
"""Number of groups in a batch. The images of a batch are in random order, so all images of a group
can share a shift. One gather of pixels for each group costs a tenth of one for each image."""


def augment(
    images: tf.Tensor,
    key: tf.Tensor,
    *,
    shift_px: int,
    n_mirrored: tf.Tensor,
    first: tf.Tensor | int = 0,
    n_batch: tf.Tensor | None = None,
) -> tf.Tensor:
    """Shift a batch, or a part of it, at random and mirror its first images: uint8, same shape.

    New pixels at an edge are reflections of the image's pixels.

    Args:
        images: uint8 (batch, height, width, channels), in random order.
        key: int64 (2,); decides the shifts.
        shift_px: The most pixels to shift each way, less than height and width.
        n_mirrored: int32 (); the number of images of the batch, from the first, to mirror left to
            right.
        first: The position in the batch of the first image.
        n_batch: int32 (); the number of images in the batch; None if these are all of them.
    """
    n, (height, width, channels) = tf.shape(images)[0], images.shape[1:]
    shifts = tf.random.stateless_uniform((N_GROUPS, 2), key, -shift_px, shift_px + 1, tf.int32)
    rows = _reflect(tf.range(height) + shifts[:, :1], height)
    columns = _reflect(tf.range(width) + shifts[:, 1:], width)
    half = N_GROUPS // 2  # The first half of the groups is mirrored.
    columns = tf.concat([width - 1 - columns[:half], columns[half:]], axis=0)
    pixels = tf.reshape(rows[:, :, None] * width + columns[:, None, :], (N_GROUPS, -1))
    n_all = n if n_batch is None else n_batch
    ends = [group * n_mirrored // half for group in range(half)]
    ends += [n_mirrored + group * (n_all - n_mirrored) // half for group in range(half + 1)]
    if n_batch is not None:
        ends = [tf.clip_by_value(end - first, 0, n) for end in ends]
    flat = tf.reshape(images, (n, height * width, channels))
    groups = [
        tf.gather(flat[ends[group] : ends[group + 1]], pixels[group], axis=1)
        for group in range(N_GROUPS)
    ]
    return tf.reshape(tf.concat(groups, axis=0), (n, height, width, channels))


def _reflect(position: tf.Tensor, n: int) -> tf.Tensor:
    """Map positions in -n..2n-2 to 0..n-1 by reflection at the edges."""
    return n - 1 - tf.abs(n - 1 - tf.abs(position))
