import numpy as np
import pytest

from tenfold.core.images import ImageSet
from tenfold.learn.batches import in_order, steps_per_epoch, training_batches

N, BATCH = 10, 4
STEPS = steps_per_epoch(N, BATCH)
IMAGES = ImageSet(
    np.arange(N, dtype=np.uint8).reshape(N, 1, 1, 1), np.arange(N) % 3, ("a", "b", "c")
)


def orders(*, seed: int, n_epochs: int, first_epoch: int = 0) -> list[list[int]]:
    """The pixel of each image, which equals the image's position, epoch by epoch."""
    batches = training_batches(IMAGES, batch_size=BATCH, seed=seed, first_step=first_epoch * STEPS)
    seen = [np.asarray(pixels).ravel() for pixels, _ in batches.take(n_epochs * STEPS)]
    epochs = (seen[i : i + STEPS] for i in range(0, len(seen), STEPS))
    return [np.concatenate(epoch).tolist() for epoch in epochs]


def test_three_batches_show_ten_images_once():
    assert STEPS == 3
    assert all(sorted(order) == list(range(N)) for order in orders(seed=0, n_epochs=3))


def test_each_epoch_has_an_order_of_its_own_that_the_seed_decides():
    first, second = orders(seed=0, n_epochs=2)
    assert first != second
    assert orders(seed=0, n_epochs=2) == [first, second]
    assert orders(seed=1, n_epochs=1) != [first]


def test_beginning_at_a_later_epoch_gives_that_epochs_order():
    assert orders(seed=0, n_epochs=1, first_epoch=2) == orders(seed=0, n_epochs=3)[2:]


def test_images_stay_uint8_beside_their_own_labels():
    for pixels, labels in training_batches(IMAGES, batch_size=BATCH, seed=0).take(STEPS):
        assert pixels.dtype == "uint8"
        assert (np.asarray(pixels).ravel() % 3).tolist() == np.asarray(labels).tolist()


@pytest.mark.parametrize("batch_size", [3, N, 100])
def test_validation_comes_whole_and_in_order(batch_size):
    batches = in_order((IMAGES.images, IMAGES.labels), batch_size=batch_size)
    labels = np.concatenate([np.asarray(labels) for _, labels in batches])
    assert labels.tolist() == IMAGES.labels.tolist()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"shift_px": 1, "flip": True},
        {"shift_px": 1, "flip": True, "mixup": 0.5},
        {"shift_px": 1, "flip": True, "mixup": 0.5, "cutmix": 0.5},
    ],
    ids=["plain", "shifted and mirrored", "blended", "blended or pasted"],
)
@pytest.mark.parametrize("first_step", [0, 7])
def test_images_on_the_disk_give_the_same_batches(train, on_disk, reads, options, first_step):
    given = {"batch_size": 16, "seed": 3, "first_step": first_step, **options}
    here, there = (training_batches(images, **given) for images in (train, on_disk(train)))
    for (pixels, labels), (others, their_labels) in zip(here.take(9), there.take(9), strict=True):
        assert (others.dtype, their_labels.dtype) == (pixels.dtype, labels.dtype)
        np.testing.assert_array_equal(others, pixels)
        np.testing.assert_array_equal(their_labels, labels)
    assert max(reads) <= 16


@pytest.mark.parametrize("batch_size", [7, 60, 100])
def test_images_on_the_disk_come_in_order_batch_by_batch(train, on_disk, reads, batch_size):
    moved = on_disk(train)
    alone = list(in_order(moved.images, batch_size=batch_size))
    paired = list(in_order((moved.images, moved.labels), batch_size=batch_size))
    np.testing.assert_array_equal(np.concatenate(alone), train.images)
    np.testing.assert_array_equal(np.concatenate([pixels for pixels, _ in paired]), train.images)
    np.testing.assert_array_equal(np.concatenate([labels for _, labels in paired]), train.labels)
    assert max(reads) == min(batch_size, 60)


def test_with_mixup_labels_are_the_shares_of_the_classes():
    whole = training_batches(IMAGES, batch_size=BATCH, seed=0)
    blended = training_batches(IMAGES, batch_size=BATCH, seed=0, mixup=0.5)
    n_blended = 0
    for (_, labels), (_, shares) in zip(whole.take(9), blended.take(9), strict=True):
        assert (shares.dtype, shares.shape[1]) == ("float32", 3)
        np.testing.assert_allclose(np.asarray(shares).sum(axis=1), 1, rtol=1e-6)
        assert (np.asarray(shares)[np.arange(len(labels)), labels] >= 0.5).all()
        n_blended += int((np.asarray(shares).max(axis=1) < 0.9).sum())
    assert n_blended > 5


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"shift_px": 2, "flip": True},
        {"flip": True, "mixup": 0.5},
        {"shift_px": 2, "flip": True, "mixup": 0.5, "cutmix": 0.5},
    ],
)
@pytest.mark.parametrize("batch_size", [11, 12])
def test_the_parts_of_a_batch_are_those_of_the_whole_batch(train, options, batch_size):
    def batches(part=None):
        every = training_batches(train, batch_size=batch_size, seed=3, part=part, **options)
        return list(every.take(8).as_numpy_iterator())

    parts = [
        batches(lambda n, rank=rank: (rank * n // 3, (rank + 1) * n // 3)) for rank in range(3)
    ]
    for whole, *shares in zip(batches(), *parts, strict=True):
        for number, expected in enumerate(whole):
            found = np.concatenate([share[number] for share in shares])
            np.testing.assert_array_equal(found, expected)
            assert all(len(share[number]) < len(expected) for share in shares)
