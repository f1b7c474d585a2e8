"""One fit that workers of Ray Train share."""

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from tenfold.cluster.connect import ClusterError, connected
from tenfold.cluster.worker import Job, work
from tenfold.core.errors import argument
from tenfold.core.history import Epoch, FitRecord
from tenfold.core.images import ImageSet
from tenfold.core.rows import Rows
from tenfold.core.text import Say, counted

MOST_LOST = 20
"""How often workers may be lost in a fit, before something else must be wrong."""
SPARE_BYTES = 100 << 20
"""Memory that Ray's processes share besides the images."""
OF_RAY_TRAIN = {
    # Its own minute is short for a process that imports TensorFlow and Ray on a slow machine.
    "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S": "600",
    # It looks after its workers every 2 s; what has ended, or was lost, would wait for that.
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.5",
    # One process less: it tells workers which machines a cloud takes back, which ours do not ask.
    "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",
}
"""Settings of Ray Train, unless the environment has others."""
EVERY_S = 0.1
"""Seconds between two looks at what the workers have to say."""
SAY_WAITING_S = 60.0
"""Seconds without workers after which one line says what they wait for."""
MOST_WAITING_S = 1200.0
"""Seconds without workers after which a fit gives up."""
MOST_ENDING_S = 30.0
"""Seconds that the workers have to end when the fit must."""
_LOST = (
    f"Workers were lost more than {MOST_LOST} times, or Ray itself ended. `tenfold resume` "
    "continues the run from its last checkpoint."
)


def fit_on_workers(
    job: Job,
    n_workers: int,
    *,
    cluster: str | None,
    listen: Callable[[Epoch], None],
    stop: Callable[[], bool],
    say: Say,
) -> tuple[FitRecord, list[np.ndarray]]:
    """Fit on several workers; return the record of the fit and the weights to keep.

    A worker that is lost is replaced, and all continue from the last checkpoint.

    Args:
        job: What to fit.
        n_workers: How many workers share it.
        cluster: Address of a Ray cluster; None or `local` for this machine.
        listen: Called with each finished epoch.
        stop: Whether to end the fit after the current steps.
        say: Called with each line of output.

    Raises:
        TenfoldError: There are fewer cores than workers, or they stay taken; workers are lost again
            and again; or an error of the fit.
    """
    held = sum(_in_memory(images) for images in (job.train, job.validation))
    news = _News(listen, say)
    for attempt in range(MOST_LOST):
        with connected(cluster, store_bytes=held + held // 8 + SPARE_BYTES):
            import ray

            alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
            n_cores = cores_each([int(each.get("CPU", 0)) for each in alive], n_workers)
            if not attempt:
                say(f"{n_workers} workers share each step, with {counted(n_cores, 'core')} each.")
            if done := _fit(job, n_workers, n_cores, news, stop):
                return done
    raise ClusterError(_LOST)


def cores_each(machines: list[int], n_workers: int) -> int:
    """The most cores that each of some workers can have, all equally many.

    Args:
        machines: The number of cores of each machine.
        n_workers: Number of workers; each runs on one machine.

    Raises:
        ClusterError: There are fewer cores than workers.
    """
    for n_cores in range(max(machines, default=0), 0, -1):
        if sum(each // n_cores for each in machines) >= n_workers:
            return n_cores
    raise ClusterError(
        f"Each of {n_workers} workers needs a core; there are {sum(machines)}. Take fewer "
        f"{argument('workers')}, or a cluster with more cores."
    )


def _in_memory(images: ImageSet) -> int:
    return 0 if isinstance(images.images, Rows) else int(images.images.nbytes)


def _fit(
    job: Job, n_workers: int, n_cores: int, news: "_News", stop: Callable[[], bool]
) -> tuple[FitRecord, list[np.ndarray]] | None:
    """Fit once; None if Ray Train itself was lost.

    Then its workers' cores stay taken until this process leaves the cluster.
    """
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    link = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)(Link).remote()
    # Not a thread of this process: one that is inside Ray when Ray shuts down would crash it.
    lead = ray.remote(
        num_cpus=0,
        max_retries=0,
        scheduling_strategy=NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=True
        ),
    )(_lead)
    result = lead.remote({"job": ray.put(job), "link": link, "cores": n_cores}, n_workers)
    news.wait_for(n_workers, n_cores)
    try:
        while not ray.wait([result], timeout=EVERY_S)[0]:
            news.take(ray.get(link.take.remote(stop())))
            news.check_waiting()
        news.take(ray.get(link.take.remote(True)))
        record, weights = ray.get(result)
    except (ray.exceptions.RayActorError, ray.exceptions.WorkerCrashedError):
        return None
    except ray.exceptions.RayError as error:
        raise ClusterError(_LOST) from error
    except BaseException:
        # If this process left while Ray Train starts workers, their cores could stay taken.
        with suppress(ray.exceptions.RayError):
            ray.get(link.take.remote(True))
            ray.wait([result], timeout=MOST_ENDING_S)
        raise
    return record, weights


def _lead(config: dict[str, Any], n_workers: int) -> tuple[FitRecord, list[np.ndarray]] | None:
    """Have Ray Train run the workers; return what worker 0 returns."""
    for name, value in OF_RAY_TRAIN.items():
        os.environ.setdefault(name, value)
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer

    with tempfile.TemporaryDirectory(prefix="tenfold-train-", ignore_cleanup_errors=True) as place:
        trainer = DataParallelTrainer(
            work,
            train_loop_config=config,
            scaling_config=ScalingConfig(
                num_workers=n_workers, resources_per_worker={"CPU": config["cores"]}
            ),
            run_config=RunConfig(
                name="fit",
                storage_path=place,
                failure_config=FailureConfig(max_failures=MOST_LOST),
            ),
        )
        done: tuple[FitRecord, list[np.ndarray]] | None = trainer.fit().return_value
    return done


class _News:
    """What the workers have said, without what they say again after a loss."""

    def __init__(self, listen: Callable[[Epoch], None], say: Say) -> None:
        self.listen, self.say = listen, say
        self.n_epochs = self.n_starts = self.n_cores = 0
        self._since: float | None = None
        self._has_said = False

    def wait_for(self, n_workers: int, n_cores: int) -> None:
        """Count the seconds until workers with so many cores each have started."""
        self.n_cores = n_workers * n_cores
        self._wait()

    def _wait(self) -> None:
        self._since, self._has_said = time.monotonic(), False

    def check_waiting(self) -> None:
        """Say what the workers wait for, if they take long to start.

        Raises:
            ClusterError: They have not started within `MOST_WAITING_S`.
        """
        if self._since is None or (waited := time.monotonic() - self._since) < SAY_WAITING_S:
            return
        if waited > MOST_WAITING_S:
            raise ClusterError(
                f"The workers have not started within {MOST_WAITING_S / 60:.0f} minutes. "
                f"They need {counted(self.n_cores, 'core')}; {_free_cores()} are free. "
                "`tenfold resume` continues the run when more are."
            )
        if not self._has_said:
            self._has_said = True
            self.say(
                f"Waiting for the workers to start. They need {counted(self.n_cores, 'core')}; "
                f"{_free_cores()} are free."
            )

    def take(self, messages: list[tuple[str, Any]]) -> None:
        for kind, content in messages:
            match kind:
                case "failed":
                    raise content
                case "said":
                    self.say(content)
                case "lost":
                    self._wait()
                case "started":
                    self._since = None
                    self.n_starts += 1
                    if self.n_starts > 1:
                        self.say("A worker was lost and has been replaced.")
                case "epoch" if content.epoch > self.n_epochs:
                    self.n_epochs = content.epoch
                    self.listen(content)


def _free_cores() -> int:
    import ray

    return int(ray.available_resources().get("CPU", 0))


class Link:
    """What the workers and the process that started them say to each other."""

    def __init__(self) -> None:
        self._messages: list[tuple[str, Any]] = []
        self._met: dict[bytes, dict[int, tuple[str, int]]] = {}
        self._must_stop = self._has_failed = False

    def tell(self, kind: str, content: object = None) -> None:
        """Leave a message from a worker."""
        self._messages.append((kind, content))
        self._has_failed = self._has_failed or kind == "failed"

    def has_failed(self) -> bool:
        """Whether a worker has had an error that would come again."""
        return self._has_failed

    def take(self, stop: bool) -> list[tuple[str, Any]]:
        """All messages since the last call; `stop` asks the workers to end the fit."""
        self._must_stop = self._must_stop or stop
        messages, self._messages = self._messages, []
        return messages

    def must_stop(self) -> bool:
        """Whether the workers are to end the fit."""
        return self._must_stop

    def meet(self, token: bytes, rank: int, address: tuple[str, int]) -> dict[int, tuple[str, int]]:
        """Where the workers with the same token listen, as far as they have said so."""
        met = self._met.setdefault(token, {})
        met[rank] = address
        return met
