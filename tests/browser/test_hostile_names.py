"""The page of 100 classes with names that are code, very long, or written in other scripts."""

import numpy as np
import pytest

import tenfold
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.runs import layout

pytestmark = pytest.mark.browser

SHAPES = (
    "<script>alert({n})</script>",
    "</script><script>alert({n})</script>",
    '"><img src=x onerror=alert({n})>',
    "' onmouseover='alert({n})' {n}",
    "&lt;b&gt; & &amp; {n}",
    "{{{{ 7 * {n} }}}} {{% raw %}}",
    "--> <!-- {n}",
    "\N{FAMILY}\N{ZERO WIDTH JOINER}\N{SNOWMAN} {n}",
    "\N{HEBREW LETTER ALEF}\N{ARABIC LETTER BEH} \N{CJK UNIFIED IDEOGRAPH-72AC} {n}",
    "long " * 39 + "{n:05}",
    "x" * 195 + "{n:05}",
)
NAMES = tuple(SHAPES[n % len(SHAPES)].format(n=n) for n in range(100))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The address of the page."""

    def images(n_each, seed):
        labels = np.arange(len(NAMES)).repeat(n_each)
        pixels = np.random.default_rng(seed).integers(0, 256, (len(labels), 6, 6, 3), np.uint8)
        return ImageSet(pixels, labels, NAMES)

    data = Dataset(NAMES[0], images(5, 0), images(2, 1), Provenance("made", NAMES[2]))
    out = tmp_path_factory.mktemp("hostile") / "run"
    run = tenfold.run("quick", data=data, overrides={"epochs": 1}, out=out, say=lambda _: None)
    return run, (run.folder / layout.PAGE).absolute().as_uri()


@pytest.mark.parametrize("width", [360, 1200])
def test_no_name_runs_as_a_script_or_widens_the_page(open_address, hostile, width):
    _, address = hostile
    page = open_address(address, viewport={"width": width, "height": 800})
    page.wait_for_selector(".tiles button")
    page.click(".tiles button >> nth=0")
    page.hover(".matrix tbody th >> nth=3")
    assert NAMES[0] in page.title()
    assert page.locator("script").count() == 2  # The page's own, and the facts of the images.
    assert page.locator("img[src=x]").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_names_are_shown_as_they_are(open_address, hostile):
    _, address = hostile
    page = open_address(address)
    page.wait_for_selector(".tiles button")
    names = page.locator("#by-class tbody").evaluate(
        "body => Array.from(body.rows, row => row.cells[0].textContent)"
    )
    assert names == list(NAMES)
    choices = page.locator("[name=actual] option").evaluate_all("all => all.map(e => e.text)")
    assert [" ".join(each.split()) for each in choices[1:]] == [" ".join(n.split()) for n in NAMES]


def test_a_cell_of_the_matrix_filters_by_the_right_class(open_address, hostile):
    run, address = hostile
    page = open_address(address)
    page.wait_for_selector(".tiles button")
    cell = page.locator(".matrix button[data-actual]").first
    label = int(cell.get_attribute("data-actual"))
    cell.click()
    assert page.input_value("[name=actual]") == str(label)
    assert NAMES[label] in cell.get_attribute("aria-label")
    page.select_option("[name=predicted]", "")
    n_actual = int((run.predictions.truth == label).sum())
    assert page.inner_text(".count").startswith(f"{n_actual} of 200 images")
