"""The README's picture of the page that classifies.

TENFOLD_PAGE_OF=runs/standard-cifar10-seed0 make test-browser
"""

import os
from pathlib import Path

import pytest
from PIL import Image

import tenfold
from tenfold.runs import layout
from tenfold.runs.run import Run

pytestmark = pytest.mark.browser

PICTURE = Path(__file__).parents[2] / "docs/pictures/classify.png"
SIDE_PX = 32
WHICH = 12
"""Of the test images on the run's sheet."""


def test_takes_the_picture_of_the_run_that_is_asked_for(open_address, tmp_path):
    asked = os.environ.get("TENFOLD_PAGE_OF")
    if not asked:
        pytest.skip("TENFOLD_PAGE_OF names no run")
    run = Run.open(asked)
    with Image.open(run.folder / layout.SHEET) as sheet:
        left, top = WHICH * SIDE_PX, 0
        sheet.crop((left, top, left + SIDE_PX, top + SIDE_PX)).save(tmp_path / "picture.png")
    index = tenfold.page(run, out=tmp_path / "page", say=lambda _: None)
    page = open_address(
        index.as_uri(),
        beside=("runtime.js", "model.js"),
        viewport={"width": 900, "height": 700},
    )
    page.set_input_files(".choose input >> nth=0", tmp_path / "picture.png")
    page.wait_for_selector("figure.done", timeout=120_000)
    page.screenshot(path=PICTURE)
    with Image.open(PICTURE) as taken:
        assert taken.size == (900, 700)
