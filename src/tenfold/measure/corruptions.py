"""Ways to spoil images, each at five strengths: noise, blur, contrast, brightness, shift, JPEG.

A new corruption is one entry of `CORRUPTIONS`.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

NOMINAL_SIDE_PX = 32
"""Blurs and shifts are stated for images of this side, and grow with the side of larger images."""

Spoil = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]
"""uint8 (n, height, width, channels), a strength, and a random generator -> uint8, same shape."""


@dataclass(frozen=True)
class Corruption:
    """One way to spoil images.

    Attributes:
        name: One word.
        unit: What a strength counts.
        strengths: Five of them, the mildest first.
        spoil: The function that does it.
    """

    name: str
    unit: str
    strengths: tuple[float, float, float, float, float]
    spoil: Spoil

    def __call__(
        self, images: np.ndarray, *, strength: float, seed: int | tuple[int, ...]
    ) -> np.ndarray:
        """Spoil images: uint8 (n, height, width, channels) -> uint8 of the same shape.

        Args:
            images: What to spoil; it does not change.
            strength: As in `strengths`.
            seed: Decides what is drawn. The same seed draws the same for every strength, so that
                strengths differ in nothing else.
        """
        return self.spoil(images, strength, np.random.default_rng(seed))


def noise(images: np.ndarray, sd: float, random: np.random.Generator) -> np.ndarray:
    """Add normal noise of `sd` grey levels to each value, independently."""
    drawn = random.standard_normal(images.shape, np.float32)
    return _as_bytes(images + np.float32(sd) * drawn)


def blur(images: np.ndarray, sd_px: float, random: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    """Blur with a normal kernel of `sd_px` pixels for a side of 32; edges are mirrored."""
    from scipy.ndimage import gaussian_filter

    sd = _scaled(sd_px, images)
    return _as_bytes(gaussian_filter(images.astype(np.float32), (0, sd, sd, 0), mode="mirror"))


def contrast(images: np.ndarray, kept: float, random: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    """Keep the share `kept` of each value's distance from the mean of its image."""
    mean = images.mean(axis=(1, 2, 3), keepdims=True, dtype=np.float32)
    return _as_bytes(mean + np.float32(kept) * (images - mean))


def brightness(images: np.ndarray, levels: float, random: np.random.Generator) -> np.ndarray:
    """Make each image `levels` grey levels lighter or darker, as drawn."""
    signs = random.choice(np.array([-1, 1], np.float32), (len(images), 1, 1, 1))
    return _as_bytes(images + np.float32(levels) * signs)


def shift(images: np.ndarray, far_px: float, random: np.random.Generator) -> np.ndarray:
    """Move each image `far_px` pixels for a side of 32: up, down, left or right, as drawn.

    Fractions of a pixel are interpolated; new pixels at an edge are reflections.
    """
    far, spoilt = _scaled(far_px, images), np.empty_like(images)
    directions = random.integers(4, size=len(images))
    for direction, (axis, sign) in enumerate(((1, -1), (1, 1), (2, -1), (2, 1))):
        chosen = directions == direction
        spoilt[chosen] = _moved(images[chosen], axis, sign * far)
    return spoilt


def jpeg(images: np.ndarray, quality: float, random: np.random.Generator) -> np.ndarray:  # noqa: ARG001
    """Write each image as JPEG of that `quality`, 1 to 95, and read it again.

    Images of 3 channels are written as RGB, all others channel by channel as grey.
    """
    if images.shape[3] == 3:
        return np.stack([_through_jpeg(image, round(quality)) for image in images])
    channels = np.moveaxis(images, 3, 1)
    return np.stack(
        [
            np.stack([_through_jpeg(channel, round(quality)) for channel in image], axis=-1)
            for image in channels
        ]
    )


CORRUPTIONS = (
    Corruption("noise", "standard deviation, grey levels", (10, 20, 30, 40, 50), noise),
    Corruption("blur", "standard deviation, pixels for a side of 32", (0.5, 0.75, 1, 1.5, 2), blur),
    Corruption("contrast", "share that is kept", (0.75, 0.5, 0.35, 0.25, 0.15), contrast),
    Corruption("brightness", "lighter or darker, grey levels", (20, 40, 60, 80, 100), brightness),
    Corruption("shift", "pixels for a side of 32", (1, 2, 4, 6, 8), shift),
    Corruption("jpeg", "quality, 1 to 95", (80, 60, 40, 20, 10), jpeg),
)
"""All corruptions, each from mild to strong.

Source: the idea, and all kinds but the shift, arXiv:1903.12261; the strengths are Tenfold's own.
"""


def _as_bytes(values: np.ndarray) -> np.ndarray:
    rounded: np.ndarray = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return rounded


def _scaled(px: float, images: np.ndarray) -> float:
    """Pixels of these images, for `px` pixels of an image with a side of 32."""
    side = int(min(images.shape[1:3]))
    return px * side / NOMINAL_SIDE_PX


def _moved(images: np.ndarray, axis: int, far: float) -> np.ndarray:
    """Move images along an axis; a positive distance moves them down or to the right."""
    n = images.shape[axis]
    margin = int(np.ceil(abs(far))) + 1
    mirrored = np.pad(np.arange(n), margin, mode="reflect")
    whole = int(np.floor(far))
    first = np.arange(n) + margin - whole
    near, farther = (images.take(mirrored[at], axis=axis) for at in (first, first - 1))
    share = np.float32(far - whole)
    return _as_bytes((1 - share) * near + share * farther)


def _through_jpeg(image: np.ndarray, quality: int) -> np.ndarray:
    """Write and read uint8 (height, width) or (height, width, 3)."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    with Image.open(file) as read:
        return np.asarray(read)
