"""What the numbers of a picture mean: which of them is black, and which is white."""

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.errors import ImageError
from tenfold.core.rendering import FULL_16_BITS, Scale

if TYPE_CHECKING:
    from PIL.Image import Image


class Kind(Enum):
    """What kind of numbers a picture holds."""

    EIGHT_BITS = "8 bits"
    SIXTEEN_BITS = "16 bits"
    """Whole numbers above 8 bits that do not say which of them is white."""
    STATED = "stated"
    """More than 8 bits, and the file says which of them is white, as PGM does."""
    FLOAT = "float"


@dataclass(frozen=True)
class Depth:
    """What the numbers of one picture are, before anything is scaled.

    Attributes:
        kind: What kind of numbers they are.
        mode: How Pillow names them, such as "L", "RGB", "I;16" or "F".
        lowest: The lowest of them, over all channels; in a palette, the lowest index.
        highest: The highest of them.
    """

    kind: Kind
    mode: str
    lowest: float
    highest: float


def depth_of(picture: "Image") -> Depth:
    """What a loaded picture's numbers are."""
    kind = _kind(picture)
    if kind is Kind.EIGHT_BITS:
        found = np.asarray(picture.getextrema())
        return Depth(kind, picture.mode, float(found.min()), float(found.max()))
    numbers = np.asarray(picture)
    return Depth(kind, picture.mode, float(numbers.min()), float(numbers.max()))


def to_8_bits(picture: "Image", scale: Scale) -> "Image":
    """Bring grey that is deep, of floats, or a mask of 0 and 1 to 8-bit grey; leave the rest.

    Raises:
        ImageError: A floating-point number lies outside the scale, or is not finite.
    """
    kind = _kind(picture)
    if kind is Kind.EIGHT_BITS:
        is_grey = picture.mode == "L" and not picture.has_transparency_data
        return _from_mask(picture, scale.eight_bits) if is_grey else picture
    if kind is Kind.FLOAT:
        _check_floats(depth_of(picture), scale.floats)
        return _scaled(picture, scale.floats)
    stated = kind is Kind.STATED  # The decoder has brought these to 16 bits.
    return _scaled(picture, FULL_16_BITS if stated else scale.sixteen_bits)


def _kind(picture: "Image") -> Kind:
    if picture.mode == "F":
        return Kind.FLOAT
    if picture.mode.startswith("I"):
        return Kind.STATED if picture.info.get("stated") else Kind.SIXTEEN_BITS
    return Kind.EIGHT_BITS


def _from_mask(picture: "Image", white: int) -> "Image":
    return picture.point([0] + [255] * 255) if white == 1 else picture


def _check_floats(depth: Depth, white: float) -> None:
    if not (np.isfinite(depth.lowest) and np.isfinite(depth.highest)):
        raise ImageError("floating-point pixels that are not finite numbers")
    if depth.lowest < 0 or depth.highest > white:
        raise ImageError(
            f"floating-point pixels in {depth.lowest:g}..{depth.highest:g}; expected 0..{white:g}"
        )


def _scaled(picture: "Image", white: float) -> "Image":
    """0..white as 0..255, rounded; what lies outside is cut off."""
    from PIL import Image

    numbers = np.asarray(picture).clip(0, white)
    return Image.fromarray(np.rint(numbers * (255 / white)).astype(np.uint8))
