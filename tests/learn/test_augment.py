from itertools import product

import numpy as np
import pytest
import tensorflow as tf

from tenfold.core.images import ImageSet
from tenfold.learn.augment import N_GROUPS, augment
from tenfold.learn.batches import training_batches

HEIGHT, WIDTH = 5, 7  # Small, but no two versions of an image are alike.
IMAGES = np.random.default_rng(0).integers(0, 256, (2 * N_GROUPS, HEIGHT, WIDTH, 2), np.uint8)


def augmented(count: int, images: np.ndarray = IMAGES, *, shift_px: int, flip: bool) -> np.ndarray:
    key = tf.constant([7, count], tf.int64)
    return np.asarray(augment(tf.constant(images), key, shift_px=shift_px, flip=flip))


def versions(image: np.ndarray, shift_px: int) -> dict[tuple[int, int, bool], np.ndarray]:
    """Every shift (down, right) of an image, mirrored first or not, reflected at the edges."""
    found = {}
    border = ((shift_px, shift_px), (shift_px, shift_px), (0, 0))
    for mirrored in (False, True):
        wide = np.pad(image[:, ::-1] if mirrored else image, border, mode="reflect")
        for top, left in product(range(2 * shift_px + 1), repeat=2):
            cut = wide[top : top + HEIGHT, left : left + WIDTH]
            found[shift_px - top, shift_px - left, mirrored] = cut
    return found


def what_happened(before: np.ndarray, after: np.ndarray, shift_px: int) -> tuple[int, int, bool]:
    [found] = [
        change
        for change, image in versions(before, shift_px).items()
        if np.array_equal(image, after)
    ]
    return found


def test_every_image_is_a_version_of_itself_and_a_group_shares_its_change():
    seen = set()
    for count in range(12):
        after = augmented(count, shift_px=2, flip=True)
        assert (after.dtype, after.shape) == (np.uint8, IMAGES.shape)
        changes = [what_happened(*pair, 2) for pair in zip(IMAGES, after, strict=True)]
        groups = changes[::2]
        assert changes[1::2] == groups  # Two images a group.
        assert [mirrored for *_, mirrored in groups] in (
            [False, True] * (N_GROUPS // 2),
            [True, False] * (N_GROUPS // 2),
        )
        seen.update(groups)
    assert {(down, right) for down, right, _ in seen} == set(product(range(-2, 3), repeat=2))


@pytest.mark.parametrize("n", [1, 2, 8, 17])
def test_each_image_of_a_small_batch_is_mirrored_about_half_the_time(n):
    mirrored = [
        [
            not np.array_equal(*pair)
            for pair in zip(
                IMAGES[:n], augmented(count, IMAGES[:n], shift_px=0, flip=True), strict=True
            )
        ]
        for count in range(60)
    ]
    assert np.all(np.abs(np.mean(mirrored, axis=0) - 0.5) < 0.25)


def test_without_shift_and_flip_nothing_changes():
    assert np.array_equal(augmented(0, shift_px=0, flip=False), IMAGES)


def test_without_flip_nothing_is_mirrored():
    after = augmented(1, shift_px=1, flip=False)
    changes = [what_happened(*pair, 1) for pair in zip(IMAGES, after, strict=True)]
    assert not any(mirrored for *_, mirrored in changes)


def test_the_key_alone_decides():
    first = augmented(0, shift_px=2, flip=True)
    assert np.array_equal(first, augmented(0, shift_px=2, flip=True))
    assert not np.array_equal(first, augmented(1, shift_px=2, flip=True))


def test_a_fit_that_goes_on_sees_the_images_that_it_would_have_seen():
    def seen(first_epoch: int, n_steps: int) -> np.ndarray:
        images = ImageSet(IMAGES, np.zeros(len(IMAGES), np.int64), ("a", "b"))
        batches = training_batches(
            images, batch_size=16, seed=3, shift_px=2, flip=True, first_epoch=first_epoch
        )
        return np.stack([pixels.numpy() for pixels, _ in batches.take(n_steps)])

    four_epochs = seen(0, 8)
    assert np.array_equal(seen(2, 4), four_epochs[4:])
    assert not np.array_equal(four_epochs[4:], four_epochs[:4])
