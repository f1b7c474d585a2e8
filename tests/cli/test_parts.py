"""Predictions in parts, from the command line."""

from contextlib import nullcontext

import pytest
from PIL import Image
from tests.made_exports import SIDE_PX, write_export
from typer.testing import CliRunner

from tenfold.cli import app
from tenfold.cli.options import with_address
from tenfold.experiment import predicting_parts


def tenfold(*arguments):
    return CliRunner().invoke(app, with_address([str(each) for each in arguments]))


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_export(tmp_path / "made.onnx")
    Image.new("RGB", (SIDE_PX, SIDE_PX), "red").save("red.png")


def test_an_address_may_be_left_out(monkeypatch):
    asked = []

    def connected(address, **_):
        asked.append(address)
        return nullcontext(1)

    def stream(numbers, make_worker, **_):
        return [(each, make_worker().work(each)) for each in numbers]

    monkeypatch.setattr(predicting_parts, "connected", connected)
    monkeypatch.setattr(predicting_parts, "stream", stream)
    predict = ("predict", "made.onnx", "red.png")
    for n, cluster in enumerate((["--cluster"], ["--cluster", "10.0.0.1:6379"])):
        done = tenfold(*predict, "--out", f"out-{n}", *cluster)
        assert done.exit_code == 0, done.output
        assert "Predicted 1 image: 1 as red." in done.stdout
    assert asked == ["local", "10.0.0.1:6379"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "out", "--cluster"], "expected images after RUN, and --out with a folder"),
        (["red.png", "--cluster"], "expected images after RUN, and --out with a folder"),
        (["red.png", "--top", "2", "--cluster"], "--top is not for --cluster"),
        (["red.png", "--invert", "--cluster"], "--invert is not for --cluster"),
        (["red.png", "--part-rows", "2"], "--part-rows is for --cluster"),
        (["-", "--out", "out", "--cluster"], "Expected IMAGE that can be listed again"),
        (["none", "--out", "out", "--cluster"], "/none; there is nothing. Check the path"),
    ],
)
def test_what_cannot_be_asked_is_one_line(arguments, message):
    done = tenfold("predict", "made.onnx", *arguments)
    assert done.exit_code == 1, done.output
    assert message in " ".join(done.stderr.split())
    assert "Traceback" not in done.output
