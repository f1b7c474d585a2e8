import json
import os
import shutil
from pathlib import Path

import pytest
from tests.made_runs import made_run, right_for
from typer.testing import CliRunner

import tenfold
from tenfold.cli import app
from tenfold.runs import layout

EARLIER = Path(__file__).parent.parent / "fixtures" / "earlier"


@pytest.fixture
def some(tmp_path):
    """Two finished runs, one of them in a folder below, and folders that are not runs."""
    made_run(tmp_path / "a", right_for(60), wall_s=5)
    made_run(tmp_path / "deep" / "er" / "b", right_for(70), wall_s=9)
    (tmp_path / "mine").mkdir()
    shutil.copy(tmp_path / "a" / "recipe.yaml", tmp_path / "mine")
    (tmp_path / "study").mkdir()
    (tmp_path / "study" / "fits.json").write_text("{}")
    return tmp_path


def test_lists_the_runs_below_a_folder_with_their_figures(some):
    runs = tenfold.list_runs(some, sort="folder")
    assert [run.folder for run in runs] == ["a", "deep/er/b"]
    first = runs[0]
    assert (first.recipe, first.seed, first.data, first.state) == ("classic", 0, "made", "finished")
    assert (first.test, first.test_low, first.test_high) == (0.6, 0.0, 1.0)
    assert (first.validation, first.seconds, first.parameters) == (0.59, 5, 1234)
    assert first.date is not None


@pytest.mark.parametrize(
    ("column", "folders"),
    [("test", ["deep/er/b", "a", "begun"]), ("seconds", ["a", "deep/er/b", "begun"])],
)
def test_sorts_the_best_and_the_cheapest_first_and_what_is_missing_last(some, column, folders):
    begun = made_run(some / "begun", right_for(50))
    begun.folder.remove(layout.METRICS, layout.FIT)
    assert [run.folder for run in tenfold.list_runs(some, sort=column)] == folders


def test_newest_runs_come_first(some):
    os.utime(some / "a" / "request.json", (2_000_000_000, 2_000_000_000))
    assert [run.folder for run in tenfold.list_runs(some)] == ["a", "deep/er/b"]


def test_a_damaged_run_is_listed_with_the_reason_and_what_can_be_read(some):
    (some / "a" / "metrics.json").write_text('{"test": ')
    (some / "deep" / "er" / "b" / "link").symlink_to(some)
    a, b = tenfold.list_runs(some, sort="folder")
    assert (a.state, a.recipe, a.seconds, a.test) == ("damaged", "classic", 5, None)
    assert "metrics.json" in a.reason
    assert (b.state, b.test) == ("damaged", 0.7)
    assert "is a link to another place" in b.reason


def test_a_killed_run_and_one_of_an_earlier_version_are_listed(tmp_path):
    made_run(tmp_path / "a", right_for(60)).folder.write_status("running")
    shutil.copytree(EARLIER / "classic", tmp_path / "earlier")
    a, earlier = tenfold.list_runs(tmp_path, sort="folder")
    assert a.state == "killed"
    metrics = json.loads((EARLIER / "classic" / "metrics.json").read_text())
    assert (earlier.state, earlier.test) == ("finished", metrics["test"]["accuracy"])


def test_refuses_a_folder_that_is_not_there_and_an_unknown_column(tmp_path):
    with pytest.raises(tenfold.RunFolderError, match="there is no folder .*nowhere"):
        tenfold.list_runs(tmp_path / "nowhere")
    with pytest.raises(tenfold.TenfoldError, match="received tests. Did you mean 'test'"):
        tenfold.list_runs(tmp_path, sort="tests")  # type: ignore[arg-type]


def test_the_command_shows_a_table_or_json(some):
    (some / "a" / "metrics.json").write_text("[]")
    shown = CliRunner().invoke(app, ["runs", str(some), "--sort", "test"])
    assert shown.exit_code == 0, shown.output
    rows = [line.split() for line in shown.stdout.splitlines()]
    assert [row[0] for row in rows[2:4]] == ["deep/er/b", "a"]
    assert "a is damaged: Cannot read" in shown.stdout
    assert f"2 runs in {some}" in shown.stdout
    answered = json.loads(CliRunner().invoke(app, ["runs", str(some), "--json"]).stdout)
    assert {run["folder"] for run in answered["runs"]} == {"a", "deep/er/b"}


def test_a_folder_without_runs_is_not_an_error(tmp_path):
    shown = CliRunner().invoke(app, ["runs", str(tmp_path)])
    assert (shown.exit_code, shown.stdout) == (0, f"There are no runs in {tmp_path}\n")
