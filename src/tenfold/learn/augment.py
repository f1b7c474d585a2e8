"""Show an image a little differently each time."""

import tensorflow as tf

N_GROUPS = 16
"""Images of a batch are in random order, so that groups of them can share a shift: a group is
then one gather of pixels, which costs a tenth of one gather for each image."""


def augment(
    images: tf.Tensor, key: tf.Tensor, *, shift_px: int, n_mirrored: tf.Tensor
) -> tf.Tensor:
    """Shift a batch at random and mirror its first images: uint8, shape as it was.

    Pixels that a shift brings in are the image's own, reflected at its edge.

    Args:
        images: uint8 (batch, height, width, channels), in random order.
        key: int64 (2,); decides the shifts.
        shift_px: The most pixels to shift each way, less than height and width.
        n_mirrored: int32 (); so many images get left and right swapped.
    """
    n, (height, width, channels) = tf.shape(images)[0], images.shape[1:]
    shifts = tf.random.stateless_uniform((N_GROUPS, 2), key, -shift_px, shift_px + 1, tf.int32)
    rows = _reflect(tf.range(height) + shifts[:, :1], height)
    columns = _reflect(tf.range(width) + shifts[:, 1:], width)
    half = N_GROUPS // 2  # The first half of the groups is mirrored.
    columns = tf.concat([width - 1 - columns[:half], columns[half:]], axis=0)
    pixels = tf.reshape(rows[:, :, None] * width + columns[:, None, :], (N_GROUPS, -1))
    ends = [group * n_mirrored // half for group in range(half)]
    ends += [n_mirrored + group * (n - n_mirrored) // half for group in range(half + 1)]
    flat = tf.reshape(images, (n, height * width, channels))
    groups = [
        tf.gather(flat[ends[group] : ends[group + 1]], pixels[group], axis=1)
        for group in range(N_GROUPS)
    ]
    return tf.reshape(tf.concat(groups, axis=0), (n, height, width, channels))


def _reflect(position: tf.Tensor, n: int) -> tf.Tensor:
    """Bring -n..2n-2 back into 0..n-1 by reflection at the edges."""
    return n - 1 - tf.abs(n - 1 - tf.abs(position))
