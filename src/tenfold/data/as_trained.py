"""Bring image files to the shape of a fitted network, in the same way as its training images."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.appearance import Appearance
from tenfold.core.errors import ImageError
from tenfold.core.images import Shape
from tenfold.core.rendering import PLAIN, Rendering
from tenfold.data.appearance import Size, appearance_of
from tenfold.data.picture import content_of, load_picture, render

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Brought:
    """Some files as images for a network.

    Attributes:
        images: uint8 (n, height, width, channels), 0-255, of those files that can be read.
        reasons: For each file, why it cannot be read; empty where it can.
        appearance: How the images look.
    """

    images: np.ndarray
    reasons: tuple[str, ...]
    appearance: Appearance


def bring(
    files: Sequence[Path], shape: Shape, rendering: Rendering | None, *, invert: bool = False
) -> Brought:
    """Read image files for a network.

    Args:
        files: The files.
        shape: Height and width in pixels, then channels: 3 for RGB, 1 for grey.
        rendering: How the training images' files were read; None where there were none.
        invert: Whether to make negatives of them.
    """
    rgb = (*shape[:2], 3)
    read: list[np.ndarray] = []
    sizes: list[Size] = []
    reasons: list[str] = []
    for file in files:
        try:
            loaded = load_picture(content_of(file))
            read.append(_rendered(loaded.picture, rgb, rendering))
        except ImageError as reason:
            reasons.append(str(reason))
            continue
        sizes.append((loaded.original.width, loaded.original.height))
        reasons.append("")
    colours = np.stack(read) if read else np.empty((0, *rgb), dtype=np.uint8)
    if invert:
        colours = 255 - colours
    images = with_channels(colours, shape[2])
    looks = appearance_of(images, colours=colours, sizes=sizes)
    return Brought(images, tuple(reasons), looks)


def bring_one(picture: "Image", shape: Shape, rendering: Rendering | None) -> np.ndarray:
    """Bring a decoded, upright picture to a shape, as `bring` does: uint8 `shape`, 0-255.

    Args:
        picture: Of any size and mode.
        shape: Height and width in pixels, then channels: 3 for RGB, 1 for grey.
        rendering: How the training images' files were read; None where there were none.

    Raises:
        ImageError: It cannot be brought to that shape.
    """
    colours = _rendered(picture, (*shape[:2], 3), rendering)
    image: np.ndarray = with_channels(colours[np.newaxis], shape[2])[0]
    return image


def _rendered(picture: "Image", shape: Shape, rendering: Rendering | None) -> np.ndarray:
    """Bring a picture to a shape as the training images were."""
    scale, fit = (rendering.scale, rendering.fit) if rendering else (PLAIN, "crop")
    return render(picture, shape, scale=scale, fit=fit)


def with_channels(images: np.ndarray, channels: int) -> np.ndarray:
    """Make grey images of RGB images, or RGB images of grey ones: uint8 (n, ..., channels).

    Images that have as many channels, or that cannot be changed so, stay as they are.

    Args:
        images: uint8 (n, height, width, 1 or 3), 0-255.
        channels: 1 or 3.
    """
    from PIL import Image

    if (images.shape[3], channels) == (1, 3):
        return np.repeat(images, 3, axis=3)
    if (images.shape[3], channels) != (3, 1):
        return images
    grey = np.empty((*images.shape[:3], 1), dtype=np.uint8)
    for i, image in enumerate(images):
        grey[i, :, :, 0] = Image.fromarray(image).convert("L")
    return grey
