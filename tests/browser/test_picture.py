"""The README's picture of a page.

TENFOLD_PICTURE_OF=runs/standard-cifar10-seed0 make test-browser
"""

import os
from pathlib import Path

import pytest
from PIL import Image

from tenfold.runs import layout

pytestmark = pytest.mark.browser

PICTURE = Path(__file__).parents[2] / "docs/pictures/report.png"


def test_takes_the_picture_of_the_run_that_is_asked_for(open_address):
    asked = os.environ.get("TENFOLD_PICTURE_OF")
    if not asked:
        pytest.skip("TENFOLD_PICTURE_OF names no run")
    address = (Path(asked) / layout.PAGE.name).absolute().as_uri()
    page = open_address(address, viewport={"width": 1160, "height": 900})
    page.wait_for_selector(".tiles button")
    page.screenshot(path=PICTURE)
    with Image.open(PICTURE) as taken:
        assert taken.size == (1160, 900)
