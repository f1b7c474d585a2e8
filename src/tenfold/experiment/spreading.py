"""Who carries out fits that do not depend on each other: this process, or Ray's workers."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from tenfold.cluster.connect import HERE
from tenfold.core.errors import TenfoldError, argument
from tenfold.core.images import ImageSet
from tenfold.core.progress import live
from tenfold.core.rows import Rows
from tenfold.core.text import Say
from tenfold.runs.checkpoint import Checkpoints
from tenfold.runs.environment import environment
from tenfold.runs.files import sha256_of

Task = TypeVar("Task")
Result = TypeVar("Result")

_MATTERS = ("python", "packages", "processor", "instruction_sets")
"""Facts about a machine on which the bits of a fit depend, beside its threads."""


@dataclass(frozen=True)
class Workers:
    """Ray's workers.

    Attributes:
        cluster: The address of a cluster, or `local` to start Ray on this machine.
        cores_per_fit: Cores of one fit, and threads of its TensorFlow.
    """

    cluster: str
    cores_per_fit: int = 1


def workers(cluster: str | None, cores_per_fit: int | None) -> Workers | None:
    """Who carries out fits; None for this process.

    Raises:
        TenfoldError: Ray is not installed, or a number of cores without a cluster.
    """
    if cluster is None:
        if cores_per_fit is not None:
            raise TenfoldError(
                f"{argument('cores_per_fit')} is for fits on a cluster. Add "
                f"{argument('cluster', HERE)} for workers on this machine, or leave it out: a fit "
                "in this process takes all cores."
            )
        return None
    if cores_per_fit is not None and cores_per_fit < 1:
        raise TenfoldError(
            f"Expected {argument('cores_per_fit')} of 1 or more; received {cores_per_fit}."
        )
    from tenfold.cluster.connect import check_ray

    check_ray()
    return Workers(cluster, cores_per_fit or 1)


@dataclass(frozen=True)
class Place:
    """A folder, and how a worker knows that it sees the same folder, and not one with its name.

    Attributes:
        folder: The folder.
        file: A file in it that does not change.
        sha256: The file's SHA-256.
    """

    folder: Path
    file: str
    sha256: str

    @classmethod
    def of(cls, folder: Path, file: str) -> "Place":
        """The place, as the process that owns the folder sees it."""
        return cls(folder.absolute(), file, sha256_of(folder / file))

    def checkpoints(self, name: str, every_s: float | None = None) -> Checkpoints | None:
        """Where the state of a fit is kept; None on a machine that does not see the folder.

        Args:
            name: Its folder, below this one.
            every_s: As for `Checkpoints`.
        """
        file = self.folder / self.file
        if not (file.is_file() and sha256_of(file) == self.sha256):
            return None
        path = self.folder / name
        return Checkpoints(path) if every_s is None else Checkpoints(path, every_s)


def bytes_to_send(images: ImageSet) -> int:
    """About the bytes that a worker's machine receives; images on the disk are read from there."""
    return 0 if isinstance(images.images, Rows) else images.images.nbytes


def each_fitted(
    fit: Callable[..., Result],
    shared: Any,  # noqa: ANN401
    tasks: Iterable[Task],
    by: Workers | None,
    *,
    n_bytes: int,
    say: Say,
) -> Iterator[tuple[Task, Result]]:
    """Carry out every fit, and yield each task with its result as soon as it is done.

    Args:
        fit: Carries out one fit, `fit(shared, task, say=say)`; it writes nothing but checkpoints.
        shared: What all fits need.
        tasks: What differs between them.
        by: Who carries them out; None for this process, one after the other.
        n_bytes: About the size of `shared`.
        say: Called with each line of output; that of a worker's fit comes when the fit has ended.

    Raises:
        TenfoldError: A fit failed with it, or there is no cluster.
    """
    if by is None:
        for task in tasks:
            yield task, fit(shared, task, say=say)
        return
    from tenfold.cluster.spread import spread

    known, shown, tasks = _facts(), live(say), tuple(tasks)
    if not tasks:
        return
    differences: set[str] = set()
    results = spread(
        partial(_in_worker, fit), shared, tasks,
        address=by.cluster, cores_each=by.cores_per_fit, shared_bytes=n_bytes, say=say,
    )  # fmt: skip
    if shown:
        shown.show("fits on the cluster", 0, len(tasks))
    for n_done, (task, (result, lines, facts)) in enumerate(results, 1):
        for line in lines:
            say(line)
        for name in _MATTERS:
            if facts[name] != known[name] and name not in differences:
                differences.add(name)
                say(
                    f"A worker's machine differs from this one: {name} is {facts[name]} there and "
                    f"{known[name]} here. Its fits are not the same to the bit as fits here."
                )
        if shown:
            shown.show("fits on the cluster", n_done, len(tasks))
        yield task, result


def _in_worker(
    fit: Callable[..., Result],
    shared: Any,  # noqa: ANN401
    task: Any,  # noqa: ANN401
) -> tuple[Result, list[str], dict[str, Any]]:
    """Fit; return also the lines of output, and the facts about this machine."""
    lines: list[str] = []
    return fit(shared, task, say=lines.append), lines, _facts()


def _facts() -> dict[str, Any]:
    found = environment(Path())
    return {name: found[name] for name in _MATTERS}
