"""The parts of a run's page: what is drawn, chosen and said."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from tenfold.core.predictions import Predictions
from tenfold.measure.next_step import Advice
from tenfold.recipes import find_measured, find_recipe
from tenfold.report.page.gallery import chosen_images
from tenfold.report.page.matrix import DEEP, N_SHADES, shade
from tenfold.report.page.network import drawing, joined, seen
from tenfold.report.page.page import MOST_PNG_BYTES, picture_source
from tenfold.report.page.result import Reference, _against, _diagnosis, _published


def layer(words, shape, n_parameters=0, *, multiplies=False):
    return {
        "words": words,
        "shape": shape,
        "n_parameters": n_parameters,
        "multiplies": multiplies,
    }


DENSE = [
    layer("all values side by side", [12]),
    layer("dense", [5], 65, multiplies=True),
    layer("ReLU", [5], 5),
    layer("dense", [5], 30, multiplies=True),
    layer("calibration", [5]),
]


def test_layers_are_joined_until_the_next_product_or_shape():
    blocks = joined((2, 2, 3), DENSE)
    assert [(each.words, each.shape, each.n_parameters) for each in blocks] == [
        ("the image", (2, 2, 3), 0),
        ("all values side by side", (12,), 0),
        ("dense; ReLU", (5,), 70),
        ("dense; calibration", (5,), 30),
    ]


def test_a_block_of_more_values_is_wider_and_names_are_escaped():
    drawn = drawing(joined((2, 2, 3), [layer("<script>", [3], 39, multiplies=True)]))
    wide, narrow = (float(each) for each in re.findall(r'<rect[^>]* width="([\d.]+)"', drawn))
    assert wide > narrow > 0
    assert "<script" not in drawn
    assert "39 parameters" in drawn


def test_only_the_changes_of_the_recipe_are_named():
    plain = {"shift": 0.0, "flip": False, "mixup": 0.0, "cutmix": 0.0}
    recipe = find_recipe("quick").with_overrides(plain)
    assert seen(recipe) == "Images enter the network unchanged."
    words = seen(recipe.with_overrides({"shift": 0.1, "mixup": 0.5}))
    assert "is shifted at random and blended with another image, so" in words
    pasted = "partly replaced by another image"
    for changes, expected in [
        ({"cutmix": 1.0, "mixup": 0.5}, f"is {pasted}, so"),
        ({"cutmix": 0.125}, f"is {pasted} in 12.5 % of the steps, so"),
        (
            {"cutmix": 0.25, "mixup": 0.5},
            f"is {pasted} in 25 % of the steps and blended with another image in the others, so",
        ),
    ]:
        assert expected in seen(recipe.with_overrides(changes))


def test_a_larger_share_has_a_deeper_shade():
    assert [shade(share) for share in (0, 0.01, 0.25, 1)] == [
        "f0", "f5", "f25", f"f{N_SHADES} deep",
    ]  # fmt: skip
    assert shade(0.2) != shade(0.48)
    assert shade((DEEP / N_SHADES) ** 2).endswith("deep")


def test_images_of_a_class_are_chosen_by_confidence_and_none_twice():
    confidence = np.array([0.9, 0.8, 0.95, 0.7, 0.6, 0.99])
    predicted = np.array([0, 0, 1, 1, 0, 0])
    truth = np.array([0, 0, 0, 0, 0, 1])
    rows = np.where(np.arange(2) == predicted[:, None], confidence[:, None], 0)
    rows[np.arange(6), 1 - predicted] = 1 - confidence
    predictions = Predictions(truth, rows.astype(np.float32), ("a", "b"), tuple("uvwxyz"))
    found = chosen_images(predictions, np.arange(6), 0, n=2)
    assert {name: each.tolist() for name, each in found.items()} == {
        "surest, right": [0, 1],
        "surest, wrong": [2, 3],
        "least sure, right": [4],
    }


def test_only_images_of_the_sheet_are_chosen():
    rows = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]], np.float32)
    predictions = Predictions(np.zeros(3, np.int64), rows, ("a", "b"), tuple("xyz"))
    found = chosen_images(predictions, np.array([1, 2]), 0, n=1)
    assert found["surest, right"].tolist() == [0]  # The first one on the sheet is "y".
    assert found["least sure, right"].tolist() == [1]


@pytest.mark.parametrize(
    ("ends", "answer"),
    [
        ((0.6, 0.7), "the network is better"),
        ((0.2, 0.3), "the network is WORSE"),
        ((0.4, 0.6), "too few to tell"),
    ],
)
def test_the_network_is_compared_with_the_best_rule_by_intervals(ends, answer):
    best = Reference("linear classifier", 0.41, (0.4, 0.42))
    words = _against(Reference("this network", sum(ends) / 2, ends), best)
    assert "(linear classifier) reaches 41.0 % (40.0 % to 42.0 %)" in words
    assert answer in words


def test_people_and_other_networks_are_named_for_cifar10_alone():
    best = find_measured("marathon")
    assert best is not None
    assert {each.name: each.accuracy for each in _published("cifar10")} == {
        "the classic notebook": 0.4891,
        "recipe marathon": best.accuracy,
        "people (estimate)": 0.94,
    }
    assert _published("digits") == []


def test_a_next_step_without_a_command_is_said_in_python():
    step = {
        "advice": Advice.SMALLER_RATE.value,
        "settings": {"learning_rate": 0.01},
        "recipe": None,
        "why": "It may help.",
        "command": None,
    }
    found = _diagnosis({"verdict": "unstable", "evidence": [], "next_step": step}, "digits")
    assert found["next_in_python"] == "tenfold.run with overrides={'learning_rate': 0.01}"
    assert found["next_command"] == ""


def test_what_the_next_recipe_has_reached_is_said_for_the_images_it_was_measured_on():
    step = {"recipe": "standard", "why": "It may help.", "command": "tenfold run standard"}
    found = {"verdict": "stopped too early", "evidence": [], "next_step": step}
    measured = find_measured("standard")
    assert measured is not None
    reached = f"standard has reached {100 * measured.accuracy:.1f} %"
    assert reached in _diagnosis(found, "cifar10")["next_words"]
    assert _diagnosis(found, "digits")["next_words"] == "It may help."


def test_a_large_picture_is_a_jpeg_within_the_page_and_a_small_one_stays_as_it_is():
    noise = np.random.default_rng(0).integers(0, 256, (500, 400, 3), dtype=np.uint8)
    for pixels, kind in ((noise, "jpeg"), (noise[:10], "png")):
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        assert (len(file.getvalue()) > MOST_PNG_BYTES) == (kind == "jpeg")
        begin, content = picture_source(file.getvalue()).split(",")
        assert begin == f"data:image/{kind};base64"
        found = np.asarray(Image.open(io.BytesIO(base64.b64decode(content))))
        assert found.shape == pixels.shape
        assert abs(found.astype(int) - pixels).mean() < (0 if kind == "png" else 25) + 1e-9
