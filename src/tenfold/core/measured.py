"""The published accuracy and fitting time of a recipe."""

from dataclasses import dataclass

REFERENCE_RATE = 780.0
"""GFLOP/s of large bfloat16 products on the machine that fit seconds are scaled to."""


@dataclass(frozen=True)
class Measured:
    """A recipe's measured result on CIFAR-10 (JPEG 75 copy), two cores.

    Attributes:
        accuracy: Mean test accuracy over seeds, in 0..1.
        sd: Its standard deviation over seeds; None for one seed.
        n: Number of seeds.
        fit_s: Mean seconds of fitting, scaled to a machine of `REFERENCE_RATE`.
    """

    accuracy: float
    sd: float | None
    n: int
    fit_s: float
