"""Start a command, kill it or one of Ray's workers at random moments, and go on until it ends."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import psutil

Victim = Literal["driver", "worker"]
SETTLED_S = 3.0
"""Time after a kill before the next one, at least."""


@dataclass
class Survived:
    """A command that has ended.

    Attributes:
        kills: How often each was killed.
        starts: How often the command was started.
        wall_s: Seconds from the first start to the end.
        output: What the last start wrote.
    """

    kills: Counter[Victim] = field(default_factory=Counter)
    starts: int = 0
    wall_s: float = 0.0
    output: str = ""


def workers(parent: int, *, nodes: int | None = None) -> list[psutil.Process]:
    """Ray's workers that are at work.

    Args:
        parent: The process that started them.
        nodes: The process that started the nodes of a cluster; None if `parent` started Ray.
    """
    found = []
    for each in psutil.Process(nodes or parent).children(recursive=True):
        try:
            line = " ".join(each.cmdline())
        except psutil.Error:
            continue
        if line.startswith("ray::") and not line.startswith(("ray::IDLE", "ray::Dash", "ray::Run")):
            found.append(each)
    return found


def run_through_kills(
    begin: Sequence[str],
    go_on: Sequence[str],
    *,
    random: np.random.Generator,
    most_kills: int,
    within_s: float,
    log: Path,
    begun: Path | None = None,
    victims: Sequence[Victim] = ("driver", "worker"),
    nodes: int | None = None,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 900,
) -> Survived:
    """Start a command, kill it or a worker up to `most_kills` times, and start it again.

    Args:
        begin: The command.
        go_on: The command that continues what was begun.
        random: Decides whom and when.
        most_kills: Kills at most; as many as there is time for.
        within_s: A kill comes at a random moment of this time after the start or the last kill.
        log: File for what the command writes.
        begun: A path that exists once there is something to go on with; None if `go_on` always
            does.
        victims: Who may be killed.
        nodes: The process that started the nodes of a cluster; None if the command starts Ray.
        env: The command's environment, by default this process's.
        timeout_s: After this time, the command is taken to hang.

    Raises:
        RuntimeError: A start failed though nobody killed it, or it hangs; the log has the rest.
    """
    found, began_at, command = Survived(), time.monotonic(), begin
    while True:
        found.starts += 1
        with log.open("a", encoding="utf-8") as written:
            written.write(f"$ {' '.join(command)}\n")
            written.flush()
            place = written.tell()
            child = subprocess.Popen(
                command, stdout=written, stderr=subprocess.STDOUT, env=env and dict(env)
            )
        killed = _kill_in_time(
            child, found, random=random, most_kills=most_kills, within_s=within_s,
            victims=victims, nodes=nodes, until=began_at + timeout_s,
        )  # fmt: skip
        if not killed:
            found.wall_s = time.monotonic() - began_at
            with log.open(encoding="utf-8", errors="replace") as written:
                written.seek(place)
                found.output = written.read()
            if child.returncode:
                raise RuntimeError(f"It ended with {child.returncode}: see {log}")
            return found
        command = go_on if begun is None or begun.exists() else begin


def _kill_in_time(
    child: subprocess.Popen[bytes],
    found: Survived,
    *,
    random: np.random.Generator,
    most_kills: int,
    within_s: float,
    victims: Sequence[Victim],
    nodes: int | None,
    until: float,
) -> bool:
    """Wait for a command, and kill meanwhile; whether the command itself was killed."""
    while found.kills.total() < most_kills:
        victim: Victim = victims[int(random.integers(len(victims)))]
        at = time.monotonic() + SETTLED_S + random.uniform(0, within_s)
        if _ended(child, min(at, until)):
            return False
        if victim == "driver":
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            found.kills[victim] += 1
            return True
        there = workers(child.pid, nodes=nodes)
        if there:
            there[random.integers(len(there))].kill()
            found.kills[victim] += 1
        elif time.monotonic() > until:
            break
    if not _ended(child, until):
        child.kill()
        child.wait()
        raise RuntimeError("It hangs: it was killed at the end of its time.")
    return False


def _ended(child: subprocess.Popen[bytes], until: float) -> bool:
    while time.monotonic() < until:
        if child.poll() is not None:
            return True
        time.sleep(0.05)
    return child.poll() is not None
