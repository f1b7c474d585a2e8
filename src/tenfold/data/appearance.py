"""Count how images look as a whole: dark or light, grey or coloured, large or small."""

import math
import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tenfold.core.appearance import Appearance
from tenfold.core.images import Dataset
from tenfold.data.image_statistics import chroma

_MIDDLE_GREY = 127.5
_GREY_UP_TO = 2.0
"""Channels that differ by no more than this in the mean count as grey, since JPEG rounds by as
much.

Of CIFAR-10's training images 1.2 % are grey to the bit, 1.4 % by this, 2.1 % by twice as much.
"""
_LONG = 2.0
_MOST_SIZED = 200

Size = tuple[int, int]
"""Width and height in pixels."""


def appearance_of(
    images: np.ndarray, *, colours: np.ndarray | None = None, sizes: Iterable[Size | None] = ()
) -> Appearance:
    """Count how images look.

    Args:
        images: uint8 (n, height, width, channels), 0-255.
        colours: uint8 (n, height, width, 3), the same before they were made grey; None if as above.
        sizes: What the images' files hold, as far as it is known.
    """
    if not len(images):
        return Appearance()
    return Appearance(
        n=len(images),
        n_dark=_count(images.reshape(len(images), -1).mean(axis=1) < _MIDDLE_GREY),
        n_dark_border=_count(_border(images).mean(axis=1) < _MIDDLE_GREY),
        n_grey=_count(chroma(images if colours is None else colours) <= _GREY_UP_TO),
    ) + _of_sizes(sizes)


def size_appearance(dataset: Dataset) -> Appearance:
    """Count the sizes of some training images' files, evenly spread; none where there are none."""
    files, root = dataset.train.files, Path(dataset.provenance.location)
    step = max(1, len(files) // _MOST_SIZED)
    return _of_sizes(size_of(root / file) for file in files[::step][:_MOST_SIZED])


def size_of(file: Path) -> Size | None:
    """Width and height of an image file; None if they cannot be read."""
    from PIL import Image

    try:
        if not file.is_file():  # Opening a pipe would wait for its other end.
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(file) as opened:
                width, height = opened.size
    except Exception:  # Decoders raise almost any exception; reading the image gives the reason.
        return None
    return width, height


def _of_sizes(sizes: Iterable[Size | None]) -> Appearance:
    known = [size for size in sizes if size and min(size) > 0]
    return Appearance(
        n_sized=len(known),
        n_long=sum(max(size) >= _LONG * min(size) for size in known),
        log_side=sum(math.log(min(size)) for size in known),
    )


def _count(found: np.ndarray) -> int:
    return int(np.count_nonzero(found))


def _border(images: np.ndarray) -> np.ndarray:
    """uint8 (n, values): the outermost pixels of each image."""
    outermost = np.ones(images.shape[1:3], dtype=bool)
    outermost[1:-1, 1:-1] = False
    found: np.ndarray = images[:, outermost].reshape(len(images), -1)
    return found
