"""A function of many parts, spread over the cores of a cluster, with the answers in order."""

import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from tenfold.core.each import Each
from tenfold.core.errors import DataError, ImageError, TenfoldError
from tenfold.data.decoding import CRASHES, Decode, Decoding, Part, chunks_of, decode_part, joined
from tenfold.data.picture import content_of

_MOST_WAITING = 48
"""Parts that are with the workers at a time, at most: a few megabytes each."""
_MOST_TRIES = 3
_NONE_LEFT = object()


def each_on(n_cores: int) -> Each:
    """Who applies functions to parts: tasks of Ray, which are done again where one is killed."""
    return partial(_spread, n_cores=n_cores)


def _spread(
    function: Callable[[Any], Any],
    parts: Iterable[Any],
    *,
    n_cores: int,
    if_crashed: Callable[[Any], Any] | None = None,
) -> Iterator[Any]:
    import ray
    from ray.exceptions import RayTaskError, WorkerCrashedError

    task = ray.remote(num_cpus=1, max_retries=_MOST_TRIES)(_called)
    at_once, waiting, left = min(2 * n_cores, _MOST_WAITING), deque[tuple[Any, Any]](), iter(parts)
    while True:
        while len(waiting) < at_once and (part := next(left, _NONE_LEFT)) is not _NONE_LEFT:
            waiting.append((part, task.remote(function, part)))
        if not waiting:
            return
        part, answer = waiting.popleft()
        try:
            found = ray.get(answer)
        except WorkerCrashedError as error:
            if if_crashed is None:
                raise TenfoldError(
                    f"A part of the work ended its worker's process {_MOST_TRIES + 1} times. There "
                    "may be too little memory on a machine of the cluster."
                ) from error
            found = if_crashed(part)
        except RayTaskError as error:
            if isinstance(error.cause, TenfoldError):
                raise error.cause from error
            raise
        yield found


def _called(function: Callable[[Any], Any], part: Any) -> Any:  # noqa: ANN401
    return function(part)


def decode_on(n_cores: int) -> Decode:
    """Who decodes files: workers that see the same disk."""
    return partial(_decode, n_cores=n_cores)


def _decode(
    paths: Sequence[str],
    n_bytes: int,  # noqa: ARG001
    how: Decoding,
    *,
    n_cores: int,
) -> Iterator[tuple[int, Part]]:
    """Decode files; as `decode_files`, in order."""
    chunks = chunks_of(paths, how)
    decode = partial(decode_part, how=how)

    def one_by_one(chunk: Sequence[str]) -> Part:
        if len(chunk) == 1:
            return Part.of([CRASHES], how)
        each = [[path] for path in chunk]
        return joined(list(_spread(decode, each, n_cores=n_cores, if_crashed=one_by_one)))

    parts = _spread(decode, (chunk for _, chunk in chunks), n_cores=n_cores, if_crashed=one_by_one)
    for (at, chunk), part in zip(chunks, parts, strict=True):
        _refuse_another_disk(chunk, part)
        yield at, part


def _refuse_another_disk(paths: Sequence[str], part: Part) -> None:
    """Refuse workers that cannot read what this machine can: their answers would be wrong.

    Raises:
        DataError: They have another disk.
    """
    for path, outcome in zip(paths, part.outcomes, strict=True):
        if "No such file" in outcome.reason:
            with suppress(ImageError):
                content_of(path)
                raise DataError(
                    f"{socket.gethostname()} can read {path}, and a worker cannot. Put the images "
                    "on a disk that all machines of the cluster see under the same path."
                )
