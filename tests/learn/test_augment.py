from itertools import product

import numpy as np
import pytest
import tensorflow as tf

from tenfold.core.images import ImageSet
from tenfold.learn.augment import N_GROUPS, augment
from tenfold.learn.batches import training_batches

HEIGHT, WIDTH = 5, 7  # Small, but all versions of an image differ.
IMAGES = np.random.default_rng(0).integers(0, 256, (2 * N_GROUPS, HEIGHT, WIDTH, 2), np.uint8)


def shifted(
    count: int, images: np.ndarray = IMAGES, *, shift_px: int, n_mirrored: int = 0
) -> np.ndarray:
    key = tf.constant([7, count], tf.int64)
    n = tf.constant(n_mirrored, tf.int32)
    return np.asarray(augment(tf.constant(images), key, shift_px=shift_px, n_mirrored=n))


def versions(image: np.ndarray, shift_px: int) -> dict[tuple[int, int], np.ndarray]:
    """Every shift (down, right) of an image, reflected at the edges."""
    border = ((shift_px, shift_px), (shift_px, shift_px), (0, 0))
    wide = np.pad(image, border, mode="reflect")
    return {
        (shift_px - top, shift_px - left): wide[top : top + HEIGHT, left : left + WIDTH]
        for top, left in product(range(2 * shift_px + 1), repeat=2)
    }


def what_happened(before: np.ndarray, after: np.ndarray, shift_px: int) -> tuple[int, int]:
    changes = versions(before, shift_px).items()
    [found] = [change for change, image in changes if np.array_equal(image, after)]
    return found


@pytest.mark.parametrize("n_mirrored", [0, 5, 16, 32])
def test_every_image_is_a_shift_of_itself_and_the_first_are_mirrored(n_mirrored):
    before = IMAGES.copy()
    before[:n_mirrored] = before[:n_mirrored, :, ::-1]
    seen: set[tuple[int, int]] = set()
    for count in range(12):
        after = shifted(count, shift_px=2, n_mirrored=n_mirrored)
        assert (after.dtype, after.shape) == (np.uint8, IMAGES.shape)
        # A mirrored image that is shifted is a shift of the mirrored image.
        seen.update(what_happened(*pair, 2) for pair in zip(before, after, strict=True))
    assert seen == set(product(range(-2, 3), repeat=2))


def test_a_shift_of_nothing_changes_nothing():
    assert np.array_equal(shifted(0, shift_px=0), IMAGES)


@pytest.mark.parametrize("n", [1, 2, 8, 17])
def test_a_batch_smaller_than_its_groups_keeps_every_image(n):
    after = shifted(1, IMAGES[:n], shift_px=1, n_mirrored=0)
    assert len([what_happened(*pair, 1) for pair in zip(IMAGES[:n], after, strict=True)]) == n


def test_the_key_alone_decides():
    first = shifted(0, shift_px=2)
    assert np.array_equal(first, shifted(0, shift_px=2))
    assert not np.array_equal(first, shifted(1, shift_px=2))


def test_images_are_mirrored_in_turns():
    # Each image's left pixel is its position, its right one 100.
    pixels = np.stack([np.arange(40), np.full(40, 100)], axis=1).astype(np.uint8)
    images = ImageSet(pixels.reshape(40, 1, 2, 1), np.zeros(40, np.int64), ("a",))
    batches = training_batches(images, batch_size=40, seed=0, flip=True)
    epochs = []
    for batch, _ in batches.take(3):
        left, right = np.asarray(batch).reshape(40, 2).T
        epochs.append(
            {int(min(pair)): bool(pair[0] == 100) for pair in zip(left, right, strict=True)}
        )
    first, second, third = epochs
    assert first == third
    assert first == {position: not turned for position, turned in second.items()}
    assert 10 < sum(first.values()) < 30


def test_a_fit_that_goes_on_sees_the_images_that_it_would_have_seen():
    def seen(first_step: int, n_steps: int) -> np.ndarray:
        images = ImageSet(IMAGES, np.zeros(len(IMAGES), np.int64), ("a", "b"))
        batches = training_batches(
            images, batch_size=16, seed=3, shift_px=2, flip=True, first_step=first_step
        )
        return np.stack([pixels.numpy() for pixels, _ in batches.take(n_steps)])

    four_epochs = seen(0, 8)
    assert np.array_equal(seen(4, 4), four_epochs[4:])
    assert not np.array_equal(four_epochs[4:], four_epochs[:4])
