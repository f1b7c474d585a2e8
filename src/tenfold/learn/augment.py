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


def mix(
    images: tf.Tensor, targets: tf.Tensor, key: tf.Tensor, *, alpha: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Blend each image with another image of its batch, and their targets in the same shares.

    Args:
        images: uint8 (batch, height, width, channels).
        targets: float32 (batch, n_classes): the probability of each class.
        key: int64 (2,); decides the shares.
        alpha: As for `own_shares`.

    Returns:
        Images (uint8) and targets (float32), with the same shapes.

    Source: mixup, arXiv:1710.09412.
    """
    n = tf.shape(images)[0]
    distance = partner_distance(n)
    others = tf.roll(images, distance, axis=0), tf.roll(targets, distance, axis=0)
    return blend((images, targets), others, own_shares(n, key, alpha=alpha))


def partner_distance(n: tf.Tensor) -> tf.Tensor:
    """Each of a batch of `n` images is blended with the one so many positions before it."""
    return (n + 1) // 2  # Images are in random order, except that the mirrored ones come first.


def own_shares(n: tf.Tensor, key: tf.Tensor, *, alpha: float) -> tf.Tensor:
    """The share that each of a batch of `n` images keeps in its blend, in 256ths: uint16 (n,).

    It is at least a half, so that the image's own class stays the likeliest.

    Args:
        n: int32 (), images in the batch.
        key: int64 (2,); decides the shares.
        alpha: Shares are drawn from the beta distribution with both parameters `alpha`, above 0.
    """
    # Two gamma variates make a beta variate. With a small alpha, both may underflow to 0; then the
    # image is not blended.
    drawn = tf.random.stateless_gamma((2, n), key, alpha)
    tiny = drawn.dtype.as_numpy_dtype(1e-30)
    share = (tf.reduce_max(drawn, axis=0) + tiny) / (tf.reduce_sum(drawn, axis=0) + tiny)
    # Shares in 256ths need only 16-bit integers, which are faster than float32.
    return tf.cast(tf.round(256 * share), tf.uint16)


def blend(
    own: tuple[tf.Tensor, tf.Tensor], others: tuple[tf.Tensor, tf.Tensor], shares: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Blend images and targets with others.

    Args:
        own: Images, uint8 (n, height, width, channels), and targets, float32 (n, n_classes).
        others: The same of the images to blend them with.
        shares: uint16 (n,), as from `own_shares`.
    """
    whole = shares[:, None, None, None]
    images, other_images = (tf.cast(each, tf.uint16) for each in (own[0], others[0]))
    mixed = whole * images + (256 - whole) * other_images
    share = tf.cast(shares[:, None], tf.float32) / 256
    return (
        tf.cast(tf.bitwise.right_shift(mixed, tf.constant(8, tf.uint16)), tf.uint8),
        share * own[1] + (1 - share) * others[1],
    )


def _reflect(position: tf.Tensor, n: int) -> tf.Tensor:
    """Map positions in -n..2n-2 to 0..n-1 by reflection at the edges."""
    return n - 1 - tf.abs(n - 1 - tf.abs(position))
