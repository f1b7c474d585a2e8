"""Time work by the processor seconds that it takes: other work on the machine changes these little.

A fit with one thread takes as many seconds on a free machine as it takes processor seconds, apart
from what it waits for disks and messages. Of work that Ray's workers share, the busiest worker and
the driver count.
"""

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

EVERY_S = 0.5
"""Time between looks at the workers, which may end before they are asked."""


@dataclass(frozen=True)
class Timed:
    """Work that has ended.

    Attributes:
        s: Processor seconds of the driver and of the busiest worker.
        driver_s: Those of the driver.
        workers_s: Those of each worker, the busiest first.
        wall_s: Seconds of the clock, which other work on the machine makes longer.
    """

    s: float
    driver_s: float
    workers_s: tuple[float, ...]
    wall_s: float


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """Yield a list that in the end has the processor seconds of this process in the block."""
    found: list[float] = []
    before = time.process_time()
    yield found
    found.append(time.process_time() - before)


class Watch:
    """Looks at a process and at Ray's workers until it is stopped.

    Args:
        process: The process that gives work to the workers.
        nodes: The process that started Ray's nodes.
    """

    def __init__(self, process: int, nodes: int) -> None:
        self._process, self._nodes, self._ended = process, nodes, threading.Event()
        self._last: dict[int, float] = {}
        self._look()
        self._before, self._began_at = dict(self._last), time.perf_counter()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        self._thread.start()

    def _go_on(self) -> None:
        while not self._ended.wait(EVERY_S):
            self._look()

    def _look(self) -> None:
        for each in (self._process, *_workers(self._nodes)):
            try:
                times = psutil.Process(each).cpu_times()
            except psutil.Error:
                continue
            self._last[each] = times.user + times.system

    def stop(self) -> Timed:
        """End the look."""
        self._look()
        wall_s = time.perf_counter() - self._began_at
        self._ended.set()
        self._thread.join()
        took = {each: now - self._before.get(each, 0.0) for each, now in self._last.items()}
        driver_s = took.pop(self._process, 0.0)
        workers_s = tuple(sorted(took.values(), reverse=True))
        return Timed(driver_s + max(workers_s, default=0.0), driver_s, workers_s, wall_s)


def timed(command: Sequence[str], *, nodes: int | None = None) -> Timed:
    """Run a command and time it.

    Args:
        command: The command.
        nodes: The process that started Ray's nodes; None if the command starts them, or needs none.

    Raises:
        RuntimeError: It failed.
    """
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    watch = Watch(child.pid, nodes or child.pid)
    lines = list(child.stdout or ())
    done = watch.stop()
    if child.wait():
        raise RuntimeError(f"{' '.join(command)} ended with {child.returncode}:\n{''.join(lines)}")
    return done


def own_watch() -> Watch:
    """A watch on this process, which has started Ray's nodes too."""
    return Watch(os.getpid(), os.getpid())


def _workers(parent: int) -> list[int]:
    """Ray's workers among the descendants of a process; their agents are left out."""
    found = []
    try:
        children = psutil.Process(parent).children(recursive=True)
    except psutil.Error:
        return []
    for each in children:
        try:
            line = " ".join(each.cmdline()[:1])
        except psutil.Error:
            continue
        if line.startswith("ray::") and not line.endswith("Agent"):
            found.append(each.pid)
    return found
