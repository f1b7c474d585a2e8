"""Ray on this machine, or a cluster that runs already."""

import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from tenfold.core.errors import TenfoldError, argument

HERE = "local"
"""Stands for the address of this machine."""
STORE_BYTES = 200 << 20
"""Memory for what Ray's processes on this machine share."""
_LONGEST_FOLDER = 40
"""Characters of a folder in which Ray's sockets, with names of 107 characters at most, fit."""


class ClusterError(TenfoldError):
    """Ray is not installed, or there is no cluster at the address."""


def check_ray() -> None:
    """Check that Ray can be imported.

    Raises:
        ClusterError: It is not installed.
    """
    from importlib.util import find_spec

    if find_spec("ray") is None:
        raise ClusterError(
            "This command works on Ray, which is not installed. Install it with "
            "`pip install 'tenfold[cluster]'`."
        )


@contextmanager
def connected(
    address: str | None = None, *, cores: int | None = None, store_bytes: int = STORE_BYTES
) -> Iterator[int]:
    """Start Ray on this machine, or join a cluster, and leave it at the end.

    What was started on this machine ends with this process, even if it is killed.

    Args:
        address: Of a cluster, such as 10.0.0.1:6379, or `auto` for the one that this machine
            belongs to; None or `local` to start Ray here.
        cores: Cores of this machine that Ray's work may use; None for all that this process may.
            A cluster at an address has its own number.
        store_bytes: Memory for what Ray's processes on this machine share.

    Yields:
        The number of cores that there are.

    Raises:
        ClusterError: Ray is not installed, or nothing answers at the address.
    """
    check_ray()
    set_environment()
    import ray

    logging.getLogger("ray").setLevel(logging.ERROR)
    on_term = signal.getsignal(signal.SIGTERM)
    quiet = {"log_to_driver": False, "logging_level": "ERROR", "configure_logging": False}
    if address in (None, HERE):
        try:
            ray.init(
                address="local",
                num_cpus=cores or len(os.sched_getaffinity(0)),
                num_gpus=0,
                include_dashboard=False,
                object_store_memory=store_bytes,
                **quiet,
            )
        except Exception as error:  # Ray has no class of its own for it.
            raise ClusterError(
                f"Ray did not start on this machine ({_first_line(error)}). Perhaps the machine is "
                "busy with other work; try again later."
            ) from error
        _end_with_this_process()
    else:
        _check_answers(address)
        try:
            ray.init(address=address, **quiet)
        except (ConnectionError, RuntimeError) as error:  # Such as `auto` without a cluster.
            raise ClusterError(_refusal(address, error)) from error
    signal.signal(signal.SIGTERM, on_term)  # Ray has set its own.
    try:
        yield int(ray.cluster_resources().get("CPU", 1))
    finally:
        ray.shutdown()


def _check_answers(address: str) -> None:
    """Ray itself would try for minutes."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError, OverflowError) as error:
        raise ClusterError(_refusal(address, error)) from error


def _refusal(address: str, error: Exception) -> str:
    return (
        f"Expected {argument('cluster')} to be the address of a Ray cluster that runs, such as "
        f"10.0.0.1:6379; received '{address}' ({_first_line(error)}). "
        "`ray start --head` begins one."
    )


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def set_environment() -> None:
    """Have Ray send nothing to its makers, warn of nothing, and find room for its sockets."""
    for name, value in (
        ("RAY_USAGE_STATS_ENABLED", "0"),
        ("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0"),
        ("RAY_DISABLE_IMPORT_WARNING", "1"),
        ("RAY_DEDUP_LOGS_SKIP_REGEX", "."),  # Of killed workers, on standard output.
        ("RAY_BACKEND_LOG_LEVEL", "fatal"),
        ("RAY_worker_niceness", "0"),  # The priority of the command, not 15 below it.
        ("RAY_raylet_start_wait_time_s", "120"),  # A busy machine needs longer than 30 s.
    ):
        os.environ.setdefault(name, value)
    if len(tempfile.gettempdir()) > _LONGEST_FOLDER:
        os.environ.setdefault("RAY_TMPDIR", "/tmp")  # noqa: S108


def _end_with_this_process() -> None:
    """End what Ray started here when this process ends, however that happens.

    Ray's servers end with the process that started them, but their agents wait for a minute.
    """
    import psutil  # Ray has it.

    started = psutil.Process().children(recursive=True)
    subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "tenfold.cluster.orphans", psutil.__file__]
        + [f"{each.pid}:{each.create_time()}" for each in started],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
