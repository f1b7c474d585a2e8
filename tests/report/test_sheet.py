import base64
import io

import numpy as np
import pytest
from PIL import Image

from tenfold.core.images import ImageSet
from tenfold.core.predictions import Predictions
from tenfold.report.page import sheet as sheets
from tenfold.report.page.explorer import SCALE, packed
from tenfold.report.page.sheet import contact_sheet


def flat(greys, height=8, width=8, channels=1):
    """Images of one grey each."""
    images = np.zeros((len(greys), height, width, channels), np.uint8)
    images += np.array(greys, np.uint8)[:, None, None, None]
    return ImageSet(images, np.zeros(len(greys), np.int64), ("a",))


def cut_out(sheet):
    """The mean grey of each image on the sheet, cut out as the page does."""
    pixels = np.asarray(Image.open(io.BytesIO(sheet.jpeg)).convert("L"), float)
    height, width = sheet.shape
    found = []
    for number in range(len(sheet.positions)):
        top, left = (each * sheet.side_px for each in divmod(number, sheet.n_columns))
        found.append(pixels[top : top + height, left : left + width].mean())
    return found


@pytest.mark.parametrize(("height", "width", "channels"), [(8, 8, 1), (10, 6, 3), (200, 100, 3)])
def test_each_image_is_at_its_place(height, width, channels):
    greys = [0, 40, 80, 120, 160, 200, 240]
    sheet = contact_sheet(flat(greys, height, width, channels))
    assert cut_out(sheet) == pytest.approx(greys, abs=4)
    assert max(sheet.shape) <= sheet.side_px <= 64


def test_too_many_images_are_thinned_out_evenly(monkeypatch):
    monkeypatch.setattr(sheets, "MOST_PIXELS", 4 * 64)
    sheet = contact_sheet(flat(range(0, 200, 20)))
    assert sheet.positions.tolist() == [0, 3, 6, 9]
    assert cut_out(sheet) == pytest.approx([0, 60, 120, 180], abs=4)


def test_the_explorer_gets_the_likeliest_classes_of_the_images_on_the_sheet():
    rows = np.array([[0.1, 0.7, 0.2], [0.5, 0.25, 0.25], [0.0, 0.0, 1.0]], np.float32)
    predictions = Predictions(np.array([1, 0, 2]), rows, ("a", "b", "c"), ("x", "y", "z"))
    found = packed(predictions, {"positions": [0, 2], "side_px": 8})

    def numbers(name):
        return np.frombuffer(base64.b64decode(found[name]), "<u2").tolist()

    assert (found["names"], found["n_images"], found["n_shown"]) == (["x", "z"], 3, 3)
    assert numbers("actual") == [1, 2]
    assert numbers("best") == [1, 2, 0, 2, 0, 1]
    assert np.array(numbers("probabilities"))[:3] / SCALE == pytest.approx(
        [0.7, 0.2, 0.1], abs=1e-5
    )
