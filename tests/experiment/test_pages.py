"""The pages of studies, comparisons and lists of runs: written, written again, never in the way."""

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
from tests.made_runs import made_run, right_for
from tests.made_studies import HOSTILE, made_study, settings
from tests.pages import check_safe, tables, words
from typer.testing import CliRunner

import tenfold
from tenfold.cli import app
from tenfold.core.errors import RunFolderError, TenfoldError
from tenfold.experiment.pages import write_page_of, write_runs_page, write_study_page
from tenfold.experiment.study_folder import SETTINGS
from tenfold.runs import layout
from tenfold.runs.folder import Folder

NAMES = ("first", "javascript:<b>&\"' 100%#?.x")


def quiet(_: str) -> None:
    """Say nothing."""


def answer(*arguments):
    done = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def links(page: Path) -> list[Path]:
    """The files that a page has links to."""
    parts = page.read_text("utf-8").split('<a href="')[1:]
    found = [unquote(part.partition('"')[0]) for part in parts]
    return [(page.parent / each).resolve() for each in found if not each.startswith("#")]


@pytest.fixture
def runs(tmp_path):
    """Two runs with different settings, each with a page; the second with a hostile name."""
    made = [
        made_run(tmp_path / "runs" / name, right, wall_s=1234.5, input_dropout=rate)
        for name, right, rate in zip(
            NAMES, (right_for(60), right_for(58, also=range(70, 90))), (0.1, 0.2), strict=True
        )
    ]
    for run in made:
        run.folder.write_text(layout.PAGE, "the page of a run")
    return made


def test_the_figures_of_a_comparison_are_those_of_its_json(runs, tmp_path):
    out = tmp_path / "out"
    found = answer("compare", *(run.folder.path for run in runs), "--out", out)
    page = out / layout.PAGE.name
    assert found["page"] == str(page)
    assert {**json.loads((out / "comparison.json").read_text()), "page": str(page)} == found
    text = page.read_text("utf-8")
    check_safe(text)
    shown = tables(text)
    for row, run in zip(shown["Figures of each run"][1:], found["runs"], strict=True):
        name, recipe, seed, accuracy, interval, seconds, parameters, _ = row
        assert (name, recipe, seed) == (run["name"], "classic", "0")
        assert accuracy == f"{100 * run['accuracy']:.2f} %"
        assert (
            interval == f"{100 * run['accuracy_low']:.2f} % to {100 * run['accuracy_high']:.2f} %"
        )
        assert (seconds, parameters) == ("1,234.5", "1,234")
    [row] = shown["Differences from first"][1:]
    [difference] = found["differences"]
    low, high = (100 * end for end in difference["difference_interval_95"])
    assert row[:3] == [NAMES[1], "+18.00", f"{low:+.2f} to {high:+.2f}"]
    assert row[4:] == ["better", "58", "20", "2", "20"]
    assert f"{NAMES[1]}: better than first" in words(text)
    assert shown["What differs between the runs"][1][1:] == ["0.1", "0.2"]


def test_a_comparison_links_to_the_pages_of_its_runs(runs, tmp_path):
    page = tmp_path / "deep" / "page.html"
    tenfold.compare(*runs, out=page, say=quiet)
    assert links(page) == [(run.folder / layout.PAGE).resolve() for run in runs]
    (runs[0].folder / layout.PAGE).unlink()
    tenfold.compare(*runs, out=page, say=quiet)  # An earlier page of a comparison is replaced.
    assert links(page) == [(runs[1].folder / layout.PAGE).resolve()]
    assert list(page.parent.iterdir()) == [page]


def test_a_comparison_goes_under_runs_by_default_and_says_where(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["compare", *(str(run.folder.path) for run in runs)])
    [page] = Path("runs").glob("*-comparison/report.html")
    assert f"To look at it in a browser: {page}" in done.output
    assert len(answer("runs")["runs"]) == 2  # A comparison is not a run.


def test_python_compares_without_writing(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*.html"))
    tenfold.compare(*runs, say=quiet)
    assert sorted(tmp_path.rglob("*.html")) == before


def test_nothing_else_is_overwritten(runs, tmp_path):
    mine = tmp_path / "mine.html"
    mine.write_text("<p>mine</p>")
    with pytest.raises(TenfoldError, match=r"page of a comparison; .*mine\.html holds something"):
        tenfold.compare(*runs, out=mine, say=quiet)
    tenfold.compare(*runs, out=tmp_path / "page.html", say=quiet)
    with pytest.raises(TenfoldError, match="page of a list of runs; .* holds something else"):
        write_runs_page([], tmp_path, tmp_path / "page.html", say=quiet)
    with pytest.raises(TenfoldError, match=r"ends with \.html; received .*list\. Try .*list\.html"):
        write_runs_page([], tmp_path, tmp_path / "list", say=quiet)
    with pytest.raises(RunFolderError, match="is not empty"):
        tenfold.compare(*runs, out=runs[0].folder.path, say=quiet)
    assert mine.read_text() == "<p>mine</p>"


def test_the_figures_of_a_list_of_runs_are_those_of_its_json(runs, tmp_path):
    (runs[1].folder / layout.METRICS).unlink()
    page = tmp_path / "runs" / "index.html"
    found = answer("runs", tmp_path / "runs", "--sort", "test", "--page", page)
    assert found["page"] == str(page)
    text = page.read_text("utf-8")
    check_safe(text)
    [first, other] = tables(text)["Runs and their figures"][1:]
    assert [first[0], other[0]] == [run["folder"] for run in found["runs"]] == list(NAMES)
    assert first[1:4] == ["classic, seed 0", "made", "finished"]
    assert first[4:9] == ["60.00 %", "0.00 % to 100.00 %", "59.00 %", "1,234.5", "1,234"]
    assert (first[9], other[4]) == (found["runs"][0]["date"], "-")
    assert links(page) == [(run.folder / layout.PAGE).resolve() for run in runs]


def test_a_folder_without_runs_has_a_page_too(tmp_path):
    page = write_runs_page([], tmp_path, tmp_path / "index.html", say=quiet)
    assert "0 runs" in words(page.read_text("utf-8"))


def test_the_page_of_a_study_is_written_into_its_folder(tmp_path):
    folder = Folder(tmp_path)
    folder.write_json(SETTINGS, settings())
    page = write_study_page(folder, made_study(), say=quiet)
    assert page == tmp_path / layout.PAGE.name
    assert f"{HOSTILE}: better than classic" in words(page.read_text("utf-8"))


def test_a_study_that_has_not_ended_has_no_page(tmp_path):
    Folder(tmp_path).write_json(SETTINGS, settings())
    with pytest.raises(RunFolderError, match=r"has not ended. Continue it first: repeat"):
        write_page_of(tmp_path, say=quiet)


def test_what_is_neither_a_run_nor_a_study_has_no_page(tmp_path):
    with pytest.raises(RunFolderError, match="Expected the folder of a run or study"):
        write_page_of(tmp_path, say=quiet)


def test_a_comparison_and_a_study_show_themselves_in_a_notebook(runs):
    shown = words(tenfold.compare(*runs, say=quiet)._repr_html_())
    assert "test accuracy 95 % interval" in shown
    assert f"{NAMES[1]} classic, seed 0 78.00 %" in shown
    assert f"{NAMES[1]} +18.00 +10.00 to" in shown
    shown = words(made_study()._repr_html_())
    assert f"{HOSTILE} 3 82.67 3.06 92.67 3.06 11.0" in shown
    assert "quick - classic +0.67" in shown
