"""Choose the number format that this processor multiplies fastest."""

import math
import statistics
import time
from typing import Literal

import tensorflow as tf

from tenfold.core.networks import Network
from tenfold.runs.environment import known_precision

SIDE = 1024
N_REPEATS = 7
FEWEST_TURNS, MOST_TURNS = 4, 40
FASTER = 1.2
"""bfloat16 must be faster by this factor, since it keeps only 8 bits of each number."""
CLEARLY = 1.5
"""A smaller difference may be due to other work on the machine, so the measurement is repeated."""


def choose_precision(network: Network) -> Literal["bfloat16", "float32"]:
    """Choose the number format of a network's matrix products while it is fitted.

    Predictions are always computed in float32, so they are the same on every processor apart from
    rounding.
    """
    return known_precision(network) or fastest_precision()


def fastest_precision() -> Literal["bfloat16", "float32"]:
    """`bfloat16` if it makes products clearly faster; `float32` otherwise.

    The two formats are timed in turns, and the fastest product of each counts, so that other work
    on the machine does not change the result of a run.
    """
    short = long = math.inf
    for turn in range(MOST_TURNS):
        short = min(short, *product_seconds("bfloat16"))
        long = min(long, *product_seconds("float32"))
        if turn + 1 >= FEWEST_TURNS and long > CLEARLY * short:
            break
    return "bfloat16" if long > FASTER * short else "float32"


def product_rate(dtype: str, *, side: int = SIDE, n_repeats: int = N_REPEATS) -> float:
    """Measure large matrix products on all cores: GFLOP/s, the median of the repeats.

    Args:
        dtype: The dtype of the matrices.
        side: Rows and columns of the matrices.
        n_repeats: Number of products that are timed, after one that is not.
    """
    seconds = product_seconds(dtype, side=side, n_repeats=n_repeats)
    return 2 * side**3 / statistics.median(seconds) / 1e9


def product_seconds(dtype: str, *, side: int = SIDE, n_repeats: int = N_REPEATS) -> list[float]:
    """Seconds of each product. Arguments as for `product_rate`."""
    matrix = tf.cast(tf.random.stateless_normal((side, side), (0, 0)), dtype)
    product = tf.function(lambda x: tf.matmul(x, x), reduce_retracing=True)
    product(matrix).numpy()
    seconds = []
    for _ in range(n_repeats):
        began_at = time.perf_counter()
        product(matrix).numpy()
        seconds.append(time.perf_counter() - began_at)
    return seconds
