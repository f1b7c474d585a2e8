"""The pages of studies, comparisons and lists of runs, and a notebook's run, in Chromium."""

import os

import pytest
from tests.made_runs import made_run, right_for
from tests.made_studies import HOSTILE, RIGHT, made_study, settings

import tenfold
from tenfold.experiment.pages import write_runs_page, write_study_page
from tenfold.experiment.study_folder import SETTINGS
from tenfold.runs import layout
from tenfold.runs.folder import Folder

pytestmark = pytest.mark.browser

KINDS = ("study", "comparison", "runs")


def quiet(_: str) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """A page of each kind, with hostile names."""
    root = tmp_path_factory.mktemp("pages")
    study = Folder.create(root / "study")
    study.write_json(SETTINGS, settings())
    runs = [
        made_run(root / "runs" / name, right_for(n), wall_s=wall_s)
        for name, n, wall_s in (("b" * 150, 60, 1200), ("<img src=x onerror=alert(1)>", 90, 30))
    ]
    for run, began in zip(runs, (2_000_000_000, 1_000_000_000), strict=True):
        run.folder.write_text(layout.PAGE, "<!doctype html><title>The page of a run</title>")
        os.utime(run.folder / layout.REQUEST, (began, began))
    tenfold.compare(*runs, out=root / "comparison.html", say=quiet)
    return {
        "study": write_study_page(study, made_study(), say=quiet),
        "comparison": root / "comparison.html",
        "runs": write_runs_page(
            tenfold.list_runs(root), root, root / "index.html", say=quiet
        ),
    }  # fmt: skip


@pytest.fixture
def opened(open_address, pages):
    """Open a page of a kind; a script's error, a dialogue or a request fails the test."""
    return lambda kind, **options: open_address(pages[kind].as_uri(), **options)


@pytest.mark.parametrize("kind", KINDS)
def test_opens_in_the_readers_colours_and_fits_a_phone(opened, kind):
    for scheme in ("light", "dark"):
        page = opened(kind, color_scheme=scheme, viewport={"width": 360, "height": 740})
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (back == "rgb(255, 255, 255)") == (scheme == "light")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.is_visible("table.sortable")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(opened, kind, scheme):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    ).Axe()
    found = axe.run(opened(kind, color_scheme=scheme)).response["violations"]
    assert [e["id"] for e in found if e["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("kind", KINDS)
def test_prints_and_reads_without_scripts(browser, pages, kind):
    page = browser.new_page(java_script_enabled=False)
    page.goto(pages[kind].as_uri())
    assert page.is_visible("table.sortable")
    assert page.pdf().startswith(b"%PDF")
    page.close()


def column(page, label, number):
    cells = page.locator(f'[aria-label="{label}"] tbody td:nth-child({number})')
    return cells.all_inner_texts()


def test_tables_sort_numbers_as_numbers_and_words_as_words(opened):
    page = opened("study")
    label = "Figures of each recipe"
    assert column(page, label, 1) == list(RIGHT)
    page.click(f'[aria-label="{label}"] thead th:nth-child(2) button')
    assert column(page, label, 1) == ["classic", "quick", HOSTILE]
    page.click(f'[aria-label="{label}"] thead th:nth-child(1) button')
    assert column(page, label, 1) == sorted(RIGHT)


def test_a_list_of_runs_sorts_by_date_and_by_seconds(opened):
    page = opened("runs")
    label = "Runs and their figures"
    page.click(f'[aria-label="{label}"] thead th:nth-child(8) button')
    assert column(page, label, 8) == ["30.0", "1,200.0"]
    page.click(f'[aria-label="{label}"] thead th:nth-child(10) button')
    assert [date[:4] for date in column(page, label, 10)] == ["2001", "2033"]


def test_a_link_opens_the_page_of_a_run(browser, pages):
    page = browser.new_page()
    page.goto(pages["comparison"].as_uri())
    page.click('[aria-label="Figures of each run"] tbody tr:nth-child(2) a')
    assert page.title() == "The page of a run"
    page.close()
