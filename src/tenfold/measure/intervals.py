"""How certain a number is: means with their spread, and 95 % intervals."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

LEVEL = 0.95
_SAME = 1e-12
"""Values that differ by less count as equal; the difference is rounding."""


@dataclass(frozen=True)
class Mean:
    """A mean and how far it can be trusted.

    Attributes:
        n: Number of values.
        mean: Their mean, in the values' unit.
        sd: Their standard deviation (divided by n - 1); None for one value.
        interval: Lower and upper end of the 95 % interval of the mean; None where the values
            show no spread to build one from: a single value, or all of them equal.
    """

    n: int
    mean: float
    sd: float | None
    interval: tuple[float, float] | None

    def to_dict(self) -> dict[str, Any]:
        """Give plain numbers for JSON."""
        interval = list(self.interval) if self.interval else None
        return {"n": self.n, "mean": self.mean, "sd": self.sd, "interval_95": interval}


def z_value() -> float:
    """Standard deviations on each side of the mean that hold 95 % of a normal distribution."""
    return NormalDist().inv_cdf((1 + LEVEL) / 2)


def wilson_interval(n_right: int, n: int) -> tuple[float, float]:
    """Give the 95 % interval, in 0..1, of the share that `n_right` of `n` estimates.

    Unlike the textbook's p +- 2 standard errors it stays inside 0..1, and has a width where
    all or none are right.

    Raises:
        ValueError: `n` is 0, or `n_right` is not in 0..n.

    Source: E. B. Wilson, Journal of the American Statistical Association 22, 1927, 209-212.
    """
    if n < 1 or not 0 <= n_right <= n:
        raise ValueError(f"Expected 0 <= n_right <= n and n >= 1; received {n_right} of {n}.")
    z = z_value()
    share = n_right / n
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # Rounding must not push the ends past the share itself, as it does at 0 and 1.
    return max(0.0, min(share, centre - half)), min(1.0, max(share, centre + half))


def mean_interval(values: Sequence[float]) -> Mean:
    """Give the mean of independent values with Student's 95 % interval.

    Raises:
        ValueError: There is no value, or one is not a finite number.

    Source: Student, Biometrika 6, 1908, 1-25.
    """
    from scipy.stats import t

    numbers = np.asarray(values, dtype=np.float64)
    if not numbers.size or not np.isfinite(numbers).all():
        raise ValueError(f"Expected one finite value or more; received {list(values)}.")
    n, mean = numbers.size, float(numbers.mean())
    if n == 1:
        return Mean(n, mean, sd=None, interval=None)
    if np.ptp(numbers) < _SAME:
        return Mean(n, mean, sd=0.0, interval=None)
    sd = float(numbers.std(ddof=1))
    half = float(t.ppf((1 + LEVEL) / 2, df=n - 1)) * sd / math.sqrt(n)
    return Mean(n, mean, sd, (mean - half, mean + half))


def mean_over_images(
    values: np.ndarray, *, least: float, most: float
) -> tuple[float, tuple[float, float]]:
    """Give the mean of one number for each image, and its 95 % interval for many images.

    The interval stays within the values that are possible; a single image leaves all of them.

    Args:
        values: float64 (n,), of independent images; at least one.
        least: The least possible value.
        most: The largest possible value.
    """
    n, mean = len(values), float(values.mean())
    half = z_value() * float(values.std(ddof=1)) / math.sqrt(n) if n > 1 else math.inf
    return mean, (max(least, mean - half), min(most, mean + half))


def paired_interval(first: Sequence[float], second: Sequence[float]) -> Mean:
    """Give the mean of `second - first`, pair by pair, with Student's 95 % interval.

    Both values of a pair share conditions, such as a seed and its splits, whose effect cancels in
    the difference.

    Raises:
        ValueError: The lengths differ, there is no pair, or a value is not a finite number.
    """
    if len(first) != len(second):
        raise ValueError(f"Expected pairs; received {len(first)} and {len(second)} values.")
    return mean_interval([b - a for a, b in zip(first, second, strict=True)])


def difference_interval(n_right: int, n: int, n_other: int, n_others: int) -> tuple[float, float]:
    """Give the 95 % interval of `n_right / n - n_other / n_others`, of independent images.

    It is built from both shares' Wilson intervals, and stays inside -1..1.

    Raises:
        ValueError: A number of images is 0, or less than the right ones of them.

    Source: R. G. Newcombe, Statistics in Medicine 17, 1998, 873-890, method 10.
    """
    share, other = n_right / max(n, 1), n_other / max(n_others, 1)
    low, high = wilson_interval(n_right, n)
    other_low, other_high = wilson_interval(n_other, n_others)
    difference = share - other
    return (
        difference - math.hypot(share - low, other_high - other),
        difference + math.hypot(high - share, other - other_low),
    )
