"""Batch prediction with Ray's workers on two nodes, from the command line."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pytest
from killing import workers
from PIL import Image
from pyarrow.parquet import read_table
from tests.made_exports import CLASSES, usual, write_export

import tenfold

pytestmark = pytest.mark.cluster
N = 60


@pytest.fixture(scope="module")
def export(tmp_path_factory):
    return write_export(tmp_path_factory.mktemp("export") / "made.onnx", familiarity=usual())


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Noise in 59 files, and a file that is not a picture."""
    folder, random = tmp_path_factory.mktemp("images"), np.random.default_rng(5)
    for number in range(N - 1):
        picture = Image.fromarray(random.integers(0, 256, (5, 5, 3), np.uint8))
        picture.save(folder / f"{number:02}.png")
    (folder / "bad.png").write_text("not an image")
    return folder


def command(export, images, out, address, part_rows=4):
    return [
        *(sys.executable, "-m", "tenfold", "predict", str(export), str(images)),
        *("--cluster", address, "--part-rows", str(part_rows), "--out", str(out), "--json"),
    ]  # fmt: skip


def check(found, export, names):
    """Every file is a row, once, with what the network says."""
    assert [row["file"] for row in found] == names
    good = [row for row in found if row["error"] is None]
    assert {row["file"] for row in found if row["error"]} == {n for n in names if "bad" in n}
    for row, answer in zip(
        good, tenfold.load(export).predict([row["file"] for row in good]), strict=True
    ):
        assert (row["class"], row["unfamiliar"]) == (answer.label, answer.unfamiliar)
        probabilities = [row[f"probability_{name}"] for name in CLASSES]
        np.testing.assert_allclose(probabilities, list(answer.probabilities.values()), atol=1e-5)


def states(folder):
    """What would change if a finished part were written again."""
    return {each.name: each.stat().st_mtime_ns for each in folder.glob("part-*.parquet")}


def test_a_killed_worker_and_a_killed_driver_lose_nothing(two_nodes, export, images, tmp_path):
    names = [str(each) for each in sorted(images.iterdir())] * 10
    (tmp_path / "list.csv").write_text("\n".join(["file", *names]))
    out = tmp_path / "out"
    ask = command(export, tmp_path / "list.csv", out, two_nodes, part_rows=1)
    with (tmp_path / "log.txt").open("w") as log:
        driver = subprocess.Popen(ask, stdout=log, stderr=log)
        wait_for_parts(out, 60)
        driver.kill()
        driver.wait()
        before = states(out / "parts")
        assert 60 <= len(before) < len(names)
        again = subprocess.Popen(ask, stdout=subprocess.PIPE, stderr=log, text=True)
        wait_for_parts(out, len(before) + 10)
        workers(again.pid, nodes=os.getpid())[0].kill()
        written, _ = again.communicate(timeout=120)
    assert again.returncode == 0, (tmp_path / "log.txt").read_text()
    answer = json.loads(written)  # Ray writes nothing about it to standard output.
    assert len(before) <= answer["n_parts_kept"] < answer["n_parts"] == len(names)
    after = states(out / "parts")
    assert {name: after[name] for name in before} == before
    check(read_table(out / "parts").to_pylist(), export, names)
    assert (answer["n"], answer["n_errors"]) == (10 * (N - 1), 10)


def wait_for_parts(out, n):
    until = time.monotonic() + 60
    while len(list((out / "parts").glob("part-*.parquet"))) < n:
        assert time.monotonic() < until, (out.parent / "log.txt").read_text()
        time.sleep(0.005)
