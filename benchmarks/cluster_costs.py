"""What work on many machines takes: a model made of a few measured seconds.

`cluster_scaling.py` compares it with what was measured and asks it about many machines. It lies
here, and not in the package, because no command uses it.
"""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Cluster:
    """Machines, and what the network between them can do.

    Attributes:
        machines: How many work.
        cores: Cores of each; a fit or a part of a prediction takes one.
        link_bytes_s: Bytes per second into or out of one machine.
        latency_s: Seconds of one message.
        storage_bytes_s: Bytes per second of the shared storage, for all machines together.
        slowdown: How much slower a core is while its neighbours work too.
        losses_per_hour: How often a machine is lost in an hour, with all of its workers.
    """

    machines: int
    cores: int = 16
    link_bytes_s: float = 1.25e9
    latency_s: float = 100e-6
    storage_bytes_s: float = 12.5e9
    slowdown: float = 1.0
    losses_per_hour: float = 0.0

    @property
    def n_workers(self) -> int:
        """Cores of all machines."""
        return self.machines * self.cores


def simulated(
    seconds: np.ndarray,
    cluster: Cluster,
    *,
    ready_s: Sequence[float],
    hand_out_s: float,
    keep_s: float,
    again_s: float = 0.0,
    checkpoint_s: float = math.inf,
    seed: int = 0,
) -> float:
    """Seconds until independent pieces of work are done: each worker takes the next that is left.

    The driver hands pieces out one after the other, and keeps results one after the other. A piece
    whose worker is lost goes on from its last checkpoint on a new worker.

    Args:
        seconds: float (n,), the time of each piece on an idle machine.
        cluster: Where.
        ready_s: When each machine is ready to begin.
        hand_out_s: Seconds of the driver to hand out one piece.
        keep_s: Seconds of the driver to keep one result.
        again_s: Seconds until a new worker has taken the place of a lost one.
        checkpoint_s: Seconds between checkpoints: at most that much is lost.
        seed: Decides which workers are lost, and when.
    """
    random, rate = np.random.default_rng(seed), cluster.losses_per_hour / 3600
    free = [ready for ready in ready_s for _ in range(cluster.cores)]
    heapq.heapify(free)
    ends = []
    for number, piece in enumerate((seconds * cluster.slowdown).tolist()):
        begin = max(heapq.heappop(free), (number + 1) * hand_out_s)
        lost = random.poisson(piece * rate) if rate else 0
        repeated = float(random.uniform(0, min(piece, checkpoint_s), lost).sum())
        ends.append(begin + piece + repeated + lost * again_s)
        heapq.heappush(free, ends[-1])
    kept = 0.0
    for end in sorted(ends):
        kept = max(kept, end) + keep_s
    return kept


@dataclass(frozen=True)
class Fits:
    """Spreading the fits of a study: `tenfold study --cluster`.

    Attributes:
        begin_s: Seconds of the command before its first fit and after its last: Python, images,
            Ray, the comparison, the page.
        worker_s: Seconds until a worker has started and imported TensorFlow.
        fit_s: Seconds of a fit that do not depend on the number of images.
        image_s: Seconds of one core for one image in one epoch.
        hand_out_s: Seconds of the driver to hand a fit out.
        result_s: Seconds of the driver to write the predictions of a fit.
        entry_s: Seconds for each entry of fits.json, when it is written again.
        copy_bytes_s: Bytes per second from Ray's store on one machine to that on another.
    """

    begin_s: float
    worker_s: float
    fit_s: float
    image_s: float
    hand_out_s: float
    result_s: float
    entry_s: float
    copy_bytes_s: float

    @classmethod
    def of(cls, measured: dict[str, Any]) -> "Fits":
        """The costs, from fits alone, a study of one fit, and what the driver writes."""
        alone, (small, large) = measured["alone"], measured["sizes"]
        of_small, of_large = alone[f"fit_{small}_s"], alone[f"fit_{large}_s"]
        image_s = (of_large - of_small) / ((large - small) * measured["epochs"])
        worker_s = alone["start_s"] + alone["first_fit_s"] - of_small
        driver = measured["driver"]
        return cls(
            begin_s=measured["begin_s"],
            worker_s=worker_s,
            fit_s=of_small - image_s * small * measured["epochs"],
            image_s=image_s,
            hand_out_s=measured["hand_out_s"],
            result_s=driver["predictions_s"],
            entry_s=(driver["entries_410_s"] - driver["entries_10_s"]) / 400,
            copy_bytes_s=measured["copy_bytes_s"],
        )

    def one_s(self, n_images: int, epochs: int) -> float:
        """Seconds of one fit on an idle machine."""
        return self.fit_s + self.image_s * n_images * epochs

    def wall_s(
        self,
        n_fits: int,
        cluster: Cluster,
        *,
        n_images: int,
        epochs: int,
        data_bytes: float = 0.0,
        each_time: bool = False,
    ) -> float:
        """Seconds of the whole command.

        Args:
            n_fits: How many there are.
            cluster: Where.
            n_images: Images of one fit.
            epochs: Epochs of one fit.
            data_bytes: Bytes that each machine receives before its first fit.
            each_time: Whether fits.json is written after every fit, and not for a tenth of the time
                at most.
        """
        each = np.full(n_fits, self.one_s(n_images, epochs))
        speed = min(self.copy_bytes_s, cluster.link_bytes_s)
        ready = [
            cluster.slowdown * self.worker_s + copies_until(number) * data_bytes / speed
            for number in range(cluster.machines)
        ]
        written = self.result_s + (self.entry_s * n_fits / 2 if each_time else 0.1 * self.result_s)
        worked = simulated(
            each,
            cluster,
            ready_s=ready,
            hand_out_s=self.hand_out_s,
            keep_s=written,
            again_s=self.worker_s,
            checkpoint_s=30.0,
        )
        return self.begin_s + worked


def copies_until(machine: int) -> int:
    """Rounds until a machine has what the first one has, if each that has it passes it on.

    >>> [copies_until(machine) for machine in (0, 1, 2, 3, 999)]
    [0, 1, 2, 2, 10]
    """
    return math.ceil(math.log2(machine + 1)) if machine else 0


@dataclass(frozen=True)
class Batch:
    """Batch prediction: `tenfold predict --cluster`.

    Attributes:
        begin_s: Seconds of the command before its first part and after its last, without the
            listing.
        list_s: Seconds to list one image, which one process does.
        image_s: Seconds of one core to read, decode, predict and write one image.
        part_s: Seconds of a part, whatever its size.
        hand_out_s: Seconds of the driver for one part: to hand it out, and to keep its result.
    """

    begin_s: float
    list_s: float
    image_s: float
    part_s: float
    hand_out_s: float

    @staticmethod
    def calibrating(measured: dict[str, Any]) -> tuple[int, int]:
        """The sizes, at one worker, from which the costs are taken."""
        small, large, *_ = sorted({run["n_images"] for run in measured["runs"]})
        return small, large

    @classmethod
    def of(cls, measured: dict[str, Any], workers: int = 1) -> "Batch":
        """The costs, from the two smallest runs of one worker, and the start of so many workers."""
        small, large = cls.calibrating(measured)
        took = {(run["workers"], run["n_images"]): run["s"] for run in measured["runs"]}
        each_s = (took[1, large] - took[1, small]) / (large - small)
        list_s = measured["list_s"]
        return cls(
            begin_s=took[workers, small] - (list_s + (each_s - list_s) / workers) * small,
            list_s=list_s,
            image_s=each_s - list_s,
            part_s=0.0,  # Among the seconds of the images.
            hand_out_s=measured["hand_out_s"],
        )

    def wall_s(
        self, n_images: int, cluster: Cluster, *, part_rows: int = 4096, image_bytes: float = 0.0
    ) -> float:
        """Seconds of the whole command."""
        sizes = np.full(-(-n_images // part_rows), part_rows, dtype=np.float64)
        sizes[-1] = n_images - part_rows * (len(sizes) - 1)
        worked = simulated(
            self.part_s + sizes * self.image_s,
            cluster,
            ready_s=[0.0] * cluster.machines,
            hand_out_s=self.hand_out_s / 2,
            keep_s=self.hand_out_s / 2,
        )
        delivered = (
            n_images
            * image_bytes
            / min(cluster.storage_bytes_s, cluster.machines * cluster.link_bytes_s)
        )
        return self.begin_s + n_images * self.list_s + max(worked, delivered)


@dataclass(frozen=True)
class Together:
    """Data-parallel fitting: `tenfold train --workers K`.

    Each worker sums the gradients of its own matrices, turns them into steps, and sends the steps
    to all others. Every worker sends its gradients of the few other variables to all.

    Attributes:
        step_s: Seconds of a step that no number of workers makes shorter.
        image_s: Seconds of one core for one image of a batch, forwards and backwards.
        matrices_s: Seconds of Muon for each matrix, one worker at all of them.
        weight_bytes: Bytes of all matrices as they travel.
        small_bytes: Bytes of the other variables as they travel.
        swap_s: Seconds of one exchange between two workers on one machine, without its bytes.
        local_bytes_s: Bytes per second between two workers on one machine.
        shared_s: Seconds that a step takes longer because it is shared, beside what travels: what
            is sent is converted, and each worker applies all steps.
    """

    step_s: float
    image_s: float
    matrices_s: tuple[float, ...]
    weight_bytes: float
    small_bytes: float
    swap_s: float
    local_bytes_s: float
    shared_s: float = 0.0

    @classmethod
    def of(cls, measured: dict[str, Any]) -> "Together":
        """The costs, from steps of one process with batches of two sizes, and of two workers."""
        (small, of_small), (large, of_large) = (
            (int(batch), seconds) for batch, seconds in measured["step_s"].items()
        )
        image_s = (of_large - of_small) / (large - small)
        matrices = [each["s"] for each in measured["matrices"] for _ in range(each["n"])]
        n_weights = sum(each["n"] * each["weights"] for each in measured["matrices"])
        found = cls(
            step_s=max(0.0, of_small - image_s * small - sum(matrices)),
            image_s=image_s,
            matrices_s=tuple(matrices),
            weight_bytes=2 * n_weights,  # In bfloat16.
            small_bytes=4 * measured["n_small"],
            swap_s=measured["swap_s"],
            local_bytes_s=measured["local_bytes_s"],
        )
        batch, few = measured["batch"], min(run["n_images"] for run in measured["runs"])
        one, two = (found.one_step_s(batch, workers, Cluster(1)) for workers in (1, 2))
        longer = epoch_s(measured, 2) - epoch_s(measured, 1)
        return replace(found, shared_s=max(0.0, longer / -(-few // batch) + one - two))

    def one_step_s(self, batch: int, workers: int, cluster: Cluster) -> float:
        """Seconds of one step of all workers together."""
        images = math.ceil(batch / workers)
        alone = cluster.slowdown if workers > 1 else 1.0
        work = self.image_s * images + busiest(self.matrices_s, workers)
        if workers == 1:
            return self.step_s + work
        speed = cluster.link_bytes_s if cluster.machines > 1 else self.local_bytes_s
        delay = cluster.latency_s if cluster.machines > 1 else 0.0
        others = workers - 1
        sent = 2 * others / workers * self.weight_bytes + others * self.small_bytes
        exchanged = 2 * (self.swap_s + delay * others) + sent / speed
        return alone * (self.step_s + work + self.shared_s) + exchanged

    def gain(self, batch: int, workers: int, cluster: Cluster) -> float:
        """How many times as fast a step is with so many workers."""
        one = self.one_step_s(batch, 1, cluster)
        return one / self.one_step_s(batch, workers, cluster)


def first_s(measured: dict[str, Any], workers: int) -> float:
    """Seconds of the shared fit of one epoch."""
    found = (run for run in measured["runs"] if (run["workers"], run["epochs"]) == (workers, 1))
    return float(next(found)["s"])


def epoch_s(measured: dict[str, Any], workers: int) -> float:
    """Seconds of one more epoch of the fewest images."""
    runs = [run for run in measured["runs"] if run["workers"] == workers and run["epochs"] > 1]
    longer = min(runs, key=lambda run: int(run["n_images"]))
    return (float(longer["s"]) - first_s(measured, workers)) / (int(longer["epochs"]) - 1)


def busiest(pieces: Sequence[float], workers: int) -> float:
    """The work of the busiest worker, if each piece, the largest first, goes to the idlest.

    >>> busiest([3, 3, 2, 2, 2], 2)
    7
    """
    work = [type(pieces[0])(0)] * min(workers, len(pieces)) if pieces else [0.0]
    heapq.heapify(work)
    for piece in sorted(pieces, reverse=True):
        heapq.heapreplace(work, work[0] + piece)
    return max(work)
