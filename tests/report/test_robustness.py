"""What the pictures of robustness, mistakes and the first layer hold; looks are checked by eye."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from tenfold.core.predictions import Predictions
from tenfold.measure.robustness import Robustness, Share, Spoilt
from tenfold.report.display import save_display
from tenfold.report.first_layer import FirstLayerPictures
from tenfold.report.occlusion import OcclusionMaps
from tenfold.report.robustness import RobustnessPanel, draw_robustness, robustness_sentences


def spoilt(name, *n_right):
    shares = tuple(Share(n, 200) for n in n_right)
    return Spoilt(name, "grey levels", (1, 2, 4, 8, 16), shares)


FOUND = Robustness(
    Share(180, 200),
    (spoilt("noise", 170, 160, 150, 140, 130), spoilt("jpeg", 180, 180, 178, 176, 176)),
)


def axes():
    return Figure().subplots()


def test_the_sentences_name_what_costs_most_and_least():
    text = " ".join(robustness_sentences(FOUND).split())
    assert text == (
        "Robustness: 90.0 % of 200 validation images are classified correctly as they are, and "
        "82.0 % on average when they are spoilt in 2 ways at five strengths each. Noise costs "
        "most: 15.0 points on average; at its strongest, 65.0 % are right. JPEG costs least: 1.0 "
        "points."
    )


def test_a_panel_has_the_accuracy_at_each_strength_beside_the_unchanged_one():
    drawn = RobustnessPanel(FOUND.corruptions[0], FOUND.unchanged.accuracy).plot(axes())
    np.testing.assert_allclose(np.asarray(drawn.lines[0].get_ydata(), float), 90)
    [points] = drawn.containers
    np.testing.assert_allclose(points[0].get_ydata().astype(float), [85, 80, 75, 70, 65])
    assert [label.get_text() for label in drawn.get_xticklabels()] == ["1", "2", "4", "8", "16"]
    assert (drawn.get_xlabel(), drawn.get_ylabel()) == ("Grey levels", "Accuracy (%)")


def test_the_picture_has_a_panel_for_each_corruption():
    titles = [each.get_title(loc="left") for each in draw_robustness(FOUND).axes]
    assert titles == ["Noise", "JPEG"]


@pytest.mark.parametrize("channels", [1, 3])
def test_a_unit_is_scaled_to_its_own_largest_weight_and_white_where_it_does_not_look(
    channels, tmp_path
):
    pictures = np.zeros((2, 4, 4, channels), np.float32)
    pictures[0, 1, 1], pictures[0, 2, 2] = 0.25, -0.5
    display = FirstLayerPictures(pictures, np.array([[1, 1, 2, 2], [0, 0, 4, 4]]), n_units=50)
    drawn = display.plot(axes())
    first, nothing = (np.asarray(image.get_array()) for image in drawn.images)
    assert (first[1, 1] == 192).all()  # 128 + 127 / 2, rounded.
    assert (first[2, 2] == 1).all()
    assert (first[1, 2] == 128).all()
    assert (first[0] == 255).all()
    assert (nothing == 128).all()
    assert drawn.get_title(loc="left").startswith("The 2 strongest of the 50 units")
    assert save_display(display, tmp_path / "units.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(("n", "title"), [(1, "The only mistake on"), (3, "The 3 most confident")])
def test_a_mistake_stands_beside_its_map_with_both_classes(n, title, tmp_path):
    rows = np.array([[0.9, 0.1]] * n, np.float32)
    predictions = Predictions(np.ones(n, np.int64), rows, ("cat", "dog"), ("0",) * n)
    maps = np.zeros((n, 4, 4), np.float32)
    maps[0, 0, 0] = -0.3
    display = OcclusionMaps(np.zeros((n, 4, 4, 3), np.uint8), maps, predictions)
    drawn = display.plot(axes())
    image, first = drawn.child_axes[:2]
    assert image.title.get_text() == "actual: dog"
    assert first.title.get_text() == "predicted: cat, 90 %"
    assert first.get_xlabel() == "change of up to 30.0 points"
    assert drawn.get_title(loc="left").startswith(title)
    assert save_display(display, tmp_path / "maps.png").read_bytes().startswith(b"\x89PNG")
