"""Work on many rows, some at a time, on all cores."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tenfold.runs.environment import usable_cores

Answer = TypeVar("Answer")


def in_blocks(function: Callable[[slice], Answer], n: int, size: int) -> Iterator[Answer]:
    """Call `function` for rows 0 to `size`, `size` to 2 `size` and so on; the answers in order.

    Without rows there is one empty block. Each block has a thread of its own. A product takes one
    thread meanwhile: each is small, and what surrounds it takes as long.
    """
    from threadpoolctl import threadpool_limits

    blocks = [slice(at, min(at + size, n)) for at in range(0, max(n, 1), size)]
    # BLAS has one limit for the process, OpenMP one for each thread.
    alone = {"initializer": threadpool_limits, "initargs": (1,)}
    with threadpool_limits(1), ThreadPoolExecutor(usable_cores(), **alone) as pool:
        yield from pool.map(function, blocks)
