"""The pictures of a dataset, drawn for real and looked at as Matplotlib's objects."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from tenfold.core.appearance import Appearance
from tenfold.core.cleaning import Cleaning, Finding
from tenfold.core.errors import TenfoldError
from tenfold.core.exploration import ByClass, Exploration, SetSummary
from tenfold.core.images import ImageSet
from tenfold.report.by_class import ClassBoxes, draw_colour_and_sharpness
from tenfold.report.cleaning import cleaning_summary
from tenfold.report.display import Display, save_display
from tenfold.report.exploration import exploration_table
from tenfold.report.palette import readable
from tenfold.report.pictures import CaptionedImages, ClassExamples, save_pictures


def by_class(n_classes: int, random: np.random.Generator) -> ByClass:
    return ByClass(
        random.uniform(0, 255, n_classes), np.sort(random.uniform(0, 255, (n_classes, 5)))
    )


def exploration(n_classes: int, shape: tuple[int, int, int], *, each: int = 2) -> Exploration:
    """Made numbers, with `each` examples of each class."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(n_classes), each)
    classes = tuple(f"kind {label}" for label in range(n_classes))
    images = random.integers(0, 256, (len(labels), *shape), dtype=np.uint8)
    examples = ImageSet(images, labels, classes)
    summary = SetSummary(len(labels), "uint8", 0, 255, (each,) * n_classes)
    return Exploration(
        name="made",
        classes=classes,
        shape=shape,
        train=summary,
        test=summary,
        batch_counts=((each,) * n_classes,),
        channel_means=(120.0,) * shape[2],
        channel_deviations=(60.0,) * shape[2],
        mean_images=random.uniform(0, 255, (n_classes, *shape)).astype(np.float32),
        appearance=Appearance(),
        brightness=by_class(n_classes, random),
        chroma=by_class(n_classes, random) if shape[2] == 3 else None,
        sharpness=by_class(n_classes, random),
        example_positions=np.arange(len(labels)),
        examples=examples,
        first=examples.take(np.arange(min(10, len(labels)))),
    )


@pytest.mark.parametrize("shape", [(8, 8, 1), (32, 32, 3), (6, 9, 3)])
@pytest.mark.parametrize("n_classes", [2, 10, 100])
def test_writes_five_pictures(n_classes: int, shape: tuple[int, int, int], tmp_path: Path) -> None:
    paths = save_pictures(exploration(n_classes, shape), tmp_path)
    assert len(paths) == 5
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    for path in paths:
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert np.asarray(picture.convert("L")).std() > 5  # Something was drawn.


def test_the_same_numbers_give_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    pairs = [save_pictures(exploration(2, (8, 8, 1)), tmp_path / name) for name in ("a", "b")]
    assert [p.read_bytes() for p in pairs[0]] == [p.read_bytes() for p in pairs[1]]


def test_makes_the_folder_that_pictures_go_to(tmp_path: Path) -> None:
    paths = save_pictures(exploration(2, (8, 8, 1)), tmp_path / "plots")
    assert sorted((tmp_path / "plots").iterdir()) == sorted(paths)


def test_a_notebook_shows_each_picture_by_itself() -> None:
    made = exploration(2, (8, 8, 1))
    for display in (
        ClassExamples.of(made),
        CaptionedImages.first(made),
        ClassBoxes.brightness(made),
    ):
        assert isinstance(display, Display)
        assert display._repr_png_().startswith(b"\x89PNG")


def test_refuses_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TenfoldError, match=r"Cannot write .*examples\.png"):
        save_pictures(exploration(2, (8, 8, 1)), tmp_path / "file")


def test_examples_stand_in_the_row_of_their_class() -> None:
    made = exploration(3, (8, 8, 1))
    axes = Figure().add_subplot()
    assert ClassExamples.of(made).plot(axes) is axes
    rows = [text.get_text() for text in axes.get_yticklabels()]
    assert rows == ["kind 0", "kind 1", "kind 2"]
    for tile, position in zip(axes.images, range(6), strict=True):
        left, _right, bottom, top = tile.get_extent()
        assert top < axes.get_yticks()[position // 2] < bottom
        assert (left == 0) == (position % 2 == 0)
        np.testing.assert_array_equal(
            np.asarray(tile.get_array()).squeeze(), made.examples.images[position].squeeze()
        )


def test_first_images_carry_the_names_of_their_classes() -> None:
    axes = Figure().add_subplot()
    CaptionedImages.first(exploration(2, (8, 8, 1))).plot(axes)
    assert [text.get_text() for text in axes.texts] == ["kind 0", "kind 0", "kind 1", "kind 1"]


def test_shows_twenty_classes_at_most_and_says_so() -> None:
    made = exploration(21, (8, 8, 1))
    for display in (
        ClassExamples.of(made),
        CaptionedImages.means(made),
        ClassBoxes.brightness(made),
    ):
        axes = Figure().add_subplot()
        display.plot(axes)
        assert axes.get_title(loc="left").endswith("(first 20 of 21 classes)")
        shown = [text.get_text() for text in (*axes.texts, *axes.get_yticklabels())]
        assert shown[-1] == "kind 19"


def test_boxes_draw_the_quartiles_of_each_class_and_skips_an_empty_one() -> None:
    percentiles = np.array([[10, 20, 30, 40, 50], [np.nan] * 5, [60, 70, 80, 90, 95]])
    means = np.array([31.0, np.nan, 79.0])
    axes = Figure().add_subplot()
    boxes_of = ClassBoxes(ByClass(means, percentiles), ("ant", "bee", "cow"), "Ages", "years")
    boxes_of.plot(axes)
    boxes = [patch.get_path().get_extents() for patch in axes.patches]
    assert [(box.x0, box.x1) for box in boxes] == [(20, 40), (70, 90)]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["ant", "bee", "cow"]
    assert (axes.get_title(loc="left"), axes.get_xlabel()) == ("Ages", "years")


def test_colour_and_sharpness_stand_side_by_side_with_a_square_of_the_mean_colour() -> None:
    made = exploration(3, (8, 8, 3))
    colour, sharpness = draw_colour_and_sharpness(made).axes
    squares = [line.get_markerfacecolor() for line in colour.lines if line.get_marker() == "s"]
    expected = made.mean_images.mean(axis=(1, 2)) / 255
    np.testing.assert_allclose(np.array(squares, np.float64), expected, rtol=1e-6)
    assert "Chroma" in colour.get_xlabel()
    assert "Detail" in sharpness.get_xlabel()


def test_grey_images_have_a_sharpness_but_no_colours() -> None:
    [sharpness] = draw_colour_and_sharpness(exploration(3, (8, 8, 1))).axes
    assert "Detail" in sharpness.get_xlabel()


def test_keeps_long_names_apart_and_formulas_plain() -> None:
    assert readable("cat") == "cat"
    assert readable("a very long name of class 17") == "a very …class 17"
    assert readable("two\nlines") == r"two\nlines"
    assert readable("$5 or $6") == r"\$5 or \$6"


def test_draws_names_that_the_font_lacks(tmp_path: Path) -> None:
    made = exploration(2, (8, 8, 1))
    picture = CaptionedImages(made.mean_images.astype(np.uint8), ("猫", "$x_$"), "Two")
    assert save_display(picture, tmp_path / "two.png").stat().st_size > 1000


def test_table_names_every_class_and_adds_up() -> None:
    lines = exploration_table(exploration(3, (8, 8, 1))).splitlines()
    assert lines[0] == "made: 3 classes, 8 x 8 pixels, 1 channel"
    assert lines[-6].split() == [
        "class",
        "training",
        "test",
        "batch",
        "1",
        "brightness",
        "sharpness",
    ]
    assert lines[-2].split()[:5] == ["kind", "2", "2", "2", "2"]
    assert lines[-1].split() == ["all", "6", "6", "6"]
    assert "grey" in lines[-8]


def test_table_of_very_many_classes_names_the_smallest_and_the_largest() -> None:
    made = exploration(41, (2, 2, 1), each=1)
    sizes = tuple(range(100, 141))
    made = replace(made, train=replace(made.train, n=sum(sizes), counts=sizes[::-1]))
    lines = exploration_table(made).splitlines()[-19:]
    assert lines[1].startswith("---")
    assert lines[2].split()[:3] == ["kind", "40", "100"]
    assert lines[11].split()[:3] == ["kind", "31", "109"]
    assert lines[12].split()[:3] == ["kind", "4", "136"]
    assert lines[16].split()[:3] == ["kind", "0", "140"]
    assert lines[-2].split() == ["the", "other", "26", f"{sum(range(110, 136)):,}", "26", "26"]
    assert lines[-1].split() == ["all", f"{sum(sizes):,}", "41", "41"]


def test_cleaning_summary_says_what_was_removed_where_and_why() -> None:
    removed = Finding("duplicate", "train", np.arange(3, 10), "removed", "They are copies.")
    text = cleaning_summary(Cleaning(1000, np.arange(993), ("Labels: fine.",), (removed,)))
    assert text.splitlines() == [
        "Labels: fine.",
        "Removed 7 training images (3, 4, 5, 6, 7, ...): They are copies.",
        "Kept 993 of 1,000 training images, removed 7.",
    ]


def test_cleaning_summary_says_when_nothing_was_found() -> None:
    text = cleaning_summary(Cleaning(10, np.arange(10), (), ()))
    assert text.startswith("No constant, repeated or contradictory images.")
