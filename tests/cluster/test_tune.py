"""A search on two nodes: killed and continued, it finds what it finds without a kill."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from typer.testing import CliRunner

from tenfold.cli import app
from tenfold.recipes import find_recipe

SPACE = "learning_rate: {low: 0.003, high: 0.1, log: true}\nwidths: {choose: [[16], [8]]}\n"
SEARCH = ["--data", "digits", "--trials", "3", "--set", "epochs=4", "--set", "batch_size=100",
          "--again", "1", "--at-once", "2"]  # fmt: skip


def figures(out):
    found = json.loads((out / "tune.json").read_text())
    del found["spent_s"]
    for trial in [found["best"], *found["trials"]]:
        del trial["fit_s"]
    return found


@pytest.mark.cluster
def test_a_killed_search_goes_on_and_finds_the_same(two_nodes, tmp_path):
    (tmp_path / "space.yaml").write_text(SPACE)
    begin = ["tune", "classic-plain", "--space", str(tmp_path / "space.yaml"), *SEARCH]
    env = {**os.environ, "TENFOLD_CACHE": str(tmp_path / "cache")}

    def command(*words):
        line = [sys.executable, "-m", "tenfold", *words, "--cluster", two_nodes]
        return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                env=env)  # fmt: skip

    whole = command(*begin, "--out", str(tmp_path / "whole"))
    told, _ = whole.communicate()
    assert whole.returncode == 0, told
    killed = command(*begin, "--out", str(tmp_path / "killed"))
    while not list((tmp_path / "killed").glob("trials/*/result.json")):
        assert killed.poll() is None, killed.communicate()[0]
        time.sleep(0.1)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not (tmp_path / "killed" / "tune.json").exists()
    resumed = command("tune", "--resume", str(tmp_path / "killed"))
    told, _ = resumed.communicate()
    assert resumed.returncode == 0, told
    assert "of this search" in told
    assert figures(tmp_path / "killed") == figures(tmp_path / "whole")
    found = figures(tmp_path / "whole")
    recipe = find_recipe(tmp_path / "whole" / "best.yaml")
    assert recipe.optimizer.learning_rate == found["best"]["settings"]["learning_rate"]
    assert recipe.epochs == 4
    assert found["luck"]["again"]["n"] == 1
    assert "Every trial" in (tmp_path / "whole" / "report.html").read_text()
    assert not (tmp_path / "whole" / ".ray").exists()


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["classic"], "Expected a YAML file of the values"),
        (["--resume", "x", "--space", "y"], "leave RECIPE, --space and --out out"),
        (["--resume", "nowhere"], "Expected the folder of a search"),
        (["classic", "--space", "nowhere.yaml"], "no file of a space nowhere.yaml"),
    ],
)
def test_refuses_before_anything_starts(words, answer, monkeypatch):
    monkeypatch.setattr("tenfold.experiment.tune.check_ray", lambda: None)
    done = CliRunner().invoke(app, ["tune", *words])
    assert done.exit_code in (1, 2)
    assert answer in " ".join(done.output.replace("│", " ").split())


def test_refuses_a_setting_that_is_set_and_searched(tmp_path, monkeypatch):
    monkeypatch.setattr("tenfold.experiment.tune.check_ray", lambda: None)
    (tmp_path / "space.yaml").write_text(SPACE)
    asked = ["tune", "classic", "--space", str(tmp_path / "space.yaml"), "--set", "widths=[4]"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 1
    assert "'widths' is set twice: by --set, and in" in done.output
