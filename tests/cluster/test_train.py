"""Two workers of Ray share a fit; one of them may be lost."""

import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest
from nodes import wait_until_gone

from tenfold.cluster import train as cluster_train
from tenfold.core.errors import TenfoldError
from tenfold.experiment.resume import resume
from tenfold.experiment.run import train
from tenfold.experiment.verify import differences

pytestmark = pytest.mark.cluster

QUICK = {"epochs": 3, "batch_size": 129, "dropout": 0.1, "precision": "float32"}
HOLD_ALL = """
import ray, sys
ray.init(address=sys.argv[1], log_to_driver=False, logging_level="ERROR")
holder = ray.remote(num_cpus=1)(type("Holder", (), {"ready": lambda self: True}))
held = [holder.remote() for _ in range(2)]
ray.get([each.ready.remote() for each in held])
print("held", flush=True)
sys.stdin.read()
"""
TOLERANCE = 1e-4
"""In float32; in bfloat16, which `auto` may choose, sums in another order differ more."""


def processes(name):
    """The processes of the cluster with a name in their command line."""
    every = psutil.Process().children(recursive=True)
    return [each for each in every if each.is_running() and name in " ".join(each.cmdline())]


def fitted(path, *, workers, cluster=None, say=lambda _: None, **options):
    return train(
        "quick",
        data="digits",
        overrides=QUICK | options.pop("overrides", {}),
        workers=workers,
        cluster=cluster,
        out=path,
        say=say,
        **options,
    )


def test_two_workers_on_two_nodes_agree_with_one_process(two_nodes, tmp_path):
    alone = fitted(tmp_path / "alone", workers=1)
    shared = fitted(tmp_path / "shared", workers=2, cluster=two_nodes)
    for one, two in zip(alone.model.get_weights(), shared.model.get_weights(), strict=True):
        np.testing.assert_allclose(two, one, atol=TOLERANCE)
    assert [e.epoch for e in shared.record.epochs] == [1, 2, 3]
    np.testing.assert_allclose(
        [epoch.validation_loss for epoch in shared.record.epochs],
        [epoch.validation_loss for epoch in alone.record.epochs],
        atol=TOLERANCE,
    )
    assert shared.record.train_accuracy == pytest.approx(alone.record.train_accuracy, abs=0.002)


def test_a_fit_that_loses_its_controller_and_then_a_worker_ends_with_the_same_bits(
    two_nodes, tmp_path
):
    long = {"overrides": {"epochs": 30}, "checkpoint_every_s": 0.2}
    fitted(tmp_path / "whole", workers=2, cluster=two_nodes, **long)
    lines: list[str] = []

    def kill(name: str, after: str) -> None:
        while not any(line.startswith(after) for line in lines):
            time.sleep(0.01)
        processes(name)[-1].kill()

    def kill_both() -> None:
        kill("TrainController", after="epoch  2/30")
        kill("RayTrainWorker", after="Continuing after step")

    killing = threading.Thread(target=kill_both)
    killing.start()
    fitted(tmp_path / "cut", workers=2, cluster=two_nodes, say=lines.append, **long)
    killing.join()
    assert lines.count("A worker was lost and has been replaced.") == 2
    places = [tmp_path / "whole", tmp_path / "cut"]
    different = differences(*places)
    assert [name for name in different if any((each / name).exists() for each in places)] == []


def test_an_error_of_the_fit_is_reported_and_not_tried_again(two_nodes, tmp_path):
    (tmp_path / "run").mkdir()

    def block(line: str) -> None:
        if "workers share each step" in line:
            (tmp_path / "run" / "checkpoints").write_text("in the way")

    before = processes("PlacementGroupCleaner")
    with pytest.raises(TenfoldError, match="checkpoints"):
        fitted(tmp_path / "run", workers=2, cluster=two_nodes, say=block)
    new = [each for each in processes("PlacementGroupCleaner") if each not in before]
    assert wait_until_gone(new) == []  # Ray Train was not left in the middle.
    (tmp_path / "run" / "checkpoints").unlink()
    done = resume(tmp_path / "run", cluster=two_nodes, say=lambda _: None)
    assert done.is_fitted


def test_a_fit_whose_cores_stay_taken_says_so_and_gives_up(two_nodes, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_train, "SAY_WAITING_S", 1.0)
    monkeypatch.setattr(cluster_train, "MOST_WAITING_S", 2.0)
    monkeypatch.setattr(cluster_train, "MOST_ENDING_S", 1.0)
    lines: list[str] = []
    with subprocess.Popen(
        [sys.executable, "-c", HOLD_ALL, two_nodes],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holding:
        assert holding.stdout is not None
        assert holding.stdout.readline() == "held\n"
        with pytest.raises(TenfoldError, match=r"need 2 cores; 0 are free\. `tenfold resume`"):
            fitted(tmp_path / "run", workers=2, cluster=two_nodes, say=lines.append)
        holding.communicate("")
    assert any(line.startswith("Waiting for the workers to start.") for line in lines)
