"""Show an image a little differently each time."""

import tensorflow as tf

N_GROUPS = 16
"""Images of a batch are in random order, so that groups of them can share a shift and a flip:
a group is then one gather of pixels, which costs a tenth of one gather for each image."""


def augment(images: tf.Tensor, key: tf.Tensor, *, shift_px: int, flip: bool) -> tf.Tensor:
    """Shift and mirror a batch: uint8 (batch, height, width, channels), same shape.

    Pixels that a shift brings in are the image's own, reflected at its edge.

    Args:
        images: A batch in random order.
        key: int64 (2,); decides shifts and flips.
        shift_px: The most pixels to shift each way, less than height and width.
        flip: Mirror every second group. The key decides whether the first is one of them, since
            a small batch leaves groups empty.
    """
    n, (height, width, channels) = tf.shape(images)[0], images.shape[1:]
    shifts = tf.random.stateless_uniform((N_GROUPS, 2), key, -shift_px, shift_px + 1, tf.int32)
    rows = _reflect(tf.range(height) + shifts[:, :1], height)
    columns = _reflect(tf.range(width) + shifts[:, 1:], width)
    if flip:
        first = tf.random.stateless_uniform((), key[::-1], 0, 2, tf.int32)
        mirrored = (tf.range(N_GROUPS)[:, None] + first) % 2 == 1
        columns = tf.where(mirrored, width - 1 - columns, columns)
    pixels = tf.reshape(rows[:, :, None] * width + columns[:, None, :], (N_GROUPS, -1))
    flat = tf.reshape(images, (n, height * width, channels))
    groups = [
        tf.gather(flat[group * n // N_GROUPS : (group + 1) * n // N_GROUPS], pixels[group], axis=1)
        for group in range(N_GROUPS)
    ]
    return tf.reshape(tf.concat(groups, axis=0), (n, height, width, channels))


def _reflect(position: tf.Tensor, n: int) -> tf.Tensor:
    """Bring -n..2n-2 back into 0..n-1 by reflection at the edges."""
    return n - 1 - tf.abs(n - 1 - tf.abs(position))
