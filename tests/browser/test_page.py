"""The page of a run in Chromium: by mouse, by keyboard, dark, narrow, on paper, without scripts."""

import shutil

import numpy as np
import pytest

import tenfold
from tenfold.runs import layout

pytestmark = pytest.mark.browser

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def page_file(tmp_path_factory):
    """The page of a small network on digits."""
    out = tmp_path_factory.mktemp("browser") / "run"
    run = tenfold.run("quick", data="digits", overrides={"epochs": 1}, out=out, say=lambda _: None)
    return run, (run.folder / layout.PAGE).absolute().as_uri()


@pytest.fixture(scope="module")
def browser():
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("There is no Chromium")
    with api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def opened(browser, page_file):
    """Open the page with options of Playwright; a script's error or a request fails the test."""
    complaints: list[str] = []
    pages = []

    def open_page(**options):
        page = browser.new_page(**options)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else 0)
        page.on(
            "request",
            lambda request: (
                None
                if request.url == page_file[1] or request.url.startswith("data:")
                else complaints.append(request.url)
            ),
        )
        page.goto(page_file[1])
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []


def n_shown(page):
    return int(page.inner_text(".count").split()[0].replace(",", ""))


def test_every_test_image_is_there_and_filters_count_them(opened, page_file):
    run, _ = page_file
    page = opened()
    page.wait_for_selector(".tiles button")
    assert n_shown(page) == 359
    page.select_option("[name=result]", "wrong")
    predictions = run.predictions
    assert n_shown(page) == int((predictions.predicted != predictions.truth).sum())
    page.click(".clear")
    page.select_option("[name=actual]", "3")
    assert n_shown(page) == int((predictions.truth == 3).sum())


def test_a_cell_of_the_confusion_matrix_shows_its_images(opened, page_file):
    run, _ = page_file
    counts = run.evaluation.confusion
    actual, predicted = np.unravel_index(counts.argmax(), counts.shape)
    page = opened()
    page.click(f'.matrix [data-actual="{actual}"][data-predicted="{predicted}"]')
    assert n_shown(page) == counts.max()
    page.click(".tiles button >> nth=0")
    assert f"actual class {actual}, predicted {predicted}" in page.inner_text(".facts")
    best = float(page.inner_text(".shown tbody tr >> nth=0").split()[1])
    first = np.flatnonzero(
        (run.predictions.truth == actual) & (run.predictions.predicted == predicted)
    )[0]
    assert best == pytest.approx(100 * run.predictions.confidence[first], abs=0.06)


def test_works_by_keyboard_alone(opened):
    page = opened()
    page.wait_for_selector(".tiles button")
    page.focus(".tiles button >> nth=1")
    page.keyboard.press("Enter")
    second = page.inner_text(".facts")
    page.focus("[data-step='1']")
    page.keyboard.press("Enter")
    assert page.inner_text(".facts") not in ("", second)


def test_tables_sort_by_numbers(opened):
    page = opened()
    page.click("#by-class thead th:nth-child(3) button")
    cells = page.locator("#by-class tbody td:nth-child(3)").all_inner_texts()
    assert [float(each) for each in cells] == sorted(float(each) for each in cells)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_follows_the_readers_colours(opened, scheme):
    page = opened(color_scheme=scheme)
    back = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (back == "rgb(255, 255, 255)") == (scheme == "light")


def test_fits_a_phone(opened):
    page = opened(viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_prints_and_reads_without_scripts(browser, page_file):
    page = browser.new_page(java_script_enabled=False)
    page.goto(page_file[1])
    assert page.is_visible(".matrix")
    assert page.is_visible("noscript")
    assert not page.is_visible(".explorer")
    assert page.pdf().startswith(b"%PDF")
    page.close()
