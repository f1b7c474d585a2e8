"""Several Ray nodes on this machine, each in processes of its own."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import psutil

STORE_BYTES = 150 << 20
MOST_STARTS = 5


@contextmanager
def local_nodes(
    n_nodes: int, *, store_bytes: int = STORE_BYTES, own_cores: bool = False
) -> Iterator[str]:
    """Start nodes with a core each, and end them.

    Args:
        n_nodes: How many.
        store_bytes: Memory that the processes of one node share.
        own_cores: Bind all processes of a node to one core, as if it were a machine of its own.
            Else the threads of one worker also use cores that are free.

    Yields:
        The cluster's address, for `--cluster`.
    """
    from tenfold.cluster.connect import set_environment

    set_environment()
    from ray.cluster_utils import Cluster

    before = {each.pid for each in psutil.Process().children(recursive=True)}
    node = {"num_cpus": 1, "object_store_memory": store_bytes, "include_dashboard": False}
    cluster = Cluster()
    try:
        for number in range(n_nodes):
            with one_core(number) if own_cores else nullcontext():
                _start(cluster, node)
        yield cluster.address
    finally:
        now = psutil.Process().children(recursive=True)
        ours = [each for each in now if each.pid not in before]
        cluster.shutdown()
        psutil.wait_procs(ours, timeout=10)
        for each in ours:
            if each.is_running():
                each.kill()


@contextmanager
def one_core(number: int = 0) -> Iterator[None]:
    """Bind this process, and all that it starts meanwhile, to one of its cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(before)[number]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _start(cluster: Any, node: dict[str, Any]) -> None:
    """Start a node; on a busy machine, its parts do not always find each other in time."""
    for turn in range(MOST_STARTS):
        try:
            cluster.add_node(**node)
        except Exception:
            if turn == MOST_STARTS - 1:
                raise
        else:
            return


def processes_of_ray(pid: int | None = None) -> list[psutil.Process]:
    """Ray's processes among the descendants of a process, by default of this one."""
    found = []
    for each in psutil.Process(pid or os.getpid()).children(recursive=True):
        try:
            line = " ".join(each.cmdline())
        except psutil.Error:
            continue
        if "ray::" in line or "/ray/" in line:
            found.append(each)
    return found


def wait_until_gone(processes: list[psutil.Process], seconds: float = 20) -> list[psutil.Process]:
    """Wait for processes to end; those that still run."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        left = [each for each in processes if each.is_running() and each.status() != "zombie"]
        if not left:
            return []
        time.sleep(0.2)
    return left
