"""Any number of 32 x 32 images: CIFAR-10's images, repeated with different noise.

They come as one array on the disk, or as a folder of image files. No two are equal.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np

from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.core.rows import Rows
from tenfold.data.archive import CLASSES
from tenfold.data.cifar import SHAPE

NOISE = 4
"""The largest change of a pixel value by noise."""

BLOCK = 10_000
"""Images that are made at a time; divides the number of CIFAR-10's training images."""


def block(at: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The images from `at` on, `BLOCK` or as many as are left of `n`, and their labels."""
    from tenfold.data.cifar10 import gather_cifar10

    cifar = gather_cifar10().train
    first, m = at % len(cifar), min(BLOCK, n - at)
    images = cifar.images[first : first + m]
    noise = np.random.default_rng(at).integers(-NOISE, NOISE + 1, images.shape, dtype=np.int16)
    return np.clip(images + noise, 0, 255).astype(np.uint8), cifar.labels[first : first + m]


def make_array(folder: Path, n: int) -> None:
    """Write `n` images and their labels as arrays."""
    images = np.lib.format.open_memmap(
        folder / "images.npy", mode="w+", dtype=np.uint8, shape=(n, *SHAPE)
    )
    labels = np.empty(n, np.int64)
    for at in range(0, n, BLOCK):
        images[at : at + BLOCK], labels[at : at + BLOCK] = block(at, n)
    images.flush()
    np.save(folder / "labels.npy", labels)


def open_array(folder: Path) -> Dataset:
    """What `make_array` wrote, shuffled and left on the disk; a tenth of it is the test set."""
    images = np.load(folder / "images.npy", mmap_mode="r")
    labels = np.load(folder / "labels.npy")
    order = np.random.default_rng(0).permutation(len(labels))
    train, test = (
        ImageSet(Rows(images, index), labels[index], CLASSES)
        for index in np.split(order, [len(order) * 9 // 10])
    )
    return Dataset("made", train, test, Provenance("folder", str(folder)))


def make_folder(folder: Path, n: int, suffix: str) -> Iterator[int]:
    """Write `n` image files into a folder for each class; yields how many there are so far."""
    for name in CLASSES:
        (folder / name).mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        write = partial(_write_block, folder, n, suffix)
        for at, written in zip(
            range(0, n, BLOCK), pool.map(write, range(0, n, BLOCK)), strict=True
        ):
            yield at + written


def _write_block(folder: Path, n: int, suffix: str, at: int) -> int:
    from PIL import Image

    images, labels = block(at, n)
    for number, (image, label) in enumerate(zip(images, labels, strict=True), start=at):
        path = folder / CLASSES[label] / f"{number:07}{suffix}"
        Image.fromarray(image).save(path, quality=95)  # PNG has no such option, and ignores it.
    return len(images)
