import numpy as np
import pytest

from tenfold.core.images import ImageSet
from tenfold.learn.as_seen import N_EPOCHS, N_IMAGES, as_seen, first_as_seen
from tenfold.recipes import find_recipe

PLAIN = {"shift": 0.0, "flip": False, "mixup": 0.0, "cutmix": 0.0}


def flat(n, n_classes=1):
    """Images of one value each, dark on the left, so that each is known again."""
    images = np.zeros((n, 6, 6, 1), np.uint8)
    images[:] = 10 * np.arange(1, n + 1)[:, None, None, None]
    images[:, :, 0] = 0
    classes = tuple(map(str, range(n_classes)))
    return ImageSet(images, np.sort(np.arange(n) % n_classes), classes)


def recipe(**changes):
    return find_recipe("quick").with_overrides({**PLAIN, **changes})


def test_a_recipe_that_changes_nothing_shows_each_image_at_its_place():
    images = flat(5)
    seen = as_seen(images, recipe(), seed=3, n_epochs=2)
    np.testing.assert_array_equal(seen, np.stack([images.images[:]] * 2))


def test_each_image_is_mirrored_in_every_second_epoch():
    images = flat(5)
    seen = as_seen(images, recipe(flip=True), seed=3, n_epochs=4)
    for i in range(5):
        dark_left = [bool((seen[epoch, i, :, 0] == 0).all()) for epoch in range(4)]
        assert dark_left in ([True, False] * 2, [False, True] * 2)


@pytest.mark.parametrize("mixup", [0.0, 0.5])
def test_a_blended_image_stays_at_the_place_of_its_own(mixup):
    images = flat(5)
    seen = as_seen(images, recipe(mixup=mixup, flip=True), seed=0, n_epochs=3)
    brightest = seen.max(axis=(2, 3, 4)).astype(int)
    own = 10 * np.arange(1, 6)
    if mixup:
        assert (brightest != own).any()
        assert (abs(brightest - own) <= abs(own[:, None] - own).max(axis=1) / 2 + 1).all()
    else:
        assert (brightest == own).all()


def test_an_image_that_is_mostly_replaced_stays_at_its_place_too():
    images = flat(5)
    seen = as_seen(images, recipe(cutmix=1.0), seed=0, n_epochs=20)[:, :, :, 1:, 0]
    kept = seen == images.images[:, :, 1:, 0]
    assert 0.5 < kept.mean() < 0.9
    assert (kept.mean(axis=(2, 3)) < 0.5).any()
    for each in ~kept.reshape(-1, 6, 5):
        assert np.array_equal(each, np.outer(each.any(axis=1), each.any(axis=0)))


def test_as_many_classes_as_possible_are_shown():
    images, seen = first_as_seen(flat(20, n_classes=4), recipe(shift=0.2), seed=0)
    assert images.shape == (N_IMAGES, 6, 6, 1)
    assert seen.shape == (N_EPOCHS, N_IMAGES, 6, 6, 1)
    assert (images.max(axis=(1, 2, 3)) // 10).tolist()[:4] == [1, 6, 11, 16]
