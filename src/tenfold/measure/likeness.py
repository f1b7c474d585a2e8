"""Whether images look like those that a network was fitted on."""

from dataclasses import dataclass
from typing import Literal

from tenfold.core.appearance import Appearance

Kind = Literal["lighter", "darker", "coloured", "grey", "larger", "smaller", "longer"]

USUAL = 0.95
"""A property counts if at least this share of the training images has it. One image in twenty
may differ by chance, so there is a warning only if most of the given images differ."""
MOST = 0.5
SCALE = 8.0
"""Sizes that differ by this factor: an object covers less than 1/64 of the pixels."""


@dataclass(frozen=True)
class Unlikeness:
    """A way in which most of the given images differ from nearly all training images.

    Attributes:
        kind: How they differ from the training images.
        n: How many of them.
        n_of: Of how many.
        side_px: For sizes: the given images' typical shorter side in pixels.
        usual_px: For sizes: that of the training images.
    """

    kind: Kind
    n: int
    n_of: int
    side_px: float = 0.0
    usual_px: float = 0.0


def unlikenesses(
    given: Appearance, usual: Appearance, native_px: int | None = None
) -> tuple[Unlikeness, ...]:
    """Compare images with training images; the result is empty if they look alike.

    Args:
        given: How the images look.
        usual: How the training images looked.
        native_px: The training images' shorter side, where they were arrays of that size and not
            files.
    """
    if not given.n or not usual.n:
        return ()
    found = [_brightness(given, usual), _colour(given, usual), _size(given, usual, native_px)]
    if native_px or usual.n_sized:
        n_of = given.n_sized
        if _differs(given.n_long, n_of, usual.n_long, usual.n_sized) == "more":
            found.append(Unlikeness("longer", given.n_long, n_of))
    return tuple(each for each in found if each)


def _differs(n: int, n_of: int, usual: int, usual_of: int) -> Literal["more", "fewer", ""]:
    """Whether most images have a property that nearly no training image has, or the reverse."""
    share, usual_share = n / max(1, n_of), usual / max(1, usual_of)
    if share > MOST and usual_share <= 1 - USUAL:
        return "more"
    return "fewer" if share < 1 - MOST and usual_share >= USUAL and n_of else ""


def _brightness(given: Appearance, usual: Appearance) -> Unlikeness | None:
    """Light where training images are dark, or dark where they are light.

    This can be decided only if nearly all training images are on one side of middle grey, as a
    whole or at their border. If they are in both respects, the given images must differ in both.
    """
    telling = [
        (n, usual_n)
        for n, usual_n in (
            (given.n_dark, usual.n_dark),
            (given.n_dark_border, usual.n_dark_border),
        )
        if not 1 - USUAL < usual_n / usual.n < USUAL
    ]
    sides = [_differs(n, given.n, usual_n, usual.n) for n, usual_n in telling]
    if not sides or not all(sides):
        return None
    n_dark = telling[0][0]
    if sides[0] == "fewer":
        return Unlikeness("lighter", given.n - n_dark, given.n)
    return Unlikeness("darker", n_dark, given.n)


def _colour(given: Appearance, usual: Appearance) -> Unlikeness | None:
    differs = _differs(given.n_grey, given.n, usual.n_grey, usual.n)
    if differs == "more":
        return Unlikeness("grey", given.n_grey, given.n)
    return Unlikeness("coloured", given.n - given.n_grey, given.n) if differs else None


def _size(given: Appearance, usual: Appearance, native_px: int | None) -> Unlikeness | None:
    side_px, usual_px = given.side_px, native_px or usual.side_px
    if side_px is None or usual_px is None or 1 / SCALE < side_px / usual_px < SCALE:
        return None
    kind: Kind = "larger" if side_px > usual_px else "smaller"
    return Unlikeness(kind, given.n_sized, given.n_sized, side_px, usual_px)
