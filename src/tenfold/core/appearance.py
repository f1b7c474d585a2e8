"""How a set of images looks as a whole, in a few counts."""

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Appearance:
    """Counts of images; those of two sets add up.

    Attributes:
        n: Number of images.
        n_dark: Those whose mean value is below middle grey, 127.5 of 255.
        n_dark_border: Those whose outermost pixels have a mean below it.
        n_grey: Those without colour.
        n_sized: Those of files whose size in pixels is known.
        n_long: Of `n_sized`, those whose longer side is at least twice the shorter one.
        log_side: Sum over `n_sized` of the natural logarithm of the shorter side in pixels.
    """

    n: int = 0
    n_dark: int = 0
    n_dark_border: int = 0
    n_grey: int = 0
    n_sized: int = 0
    n_long: int = 0
    log_side: float = 0.0

    def __add__(self, other: "Appearance") -> "Appearance":
        names = [field.name for field in fields(self)]
        return Appearance(**{name: getattr(self, name) + getattr(other, name) for name in names})

    @property
    def side_px(self) -> float | None:
        """Geometric mean of the files' shorter sides in pixels; None where no size is known."""
        return math.exp(self.log_side / self.n_sized) if self.n_sized else None
