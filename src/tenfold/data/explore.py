"""Explore: count, measure and sample the images and labels."""

from collections.abc import Callable

import numpy as np

from tenfold.core.appearance import Appearance
from tenfold.core.errors import DataError
from tenfold.core.exploration import PERCENTILES, ByClass, Exploration, SetSummary
from tenfold.core.images import Dataset, ImageSet
from tenfold.data.appearance import appearance_of, size_appearance
from tenfold.data.image_statistics import chroma, contrast, detail, luminances, sharpness

_N_EXAMPLES = 10


def explore(dataset: Dataset) -> Exploration:
    """Count, average and pick examples; reads images on the disk a few megabytes at a time.

    Raises:
        DataError: There are no training images.
    """
    train, n_classes = dataset.train, len(dataset.classes)
    if not len(train):
        raise DataError(
            f"Expected training images in '{dataset.name}'; received none. "
            "Add at least one image of each class."
        )
    histogram = _channel_histogram(train)
    by_class = [np.flatnonzero(train.labels == label) for label in range(n_classes)]
    positions = np.concatenate([members[:_N_EXAMPLES] for members in by_class])
    means, deviations = _moments(histogram)
    return Exploration(
        name=dataset.name,
        classes=dataset.classes,
        shape=dataset.shape,
        train=_summary(train),
        test=_summary(dataset.test),
        batch_counts=_batch_counts(train.labels, dataset.provenance.batch_sizes, n_classes),
        channel_means=means,
        channel_deviations=deviations,
        mean_images=_mean_images(train),
        appearance=_appearance(train) + size_appearance(dataset),
        brightness=_by_class(_of_each(train, _brightness), by_class),
        chroma=_by_class(_of_each(train, chroma), by_class) if train.shape[2] == 3 else None,
        sharpness=_by_class(_of_each(train, _sharpness), by_class),
        example_positions=positions,
        examples=train.take(positions),
        first=train.take(np.arange(min(_N_EXAMPLES, len(train)))),
    )


def _summary(images: ImageSet) -> SetSummary:
    return SetSummary(
        n=len(images),
        dtype=str(images.images.dtype),
        lowest=min((int(part.min()) for part in images.parts()), default=None),
        highest=max((int(part.max()) for part in images.parts()), default=None),
        counts=_counts(images.labels, len(images.classes)),
    )


def _counts(labels: np.ndarray, n_classes: int) -> tuple[int, ...]:
    return tuple(np.bincount(labels, minlength=n_classes).tolist())


def _batch_counts(
    labels: np.ndarray, batch_sizes: tuple[int, ...], n_classes: int
) -> tuple[tuple[int, ...], ...]:
    ends = np.cumsum(batch_sizes, dtype=np.int64)
    starts = ends - np.array(batch_sizes, dtype=np.int64)
    return tuple(
        _counts(labels[start:end], n_classes) for start, end in zip(starts, ends, strict=True)
    )


def _channel_histogram(train: ImageSet) -> np.ndarray:
    """Count int64 (channels, 256): how often each pixel value occurs in each channel."""
    n_channels = train.shape[2]
    histogram = np.zeros((n_channels, 256), dtype=np.int64)
    for images in train.parts():
        for channel in range(n_channels):
            values = images[:, :, :, channel].ravel()
            histogram[channel] += np.bincount(values, minlength=256)
    return histogram


def _moments(histogram: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation of each channel, exact up to the last rounding."""
    values = np.arange(256)
    n = histogram.sum(axis=1)
    means = histogram @ values / n
    squared_distances = (values - means[:, None]) ** 2
    deviations = np.sqrt((histogram * squared_distances).sum(axis=1) / n)
    return tuple(means.tolist()), tuple(deviations.tolist())


def _of_each(train: ImageSet, measure: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A number of each image: float (n,)."""
    return np.concatenate([measure(part) for part in train.parts()])


def _brightness(images: np.ndarray) -> np.ndarray:
    """float64 (n,), 0-255: the mean of all values of each image."""
    means: np.ndarray = images.reshape(len(images), -1).mean(axis=1)
    return means


def _sharpness(images: np.ndarray) -> np.ndarray:
    grey = luminances(images)
    return sharpness(detail(grey), contrast(grey))


def _appearance(train: ImageSet) -> Appearance:
    return sum(map(appearance_of, train.parts()), Appearance())


def _mean_images(train: ImageSet) -> np.ndarray:
    """float32 (n_classes, height, width, channels), 0-255; NaN for a class without images."""
    n_classes = len(train.classes)
    sums = np.zeros((n_classes, *train.shape), dtype=np.int64)
    n_seen = 0
    for images in train.parts():
        labels = train.labels[n_seen : n_seen + len(images)]
        n_seen += len(images)
        for label in np.unique(labels):
            sums[label] += images[labels == label].sum(axis=0, dtype=np.int64)
    counts = np.bincount(train.labels, minlength=n_classes).astype(np.float64)
    counts[counts == 0] = np.nan
    means: np.ndarray = (sums / counts[:, None, None, None]).astype(np.float32)
    return means


def _by_class(values: np.ndarray, by_class: list[np.ndarray]) -> ByClass:
    """The mean and the percentiles of each class; NaN for one without images."""
    rows = np.full((len(by_class), 1 + len(PERCENTILES)), np.nan)
    for row, members in zip(rows, by_class, strict=True):
        if len(members):
            found = values[members]
            row[:] = [found.mean(), *np.percentile(found, PERCENTILES)]
    return ByClass(rows[:, 0], rows[:, 1:])
