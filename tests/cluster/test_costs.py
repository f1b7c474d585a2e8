"""The model of what a cluster takes: counted by hand, and against what was measured."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cluster_costs import Batch, Cluster, Fits, Together, busiest, simulated
from cluster_scaling import MEASURED, checks, tables

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scaling.md"
FOUND = json.loads(MEASURED.read_text("utf-8"))
TENS = np.full(4, 10.0)
FREE: dict[str, Any] = {"hand_out_s": 0.0, "keep_s": 0.0}


def test_pieces_go_to_the_next_free_worker():
    two = Cluster(2, cores=1)
    assert simulated(TENS, two, ready_s=[0, 0], **FREE) == 20
    assert simulated(TENS[:3], two, ready_s=[0, 0], **FREE) == 20
    assert simulated(TENS, two, ready_s=[0, 25], **FREE) == 35  # One works 3, the other 1.
    assert simulated(np.array([30.0, 10, 10, 10]), two, ready_s=[0, 0], **FREE) == 30
    assert simulated(TENS, Cluster(2, cores=1, slowdown=1.5), ready_s=[0, 0], **FREE) == 30


def test_a_driver_that_is_slower_than_all_workers_decides():
    many = Cluster(100)
    pieces = np.full(1000, 1.0)
    free = [0.0] * 100
    assert simulated(pieces, many, ready_s=free, hand_out_s=0.5, keep_s=0) == 501
    assert simulated(pieces, many, ready_s=free, hand_out_s=0, keep_s=0.5) == 501


def test_a_lost_worker_costs_what_lies_behind_its_checkpoint_and_a_new_start():
    lossy = Cluster(1, cores=1, losses_per_hour=36.0)  # One in 100 s.
    pieces = np.full(2_000, 100.0)
    took = simulated(pieces, lossy, ready_s=[0], again_s=7.0, checkpoint_s=30.0, **FREE)
    assert took == pytest.approx(2_000 * (100 + 15 + 7), rel=0.02)  # Half of 30 s, on average.


def test_a_fit_alone_takes_what_its_images_take():
    costs = Fits(
        begin_s=5, worker_s=3, fit_s=1, image_s=1e-3, hand_out_s=0, result_s=0, entry_s=0,
        copy_bytes_s=1e9,
    )  # fmt: skip
    one, two = Cluster(1, cores=1), Cluster(2, cores=1)
    assert costs.wall_s(4, one, n_images=100, epochs=10) == pytest.approx(5 + 3 + 4 * 2)
    assert costs.wall_s(4, two, n_images=100, epochs=10) == pytest.approx(5 + 3 + 2 * 2)
    sent = costs.wall_s(1, two, n_images=100, epochs=10, data_bytes=2e9)
    assert sent == pytest.approx(5 + 3 + 2)  # The driver's machine has the images already.
    assert costs.wall_s(2, two, n_images=100, epochs=10, data_bytes=2e9) == pytest.approx(12)


def test_a_prediction_is_as_fast_as_its_listing_its_workers_or_its_storage():
    batch = Batch(begin_s=1, list_s=1e-5, image_s=1e-3, part_s=0, hand_out_s=0)
    n = 4096 * 100
    work = n * 1e-3
    assert batch.wall_s(n, Cluster(1, cores=1)) == pytest.approx(1 + n * 1e-5 + work)
    assert batch.wall_s(n, Cluster(10, cores=10)) == pytest.approx(1 + n * 1e-5 + work / 100)
    slow = Cluster(10, cores=10, storage_bytes_s=1e6)
    assert batch.wall_s(n, slow, image_bytes=1e3) == pytest.approx(1 + n * 1e-5 + n * 1e-3)


def test_matrices_that_cannot_be_divided_limit_how_many_workers_help():
    assert busiest([3, 3, 2, 2, 2], 2) == 7
    assert busiest([5, 1, 1], 10) == 5
    whole = Together(
        step_s=0, image_s=1e-3, matrices_s=(0.1,) * 4, weight_bytes=0, small_bytes=0,
        swap_s=0, local_bytes_s=1e9,
    )  # fmt: skip
    here = Cluster(1, latency_s=0)
    assert whole.gain(400, 1, here) == 1
    assert whole.gain(400, 4, here) == pytest.approx(4)
    assert whole.gain(400, 8, here) == pytest.approx(0.8 / (0.05 + 0.1))


def test_what_travels_is_counted_once_for_each_other_worker():
    moving = Together(
        step_s=0, image_s=0, matrices_s=(), weight_bytes=3e9, small_bytes=1e8,
        swap_s=0.5, local_bytes_s=1e9,
    )  # fmt: skip
    # Three workers: 2/3 of the weights as gradients, 2/3 as steps, the others twice, two swaps.
    assert moving.one_step_s(9, 3, Cluster(1)) == pytest.approx(2 + 2 + 0.2 + 1)


@pytest.mark.parametrize("check", checks(FOUND), ids=lambda check: check.what)
def test_the_model_is_within_15_per_cent_of_what_was_measured(check):
    assert abs(check.off) < 0.15


def test_the_page_has_the_tables_of_the_model():
    page = PAGE.read_text("utf-8").splitlines()
    lines = [line for line in tables(FOUND) if line]
    assert [line for line in lines if line not in page] == []
