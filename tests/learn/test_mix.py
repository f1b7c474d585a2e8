import numpy as np
import pytest
import tensorflow as tf

from tenfold.learn.augment import N_GROUPS
from tenfold.learn.mix import mix, rectangles

HEIGHT, WIDTH = 5, 7
IMAGES = np.random.default_rng(0).integers(0, 256, (2 * N_GROUPS, HEIGHT, WIDTH, 2), np.uint8)


def mixed(images: np.ndarray, *, mixup: float = 0.0, cutmix: float = 0.0, count: int = 0):
    """Mix images, each of a class of its own, with those half a batch before them."""
    n = len(images)
    pair = images, np.eye(n, dtype=np.float32)
    others = [np.roll(each, (n + 1) // 2, axis=0) for each in pair]
    step = {"seed": 7, "count": tf.constant(count, tf.int64), "n_batch": tf.constant(n)}
    found = mix(
        (tf.constant(pair[0]), tf.constant(pair[1])),
        (tf.constant(others[0]), tf.constant(others[1])),
        mixup=mixup,
        cutmix=cutmix,
        **step,
    )
    return [np.asarray(each) for each in found]


def test_images_are_blended_in_the_shares_of_their_targets():
    blend, shares = mixed(IMAGES, mixup=0.5)
    assert (blend.dtype, blend.shape) == (np.uint8, IMAGES.shape)
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-6)
    own = np.diag(shares)
    assert (own >= 0.5).all()
    assert own.min() < 0.7 < 0.95 < own.max()  # A beta distribution of 0.5 has both.
    expected = np.tensordot(shares, IMAGES.astype(float), axes=1)
    assert np.abs(blend - expected).max() <= 1


def test_nearly_all_of_each_image_is_left_by_a_small_parameter():
    gentle, strong = (np.diag(mixed(IMAGES, mixup=alpha)[1]).mean() for alpha in (0.01, 10.0))
    assert strong < 0.65 < 0.95 < gentle


@pytest.mark.parametrize("n", [1, 2, 3])
def test_blending_small_batches(n):
    blend, shares = mixed(IMAGES[:n], mixup=0.5)
    assert blend.shape == IMAGES[:n].shape
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-6)
    if n == 1:
        assert np.abs(blend.astype(int) - IMAGES[:1]).max() <= 1


@pytest.mark.parametrize("how", [{"mixup": 0.5}, {"cutmix": 1.0}])
def test_the_step_decides_the_shares(how):
    first, again, other = (mixed(IMAGES, count=count, **how)[1] for count in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def numbered(n: int) -> np.ndarray:
    """Images whose pixels say where they are: image, row and column."""
    return np.moveaxis(np.indices((n, HEIGHT, WIDTH)), 0, -1).astype(np.uint8)


def is_rectangle(pixels: np.ndarray) -> bool:
    """Whether the true values of a matrix are a rectangle without a gap, or none."""
    sides = pixels.any(axis=1), pixels.any(axis=0)
    has_no_gap = all(np.diff(side, prepend=False, append=False).sum() <= 2 for side in sides)
    return has_no_gap and np.array_equal(pixels, np.outer(*sides))


@pytest.mark.parametrize("n", [1, 2, 17, 50])
def test_a_rectangle_comes_from_the_other_image_and_targets_follow_its_area(n):
    images, seen = numbered(n), set()
    for count in range(20):
        pasted, shares = mixed(images, cutmix=1.0, count=count)
        assert (pasted.dtype, pasted.shape) == (np.uint8, images.shape)
        np.testing.assert_array_equal(pasted[..., 1:], images[..., 1:])  # Every pixel is in place.
        for i in range(n):
            other = (i - (n + 1) // 2) % n
            replaced = pasted[i, ..., 0] != i
            assert set(pasted[i, ..., 0][replaced]) <= {other}
            assert is_rectangle(replaced)
            expected = np.zeros(n)
            expected[i] = 1 - replaced.mean()
            expected[other] += replaced.mean()
            np.testing.assert_allclose(shares[i], expected, atol=1e-6)
            seen.add(replaced.tobytes())
    assert len(seen) > 100 or n < 17


def test_the_images_of_a_batch_have_different_rectangles():
    pasted, _ = mixed(numbered(4 * N_GROUPS), cutmix=1.0)
    replaced = pasted[..., 0] != np.arange(4 * N_GROUPS)[:, None, None]
    assert len({each.tobytes() for each in replaced}) > N_GROUPS / 2
    groups = replaced.reshape(N_GROUPS, 4, -1)
    assert (groups == groups[:, :1]).all()


def test_rectangles_cover_each_pixel_as_often_as_those_of_the_paper():
    height, width = 16, 12
    keys = tf.constant([[7, count] for count in range(150)], tf.int64)
    found = np.concatenate([rectangles(key, height, width) for key in keys])
    # With side s = sqrt(u), u uniform, and a uniform centre, s - s**2 / 4 of a side are left after
    # clipping; the mean of its square is 1/2 - 1/5 + 1/48.
    assert found.mean() == pytest.approx(1 / 2 - 1 / 5 + 1 / 48, abs=0.015)
    area, down, across = np.random.default_rng(0).random((3, 20_000, 1))
    rows = abs((np.arange(height) + 0.5) / height - down) < np.sqrt(area) / 2
    columns = abs((np.arange(width) + 0.5) / width - across) < np.sqrt(area) / 2
    expected = np.einsum("ij,ik->jk", rows.astype(float), columns.astype(float)) / len(area)
    np.testing.assert_allclose(found.mean(axis=0), expected, atol=0.04)


@pytest.mark.parametrize("mixup", [0.0, 0.5])
def test_a_step_either_pastes_or_blends(mixup):
    def steps(**how):
        found = [mixed(IMAGES, count=count, **how) for count in range(80)]
        return [(pixels.tobytes(), shares.tobytes()) for pixels, shares in found]

    never, some, always = (steps(mixup=mixup, cutmix=share) for share in (0.0, 0.25, 1.0))
    assert always == steps(cutmix=1.0)
    assert all((step == a) != (step == b) for step, a, b in zip(some, always, never, strict=True))
    assert 12 <= sum(step == pasted for step, pasted in zip(some, always, strict=True)) <= 28
    if not mixup:
        assert set(never) == {(IMAGES.tobytes(), np.eye(len(IMAGES), dtype=np.float32).tobytes())}
