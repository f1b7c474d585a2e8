"""The page of a run in Chromium: by mouse, by keyboard, dark, narrow, on paper, without scripts."""

import numpy as np
import pytest

pytestmark = pytest.mark.browser


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
    best = float(page.inner_text(".shown tbody td >> nth=1").split()[0])
    first = np.flatnonzero(
        (run.predictions.truth == actual) & (run.predictions.predicted == predicted)
    )[0]
    assert best == pytest.approx(100 * run.predictions.confidence[first], abs=0.06)


def test_a_mistake_is_shown_as_one_beside_the_actual_class_and_its_neighbours(opened, page_file):
    run, _ = page_file
    predictions = run.predictions
    wrong = np.flatnonzero(predictions.predicted != predictions.truth)
    page = opened()
    page.select_option("[name=result]", "wrong")
    page.click(".tiles button >> nth=0")
    predicted, actual = (each[wrong[0]] for each in (predictions.predicted, predictions.truth))
    sure = 100 * predictions.confidence[wrong[0]]
    assert page.inner_text(".shown .is-wrong").split()[:2] == [f"{predicted}", "(predicted)"]
    assert page.inner_text(".shown .is-actual").split()[:2] == [f"{actual}", "(actual)"]
    assert page.inner_text(".tiles button >> nth=0").endswith(f"{sure:.0f} %, is {actual}")
    assert page.is_disabled("[data-step='-1']")
    page.click("[data-step='1']")
    assert page.inner_text(".facts").startswith(f"{wrong[1]}: ")


def test_works_by_keyboard_alone(opened):
    page = opened()
    page.wait_for_selector(".tiles button")
    page.focus(".tiles button >> nth=1")
    page.keyboard.press("Enter")
    second = page.inner_text(".facts")
    page.focus("[data-step='1']")
    page.keyboard.press("Enter")
    third = page.inner_text(".facts")
    assert third not in ("", second)
    page.focus(".tiles [aria-pressed=true]")
    page.keyboard.press("ArrowLeft")
    assert page.inner_text(".facts") == second
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    for _ in range(60):  # To the next page of images, where the focus stays on the chosen one.
        page.keyboard.press("ArrowRight")
    assert "page 2 of" in page.inner_text(".count")
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"


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


def test_the_next_step_is_on_the_first_screen_of_a_phone(opened):
    page = opened(viewport={"width": 390, "height": 844})
    below = page.locator(".panel pre").first.evaluate("each => each.getBoundingClientRect().bottom")
    assert 0 < below <= 844


def test_prints_and_reads_without_scripts(browser, page_file):
    page = browser.new_page(java_script_enabled=False)
    page.goto(page_file[1])
    assert page.is_visible(".matrix")
    assert page.is_visible("noscript")
    assert page.locator(".gallery img").count() >= 100
    assert page.locator(".gallery img").first.evaluate("each => each.naturalWidth") == 8
    assert not page.is_visible(".explorer")
    assert page.pdf().startswith(b"%PDF")
    page.close()
