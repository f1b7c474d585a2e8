"""Which numbers in a picture are black and white."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from tenfold.core.errors import ImageError
from tenfold.core.rendering import FULL_16_BITS, PLAIN, Scale

if TYPE_CHECKING:
    from PIL.Image import Image

_WHITES = (2**8 - 1, 2**10 - 1, 2**12 - 1, 2**14 - 1, FULL_16_BITS)
_DARK = 8  # A picture below an eighth of white is hardly visible.
_FLOAT_WHITES = (1.0, 255.0, float(FULL_16_BITS))


class Kind(Enum):
    """What kind of numbers a picture holds."""

    EIGHT_BITS = "8 bits"
    SIXTEEN_BITS = "16 bits"
    """Whole numbers of more than 8 bits in a file that does not say which is white."""
    STATED = "stated"
    """More than 8 bits, and the file says which of them is white, as PGM does."""
    FLOAT = "float"


@dataclass(frozen=True)
class Depth:
    """The range and kind of a picture's numbers, before scaling.

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
    """The depth of a loaded picture."""
    kind = _kind(picture)
    if kind is Kind.EIGHT_BITS:
        found = np.asarray(picture.getextrema())
        return Depth(kind, picture.mode, float(found.min()), float(found.max()))
    numbers = np.asarray(picture)
    return Depth(kind, picture.mode, float(numbers.min()), float(numbers.max()))


def open_depth(picture: "Image") -> Depth | None:
    """The depth of a picture whose white only the whole set can decide; None for most pictures.

    These are pictures of 16 bits or floats that do not name their white, and grey ones of 8 bits
    that hold nothing above 1: masks, where all of the set are like that.
    """
    kind = _kind(picture)
    if kind is Kind.STATED or (kind is Kind.EIGHT_BITS and not _is_plain_grey(picture)):
        return None
    depth = depth_of(picture)
    return None if kind is Kind.EIGHT_BITS and depth.highest > 1 else depth


def scale_for(depths: Sequence[Depth], n_pictures: int) -> Scale:
    """The scale of a set, chosen so that its brightest picture is bright.

    White is the highest number of the fewest bits that hold all numbers of the set: 8, 10, 12, 14
    or 16 bits; of floats it is 1, 255 or 65,535. Grey pictures of 8 bits are masks, whose 1 is
    white, where there is nothing else in the set.

    Args:
        depths: What `open_depth` says of the set's pictures, where it is not None.
        n_pictures: How many pictures the set has.
    """
    highest: dict[Kind, list[float]] = {kind: [] for kind in Kind}
    for depth in depths:
        if np.isfinite(depth.highest):
            highest[depth.kind].append(depth.highest)
    eight_bits = highest[Kind.EIGHT_BITS]
    masks = len(eight_bits) == n_pictures and 1 in eight_bits
    return Scale(
        eight_bits=1 if masks else PLAIN.eight_bits,
        sixteen_bits=int(_white(highest[Kind.SIXTEEN_BITS], _WHITES) or PLAIN.sixteen_bits),
        floats=_white(highest[Kind.FLOAT], _FLOAT_WHITES) or PLAIN.floats,
    )


def _white(highest: Sequence[float], whites: Sequence[float]) -> float | None:
    """The first of `whites` that nothing exceeds, or the last; None where there is nothing."""
    if not highest:
        return None
    return next((white for white in whites if max(highest) <= white), whites[-1])


def notes_on_scale(scale: Scale, depths: Sequence[Depth]) -> Iterator[str]:
    """Say which number became white, unless that is obvious.

    Args:
        scale: That of the set.
        depths: What `open_depth` says of its pictures, where it is not None.
    """
    for kind, white, what in (
        (Kind.SIXTEEN_BITS, scale.sixteen_bits, "16-bit grey images"),
        (Kind.FLOAT, scale.floats, "Floating-point images"),
    ):
        highest = [depth.highest for depth in depths if depth.kind is kind]
        if not highest:
            continue
        why = (
            f": the numbers of the whole set fit into {scale.sixteen_bits.bit_length()} bits"
            if kind is Kind.SIXTEEN_BITS
            else ""
        )
        yield f"{what} were brought to 0..255 with {white:,g} as white{why}."
        dark = [each for each in highest if each * _DARK < white]
        if 0 < len(dark) < len(highest):
            yield (
                f"{len(dark):,} of {len(highest):,} {what[0].lower()}{what[1:]} hold nothing above "
                f"{max(dark):,g} and come out nearly black. If they were recorded in another "
                "range, bring all images to one range first."
            )
    if scale.eight_bits == 1:
        yield "All images hold nothing but 0 and 1: they are masks, and 1 is white."


def to_8_bits(picture: "Image", scale: Scale) -> "Image":
    """Scale deep grey, floats and masks of 0 and 1 to 8-bit grey; leave other pictures.

    Raises:
        ImageError: A floating-point number lies outside the scale, or is not finite.
    """
    kind = _kind(picture)
    if kind is Kind.EIGHT_BITS:
        return _from_mask(picture) if scale.eight_bits == 1 and _is_plain_grey(picture) else picture
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


def _is_plain_grey(picture: "Image") -> bool:
    return picture.mode == "L" and not picture.has_transparency_data


def _from_mask(picture: "Image") -> "Image":
    return picture.point([0] + [255] * 255)


def _check_floats(depth: Depth, white: float) -> None:
    if not (np.isfinite(depth.lowest) and np.isfinite(depth.highest)):
        raise ImageError("floating-point pixels that are not finite numbers")
    if depth.lowest < 0 or depth.highest > white:
        raise ImageError(
            f"floating-point pixels in {depth.lowest:g}..{depth.highest:g}; expected 0..{white:g}"
        )


def _scaled(picture: "Image", white: float) -> "Image":
    """0..white as 0..255, rounded and clipped."""
    from PIL import Image

    numbers = np.asarray(picture).clip(0, white)
    return Image.fromarray(np.rint(numbers * (255 / white)).astype(np.uint8))
