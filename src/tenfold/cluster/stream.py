"""Numbered pieces of work, streamed through an actor on each core by Ray Data."""

import logging
import pickle
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from tenfold.core.errors import TenfoldError, argument

_BLOCKS_PER_CORE = 50
"""Blocks of work for each core, at most: few enough for Ray's driver, enough for an even share."""

MOST_TRIES = 4
"""A piece of work that ends so many workers is not begun again."""


class Worker(Protocol):
    """Whoever does one piece of work after the other, in a process of its own."""

    def work(self, number: int) -> str:
        """Do the piece with this number; a few words on the result, such as JSON.

        It may be asked again for a piece that is done, after another worker was killed.
        """


def stream(
    numbers: Sequence[int], make_worker: Callable[[], Worker], *, n_cores: int
) -> Iterator[tuple[int, str]]:
    """Have every piece of work done, each once; yield numbers with results, in any order.

    Ray starts a worker again that is killed, and gives its piece to another.

    Args:
        numbers: The pieces.
        make_worker: Called in each worker's process; it can be sent there.
        n_cores: How many workers there are, each with a core.

    Raises:
        TenfoldError: A worker raised it.
    """
    import ray
    import ray.data

    # It may be killed as well; then it counts anew.
    tries = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)(_Tries).remote()
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    work = ray.data.from_items(
        [{"number": number} for number in numbers],
        override_num_blocks=min(len(numbers), n_cores * _BLOCKS_PER_CORE),
    ).map_batches(
        _Actor,
        batch_size=1,
        fn_constructor_args=(make_worker, tries),
        compute=ray.data.ActorPoolStrategy(size=min(n_cores, len(numbers))),
        num_cpus=1,
    )
    for row in work.iter_rows():
        if row["error"]:
            error: TenfoldError = pickle.loads(row["error"])  # noqa: S301 - Our own worker's.
            raise error
        yield int(row["number"]), str(row["result"])


class _Tries:
    """How often each piece was begun, as its worker cannot remember that if it crashes."""

    def __init__(self) -> None:
        self._n: Counter[int] = Counter()

    def begun(self, number: int) -> int:
        self._n[number] += 1
        return self._n[number]


class _Actor:
    """What Ray Data calls with batches of one number."""

    def __init__(self, make_worker: Callable[[], Worker], tries: Any) -> None:  # noqa: ANN401
        self._worker, self._tries = make_worker(), tries

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, Any]:
        [number] = batch["number"].tolist()
        result, error = "", b""
        try:
            result = self._work(number)
        except TenfoldError as raised:  # Ray would wrap it in errors of its own.
            error = pickle.dumps(raised)
        return {"number": [number], "result": [result], "error": [error]}

    def _work(self, number: int) -> str:
        import ray

        if ray.get(self._tries.begun.remote(number)) > MOST_TRIES:
            raise TenfoldError(
                f"Part {number} ended its worker's process {MOST_TRIES} times. An image in it may "
                "make its decoder crash, or need more memory than there is. Find it with smaller "
                f"parts, such as {argument('part_rows', '1')}, in another folder, and leave it out."
            )
        return self._worker.work(number)
