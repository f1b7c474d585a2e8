"""Mix each image of a batch with another image of it: blend the two, or paste a part of one."""

import tensorflow as tf

from tenfold.learn.augment import N_GROUPS

Pair = tuple[tf.Tensor, tf.Tensor]
"""Images, uint8 (n, height, width, channels), and float32 (n, n_classes): the probability of each
class."""


def partner_distance(n: tf.Tensor) -> tf.Tensor:
    """Each of a batch of `n` images is mixed with the one so many positions before it."""
    return (n + 1) // 2  # Images are in random order, except that the mirrored ones come first.


def mix(
    own: Pair,
    others: Pair,
    *,
    seed: int,
    count: tf.Tensor,
    mixup: float,
    cutmix: float,
    n_batch: tf.Tensor,
    first: tf.Tensor | int = 0,
) -> Pair:
    """Mix a batch, or a part of it, with other images, and their targets in the same shares.

    All images of a step are mixed in the same way: blended, or cut and pasted.

    Args:
        own: The images.
        others: The images to mix them with.
        seed: Decides, together with `count`, how images are mixed; 0 or more.
        count: int64 (); the step, counted from 0 through all epochs.
        mixup: As `alpha` for `own_shares`; 0 for no blending.
        cutmix: The share of steps in which a rectangle of the other image is pasted.
        n_batch: int32 (); the number of images in the batch.
        first: The position in the batch of the first image.

    Source: mixup, arXiv:1710.09412; CutMix, arXiv:1905.04899.
    """
    end = first + tf.shape(own[0])[0]

    def blended() -> Pair:
        if not mixup:
            return own
        key = tf.stack([tf.constant(seed, tf.int64), -1 - count])
        return blend(own, others, own_shares(n_batch, key, alpha=mixup)[first:end])

    def pasted() -> Pair:
        key = tf.stack([tf.constant(-1 - seed, tf.int64), count])
        group = tf.range(first, end) * N_GROUPS // n_batch
        return paste(own, others, rectangles(key, *own[0].shape[1:3]), group)

    if not cutmix:
        return blended()
    key = tf.stack([tf.constant(-1 - seed, tf.int64), -1 - count])
    found: Pair = tf.cond(tf.random.stateless_uniform((), key) < cutmix, pasted, blended)
    return found


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


def blend(own: Pair, others: Pair, shares: tf.Tensor) -> Pair:
    """Blend images and targets with others.

    Args:
        own: The images.
        others: The images to blend them with.
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


def rectangles(key: tf.Tensor, height: int, width: int) -> tf.Tensor:
    """Draw a rectangle of pixels for each group of a batch: bool (N_GROUPS, height, width).

    Its share of the image's area is uniform from 0 to 1, and its centre is anywhere in the image;
    what lies outside of the image is cut off.

    Args:
        key: int64 (2,); decides the rectangles.
        height: Pixels of an image, as `width`.
        width: Pixels of an image.
    """
    area, down, across = tf.unstack(tf.random.stateless_uniform((3, N_GROUPS), key))
    rows, columns = _span(down, tf.sqrt(area), height), _span(across, tf.sqrt(area), width)
    return tf.logical_and(rows[:, :, None], columns[:, None, :])


def _span(centre: tf.Tensor, length: tf.Tensor, n: int) -> tf.Tensor:
    """Which of `n` pixels lie in spans given as shares of `n`, float32 (m,): bool (m, n)."""
    n_pixels = tf.round(length * n)
    begin = tf.round(centre * n - n_pixels / 2)[:, None]
    pixels = tf.range(n, dtype=tf.float32)
    return tf.logical_and(pixels >= begin, pixels < begin + n_pixels[:, None])


def paste(own: Pair, others: Pair, places: tf.Tensor, group: tf.Tensor) -> Pair:
    """Replace pixels by those of others, and mix the targets in the shares of the area.

    Args:
        own: The images.
        others: The images whose pixels to paste.
        places: bool (n_groups, height, width): the pixels to replace in the images of each group.
        group: int32 (n,): the group of each image.
    """
    n_channels = own[0].shape[-1]
    of_groups = tf.repeat(tf.cast(places, tf.uint8)[..., None], n_channels, axis=-1)
    # A product of 8-bit integers takes a third of the time of `tf.where`. A difference below 0
    # wraps around, and the sum wraps back.
    images = own[0] + tf.gather(of_groups, group) * (others[0] - own[0])
    pasted = tf.reduce_mean(tf.cast(places, tf.float32), axis=(1, 2))
    share = tf.gather(pasted, group)[:, None]
    return images, (1 - share) * own[1] + share * others[1]
