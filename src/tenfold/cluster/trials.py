"""Fit many networks at a time with Ray Tune, each on cores of its own."""

import json
import logging
import os
import shutil
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tenfold.cluster.connect import STORE_BYTES, ClusterError, connected
from tenfold.cluster.spread import threads_variables
from tenfold.core.errors import argument
from tenfold.core.text import Say, counted

Job = dict[str, Any]
"""What one fit needs beside what all share, as plain values."""

WAIT, END = "wait", "end"
"""Answers in place of a job: another one must end first; there are no more."""

MOST_DEATHS = 10
"""How often a fit goes on in a new worker after its worker has died."""


def run_jobs(
    work: Callable[[Any, Job], None],
    shared: Any,  # noqa: ANN401
    next_job: Callable[[], Job | str],
    ended: Callable[[Job], None],
    *,
    n_jobs: int,
    cores_each: int,
    place: Path,
) -> None:
    """Ask for jobs and do them in workers, as many at a time as there are cores for.

    A job whose worker dies is begun again in another one, so `work` must be able to go on. Call it
    while the block of `connected` runs.

    Args:
        work: What is done in a worker; a function that it can import.
        shared: What every job needs; it is sent to each machine once.
        next_job: The next job, `WAIT` or `END`.
        ended: Called with each job that is done.
        n_jobs: The most jobs there are.
        cores_each: Cores of one job; TensorFlow has as many threads.
        place: New folder for Ray Tune's own files, which all machines reach; deleted at the end.

    Raises:
        ClusterError: Workers died again and again.
        RuntimeError: `work` failed with an error of its own.
    """
    from ray import tune

    problems: list[str] = []

    def trainable(config: dict[str, str], shared: Any) -> None:  # noqa: ANN401
        os.environ.update(threads_variables(cores_each))
        try:
            work(shared, json.loads(config["job"]))
        except Exception:  # Another worker would fail in the same way.
            tune.report({"done": 0, "traceback": traceback.format_exc()})
        else:
            tune.report({"done": 1, "traceback": ""})

    logging.getLogger("ray.tune").setLevel(logging.ERROR)
    try:
        tune.Tuner(
            tune.with_resources(
                tune.with_parameters(trainable, shared=shared), resources={"cpu": cores_each}
            ),
            tune_config=tune.TuneConfig(
                metric="done",
                mode="max",
                num_samples=n_jobs,
                search_alg=_searcher(next_job, ended, problems),
                reuse_actors=True,
            ),
            run_config=tune.RunConfig(
                name="jobs",
                storage_path=str(place),
                verbose=0,
                failure_config=tune.FailureConfig(max_failures=MOST_DEATHS),
            ),
        ).fit()
    finally:
        shutil.rmtree(place, ignore_errors=True)
    if any(problems):
        raise RuntimeError(f"A fit failed in a worker:\n{max(problems)}")
    if problems:
        raise ClusterError(
            f"A worker died {MOST_DEATHS + 1} times at the same fit. Perhaps it lacks memory: "
            f"fewer workers share a machine's memory with a larger {argument('cores_per_trial')}. "
            "What was finished is kept."
        )


def _searcher(
    next_job: Callable[[], Job | str], ended: Callable[[Job], None], problems: list[str]
) -> Any:  # noqa: ANN401
    """What Ray Tune asks for its next trial.

    Args:
        next_job: As for `run_jobs`, like `ended`.
        ended: See there.
        problems: Takes the traceback of a job that failed, or nothing if its workers died.
    """
    from ray.tune.search import Searcher

    jobs: dict[str, Job] = {}

    class InOrder(Searcher):  # type: ignore[misc]
        """Hands out the jobs; which one comes next is not Ray Tune's decision."""

        def suggest(self, trial_id: str) -> Mapping[str, str] | str | None:
            job = END if problems else next_job()
            if isinstance(job, str):
                return Searcher.FINISHED if job == END else None
            jobs[trial_id] = job
            return {"job": json.dumps(job)}

        def on_trial_complete(
            self, trial_id: str, result: dict[str, Any] | None = None, error: bool = False
        ) -> None:
            if error:
                problems.append("")
            elif result and result.get("traceback"):
                problems.append(result["traceback"])
            else:
                ended(jobs[trial_id])

        def save(self, checkpoint_path: str) -> None:
            """Nothing: the folders of the fits are what a search continues from."""

        def restore(self, checkpoint_path: str) -> None:
            """Nothing, for the same reason."""

    return InOrder()


@contextmanager
def workers(
    address: str | None, *, cores_each: int, shared_bytes: int, say: Say = print
) -> Iterator[int]:
    """Connect to Ray for `run_jobs`; gives the number of jobs that run at the same time.

    Args:
        address: As for `connected`.
        cores_each: Cores of one job.
        shared_bytes: About the size of what all jobs share.
        say: Called with a line about the workers.

    Raises:
        ClusterError: As for `connected`; or there are too few cores.
    """
    for name, value in (
        ("TUNE_DISABLE_AUTO_CALLBACK_LOGGERS", "1"),
        ("TUNE_DISABLE_SIGINT_HANDLER", "1"),
        ("RAY_AIR_NEW_OUTPUT", "0"),
    ):
        os.environ.setdefault(name, value)
    with connected(address, store_bytes=STORE_BYTES + 2 * shared_bytes) as n_cores:
        if cores_each > n_cores:
            raise ClusterError(
                f"Expected {argument('cores_per_trial')} of at most {n_cores}, the cores that "
                f"there are; received {cores_each}."
            )
        n_workers = n_cores // cores_each
        say(
            f"{counted(n_workers, 'fit')} at a time on {counted(n_cores, 'core')}, "
            f"{cores_each} for each."
        )
        yield n_workers
