"""Faults that are planted into CIFAR-10, to see whether an audit finds them."""

import colorsys
import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from tenfold.core.images import Dataset

Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""Takes and returns an image: uint8 (height, width, 3)."""


def jpeg_again(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Compress it as JPEG at quality 50 to 90."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=int(rng.integers(50, 91)))
    return np.asarray(Image.open(file))


def shifted(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shift it by up to 3 pixels down and right, by 1 at least; borders repeat."""
    shift = (0, 0)
    while shift == (0, 0):
        down, right = rng.integers(-3, 4, 2)
        shift = (int(down), int(right))
    padded = np.pad(image, ((3, 3), (3, 3), (0, 0)), mode="edge")
    top, left = 3 + shift[0], 3 + shift[1]
    moved: np.ndarray = padded[top : top + image.shape[0], left : left + image.shape[1]]
    return moved


def brightened(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Multiply its values by 1.1 to 1.5, and cut them at white."""
    return np.clip(image * rng.uniform(1.1, 1.5), 0, 255).astype(np.uint8)


def mirrored(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    """Swap left and right."""
    return image[:, ::-1]


def smaller(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    """Scale it to 90 % of its size; borders repeat."""
    height, width = image.shape[:2]
    down, right = round(height * 0.9), round(width * 0.9)
    small = np.asarray(Image.fromarray(image).resize((right, down), Image.Resampling.BICUBIC))
    top, left = (height - down) // 2, (width - right) // 2
    around = ((top, height - down - top), (left, width - right - left), (0, 0))
    return np.pad(small, around, mode="edge")


def hue_turned(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn its hues by 60 to 300 degrees."""
    turn = rng.uniform(1 / 6, 5 / 6)
    pixels = (colorsys.rgb_to_hsv(*pixel) for pixel in image.reshape(-1, 3) / 255)
    turned = [colorsys.hsv_to_rgb((hue + turn) % 1, *others) for hue, *others in pixels]
    values: np.ndarray = np.rint(np.array(turned) * 255).astype(np.uint8)
    return values.reshape(image.shape)


CHANGES: tuple[Change, ...] = (jpeg_again, shifted, brightened, mirrored, smaller, hue_turned)


@dataclass(frozen=True)
class Planted:
    """A data set with duplicates in it.

    Attributes:
        dataset: Some of its test images are copies of training images, which have their labels.
        truth: For each replaced test image, its training image and the name of the change.
    """

    dataset: Dataset
    truth: dict[int, tuple[int, str]]


def plant_duplicates(
    dataset: Dataset,
    sources: np.ndarray,
    places: np.ndarray,
    *,
    n_exact: int = 200,
    n_changed: int = 400,
    seed: int = 0,
) -> Planted:
    """Replace test images by copies of training images.

    Args:
        dataset: The data set.
        sources: Positions of training images to draw from.
        places: Positions of test images to draw from.
        n_exact: Exact copies.
        n_changed: Changed copies, each of `CHANGES` equally often.
        seed: Decides the draw and the changes.
    """
    rng = np.random.default_rng(seed)
    n = n_exact + n_changed
    taken, replaced = (rng.choice(among, n, replace=False) for among in (sources, places))
    images, labels = dataset.test.images[:].copy(), dataset.test.labels.copy()
    truth = {}
    for number, (at, to) in enumerate(zip(taken.tolist(), replaced.tolist(), strict=True)):
        image = dataset.train.images[at]
        change = CHANGES[number % len(CHANGES)] if number >= n_exact else None
        images[to] = change(image, rng) if change else image
        labels[to] = dataset.train.labels[at]
        truth[to] = (at, change.__name__ if change else "exact")
    test = replace(dataset.test, images=images, labels=labels)
    return Planted(replace(dataset, test=test), truth)
