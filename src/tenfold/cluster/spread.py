"""Spread pieces of work that do not depend on each other over Ray's workers."""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from tenfold.cluster.connect import HERE, STORE_BYTES, ClusterError, connected
from tenfold.core.errors import TenfoldError, argument
from tenfold.core.text import Say, counted

Task = TypeVar("Task")
Result = TypeVar("Result")

MOST_RETRIES = 10
"""How often a piece of work is begun again after its worker has died."""


def spread(
    work: Callable[[Any, Task], Result],
    shared: Any,  # noqa: ANN401
    tasks: Sequence[Task],
    *,
    address: str | None,
    cores_each: int,
    shared_bytes: int = 0,
    say: Say = print,
) -> Iterator[tuple[Task, Result]]:
    """Do every task on some worker, and yield each with its result as soon as it is done.

    A task whose worker dies is begun again on another one. TensorFlow in a worker has as many
    threads as the task has cores.

    Args:
        work: What is done; a function that workers can import.
        shared: What every task needs; it is sent to each machine once.
        tasks: What differs between them.
        address: As for `connected`.
        cores_each: Cores of one task.
        shared_bytes: About the size of `shared`.
        say: Called with a line if tasks have to wait for a larger machine.

    Raises:
        ClusterError: As for `connected`; no machine has enough cores; or a worker died again and
            again.
        TenfoldError: A task failed with it.
    """
    with connected(address, store_bytes=STORE_BYTES + shared_bytes):
        import ray

        _check_cores(cores_each, started_here=address in (None, HERE), say=say)
        common = ray.put(shared)
        remote = ray.remote(_do).options(
            num_cpus=cores_each, max_retries=MOST_RETRIES, scheduling_strategy="SPREAD"
        )
        waiting = {remote.remote(work, common, task, cores_each): task for task in tasks}
        while waiting:
            (done,), _ = ray.wait(list(waiting), num_returns=1)
            task = waiting.pop(done)
            yield task, _result(done)


def threads_variables(cores: int) -> dict[str, str]:
    """The environment variables by which TensorFlow has a thread for each core."""
    return dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), str(cores))


def _do(work: Callable[[Any, Task], Result], shared: Any, task: Task, cores: int) -> Result:  # noqa: ANN401
    """In the worker: set the threads before TensorFlow starts, then work."""
    os.environ.update(threads_variables(cores))
    return work(shared, task)


def _result(reference: Any) -> Any:  # noqa: ANN401
    import ray
    from ray.exceptions import RayError, RayTaskError

    try:
        return ray.get(reference)
    except RayTaskError as error:
        if isinstance(error.cause, TenfoldError):
            raise error.cause from None
        raise
    except RayError as error:
        raise ClusterError(
            f"A worker died {MOST_RETRIES + 1} times at the same piece of work, or its machine "
            f"was lost ({type(error).__name__}). Perhaps it lacks memory: fewer workers share a "
            f"machine's memory if each has more cores. What was finished is kept."
        ) from error


def _check_cores(cores_each: int, *, started_here: bool, say: Say) -> None:
    """Check that a task can run somewhere; a cluster may still grow.

    Raises:
        ClusterError: This machine has fewer cores.
    """
    import ray

    most = max((int(node["Resources"].get("CPU", 0)) for node in ray.nodes()), default=0)
    if cores_each <= most:
        return
    if started_here:
        raise ClusterError(
            f"Expected {argument('cores_per_fit')} of at most {most}, the cores of this machine; "
            f"received {cores_each}."
        )
    say(
        f"No machine of the cluster has {counted(cores_each, 'core')} yet (the largest has "
        f"{most}); waiting for one."
    )
