"""Exploring counts, averages and picks examples."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.conftest import most_bytes, some_kilobytes

from tenfold.core.errors import TenfoldError
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.data.explore import explore


def dataset(
    images: np.ndarray, labels: list[int], classes: tuple[str, ...], batches: tuple[int, ...] = ()
) -> Dataset:
    train = ImageSet(images, np.array(labels, dtype=np.int64), classes)
    return Dataset("made", train, train.take(np.array([0])), Provenance("folder", "made", None))


def sharpness_in_loops(images: np.ndarray) -> np.ndarray:
    """What the docstrings say, pixel by pixel."""
    found = []
    for image in images.astype(np.int64):
        grey = (image @ [77, 150, 29]) // 256
        height, width = grey.shape
        laplacian = [
            abs(4 * grey[y, x] - grey[y - 1, x] - grey[y + 1, x] - grey[y, x - 1] - grey[y, x + 1])
            for y in range(1, height - 1)
            for x in range(1, width - 1)
        ]
        found.append((np.mean(laplacian) + 0.1) / (grey.std() + 0.1))
    return np.array(found)


@pytest.fixture
def noise() -> Dataset:
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (60, 4, 5, 3), dtype=np.uint8)
    labels = random.integers(0, 3, 60)
    classes = ("ant", "bee", "cow")
    train = ImageSet(images, labels, classes)
    test = ImageSet(images[:7] // 2, labels[:7], classes)
    provenance = Provenance("folder", "made", batch_sizes=(20, 40))
    return Dataset("noise", train, test, provenance)


def test_counts_images_of_each_class_in_each_set_and_batch() -> None:
    images = np.zeros((5, 1, 1, 1), dtype=np.uint8)
    train = ImageSet(images, np.array([0, 1, 1, 0, 0]), ("ant", "bee", "cow"))
    test = ImageSet(images[:2], np.array([1, 2]), ("ant", "bee", "cow"))
    provenance = Provenance("cifar10", "made", batch_sizes=(2, 3))

    found = explore(Dataset("made", train, test, provenance))

    assert found.train.counts == (3, 2, 0)
    assert found.test.counts == (0, 1, 1)
    assert found.batch_counts == ((1, 1, 0), (2, 1, 0))


def test_reports_type_and_range_of_both_sets() -> None:
    images = np.array([[3, 200], [7, 9]], dtype=np.uint8).reshape(2, 1, 2, 1)
    train = ImageSet(images, np.array([0, 1]), ("ant", "bee"))
    found = explore(Dataset("made", train, train.take(np.array([1])), Provenance("folder", "x")))
    assert (found.train.dtype, found.train.lowest, found.train.highest) == ("uint8", 3, 200)
    assert (found.test.n, found.test.lowest, found.test.highest) == (1, 7, 9)


@pytest.mark.parametrize("part_bytes", [1, 200, 4_000_000])
def test_statistics_equal_numpys_whatever_the_part(
    noise: Dataset, part_bytes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenfold.core.images.PART_BYTES", part_bytes)
    found = explore(noise)
    images, labels = noise.train.images[:].astype(np.float64), noise.train.labels
    grey = images.mean(axis=(1, 2, 3))

    np.testing.assert_allclose(found.channel_means, images.mean(axis=(0, 1, 2)))
    np.testing.assert_allclose(found.channel_deviations, images.std(axis=(0, 1, 2)))
    assert found.mean_images.dtype == np.float32
    for label in range(3):
        mean_image = images[labels == label].mean(axis=0)
        np.testing.assert_allclose(found.mean_images[label], mean_image, rtol=1e-6)
        members = labels == label
        assert found.chroma is not None
        for by_class, of_each in (
            (found.brightness, grey),
            (found.chroma, np.ptp(images, axis=3).mean(axis=(1, 2))),
            (found.sharpness, sharpness_in_loops(noise.train.images[:])),
        ):
            assert by_class.means[label] == pytest.approx(of_each[members].mean(), rel=1e-5)
            quartiles = np.percentile(of_each[members], [25, 50, 75])
            assert by_class.percentiles[label, 1:4] == pytest.approx(quartiles, rel=1e-5)


def test_blurred_images_are_less_sharp_and_grey_ones_have_no_chroma(noise: Dataset) -> None:
    random = np.random.default_rng(1)
    sharp = random.integers(0, 256, (9, 16, 16, 1), dtype=np.uint8).repeat(3, axis=3)
    moved = [np.roll(sharp, (y, x), (1, 2)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    images = np.concatenate([sharp, np.mean(moved, axis=0).astype(np.uint8)])
    found = explore(dataset(images, [0] * 9 + [1] * 9, ("sharp", "blurred")))
    assert found.chroma is not None
    assert found.chroma.means.tolist() == [0, 0]
    assert found.sharpness.percentiles[0, 0] > 2 * found.sharpness.percentiles[1, 4]


def test_takes_the_first_ten_images_of_each_class(noise: Dataset) -> None:
    found = explore(noise)
    for label in range(3):
        positions = found.example_positions[found.examples.labels == label]
        assert positions.tolist() == np.flatnonzero(noise.train.labels == label)[:10].tolist()
    np.testing.assert_array_equal(
        found.examples.images, noise.train.images[found.example_positions]
    )
    np.testing.assert_array_equal(found.first.images, noise.train.images[:10])


def test_reads_memory_mapped_images(noise: Dataset, tmp_path: Path) -> None:
    np.save(tmp_path / "images.npy", noise.train.images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    train = ImageSet(mapped, noise.train.labels, noise.classes)
    found = explore(Dataset("noise", train, noise.test, noise.provenance))
    assert found.to_dict() == explore(noise).to_dict()


def test_explores_images_on_the_disk_part_by_part(
    noise: Dataset,
    on_disk: Callable[[ImageSet], ImageSet],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tenfold.core.images.PART_BYTES", 5 * 60)
    moved = replace(noise, train=on_disk(noise.train), test=on_disk(noise.test))
    found, expected = explore(moved), explore(noise)
    assert found.to_dict() == expected.to_dict()
    np.testing.assert_array_equal(found.mean_images, expected.mean_images)
    np.testing.assert_array_equal(found.examples.images[:], expected.examples.images)


def test_holds_few_of_the_images_on_the_disk_at_once(
    on_disk: Callable[[ImageSet], ImageSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tenfold.core.images.PART_BYTES", 10 * 3072)
    images = on_disk(some_kilobytes(300))
    dataset = Dataset("made", images, images, Provenance("folder", "made"))
    assert most_bytes(lambda: explore(dataset)) < 150 * 3072


def test_json_holds_no_nan_where_a_class_or_a_set_is_empty() -> None:
    images = np.full((2, 1, 1, 1), 8, dtype=np.uint8)
    train = ImageSet(images, np.array([0, 0]), ("ant", "bee"))
    empty = train.take(np.array([], dtype=np.int64))
    found = explore(Dataset("made", train, empty, Provenance("folder", "made")))
    facts = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert facts["brightness_0_to_255"]["ant"]["p95"] == 8
    assert facts["brightness_0_to_255"]["bee"] is None
    assert facts["colour_0_to_255"] == {"ant": [8.0], "bee": None}
    assert facts["chroma_0_to_255"] is None
    assert facts["sharpness"]["bee"] is None
    assert facts["test"]["lowest"] is None
    assert facts["examples"] == {"ant": [0, 1], "bee": []}
    assert np.isnan(found.mean_images[1]).all()


def test_refuses_a_dataset_without_training_images(noise: Dataset) -> None:
    empty = noise.train.take(np.array([], dtype=np.int64))
    with pytest.raises(TenfoldError, match="training images in 'noise'; received none"):
        explore(Dataset("noise", empty, noise.test, noise.provenance))


@pytest.mark.cifar10
def test_cifar10_has_its_published_counts() -> None:
    if "TENFOLD_CIFAR10" not in os.environ:
        pytest.skip("TENFOLD_CIFAR10 does not name the archive")
    from tenfold.data.cifar10 import gather_cifar10

    found = explore(gather_cifar10(Path(os.environ["TENFOLD_CIFAR10"])))
    assert [sum(batch) for batch in found.batch_counts] == [10_000] * 5
    assert found.train.counts == (5_000,) * 10
    assert found.test.counts == (1_000,) * 10
    assert found.shape == (32, 32, 3)
