"""How picture files of any size and depth become images of one shape."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

FULL_16_BITS = 65_535

Fit = Literal["crop", "pad", "squash"]
FITS: tuple[str, ...] = get_args(Fit)
"""How a picture that is not square becomes square."""


@dataclass(frozen=True)
class Scale:
    """The number that becomes 255 in each kind of picture; black is always 0.

    All pictures of a set have the same scale, so that they stay comparable.

    Attributes:
        eight_bits: Of 8-bit grey: 255, or 1 for masks.
        sixteen_bits: Of 16-bit grey: such as 1023, 4095, 16383 or 65535.
        floats: Of floating-point grey: such as 1 or 255; numbers outside 0..`floats` are refused.
    """

    eight_bits: int = 255
    sixteen_bits: int = FULL_16_BITS
    floats: float = 1.0


PLAIN = Scale()
"""The scale to use if nothing else is known."""


@dataclass(frozen=True)
class Rendering:
    """How a set of pictures was brought to one shape, so that others can be brought to it too.

    Attributes:
        side_px: Height and width in pixels.
        fit: `crop` fills the square and cuts the overhang off evenly, `pad` puts the whole picture
            on white, `squash` stretches it.
        scale: Which number is white.
    """

    side_px: int
    fit: Fit = "crop"
    scale: Scale = PLAIN

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> "Rendering":
        """Rebuild it from what `dataclasses.asdict` and JSON made of it."""
        return cls(**{**content, "scale": Scale(**content["scale"])})
