"""Maps of images: where dots and pictures lie, and how classes are told apart."""

import numpy as np
from matplotlib.figure import Figure

from tenfold.core.image_map import ImageMap
from tenfold.report.image_map import DotMap, PictureMap, draw_map, in_cells
from tenfold.report.neighbours import NeighbourRows


def made(n, seed=0):
    places = np.random.default_rng(seed).uniform(-1, 3, (n, 2))
    return ImageMap("pixels", "their pixels", places, ("component 1", "component 2"))


def drawn(found, labels, classes):
    axes = Figure().add_subplot()
    DotMap(found, np.array(labels), tuple(classes), "A map").plot(axes)
    return axes


def key(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_every_image_is_one_dot_at_its_place():
    found = made(100)
    axes = drawn(found, np.arange(100) % 3, "abc")
    dots = np.concatenate([each.get_offsets() for each in axes.collections])
    assert sorted(map(tuple, dots.tolist())) == sorted(map(tuple, found.places.tolist()))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("Component 1", "Component 2")
    assert key(axes) == ["a", "b", "c"]


def test_no_two_of_twenty_classes_share_colour_and_shape():
    axes = drawn(made(20), np.arange(20), map(str, range(20)))
    handles = [
        (tuple(each.get_facecolor()[0]), each.get_paths()[0].vertices.tobytes())
        for each in axes.collections
        if not len(each.get_offsets())
    ]
    assert len(set(handles)) == len(handles) == 20


def test_classes_beyond_the_twentieth_are_one_entry_of_the_key():
    axes = drawn(made(25), np.arange(25), (f"c{label}" for label in range(25)))
    assert key(axes)[-2:] == ["c19", "the other 5"]
    assert len(key(axes)) == 21


def test_a_class_without_images_is_not_in_the_key():
    assert key(drawn(made(4), [0, 0, 2, 2], "abc")) == ["a", "c"]


def test_names_stand_at_the_middle_of_their_class_unless_another_is_there():
    places = np.array([[0, 0], [0, 0.1], [0, 0.2], [9, 9], [9, 9], [0, 0.1]])
    found = ImageMap("pixels", "their pixels", places, ("x", "y"))
    axes = drawn(found, [0, 0, 0, 1, 1, 2], ("here", "far", "hidden"))
    assert {text.get_text(): tuple(text.xy) for text in axes.texts} == {
        "here": (0, 0.1),
        "far": (9, 9),
    }


def test_a_cell_shows_the_image_nearest_to_its_centre():
    places = np.array([[0.1, 0.1], [0.6, 0.4], [2.5, 1.5], [0.9, 0.9]])
    assert in_cells(places, (0, 0), (1, 1)) == [(0, 0, 1), (2, 1, 2)]


def test_pictures_lie_where_their_dots_are():
    places = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    found = ImageMap("pixels", "their pixels", places, ("x", "y"))
    images = np.zeros((3, 16, 16, 1), np.uint8)
    images[:] = np.array([50, 100, 150])[:, None, None, None]
    axes = Figure().add_subplot()
    PictureMap(found, images).plot(axes)
    [sheet] = axes.images
    left, right, bottom, top = sheet.get_extent()
    pixels = np.asarray(sheet.get_array())
    height, width = pixels.shape[:2]
    for (x, y), grey in zip(places, (50, 100, 150), strict=True):
        column = int((x - left) / (right - left) * width)
        row = int((top - y) / (top - bottom) * height)
        assert pixels[row, column].tolist() == [grey, grey, grey, 255]
    assert (pixels[..., 3] == 255).sum() == 3 * 256  # The rest is transparent.


def test_a_single_image_and_images_without_difference_are_drawn():
    for places in (np.zeros((1, 2)), np.zeros((3, 2))):
        found = ImageMap("pixels", "their pixels", places, ("x", "y"))
        n = len(places)
        images = np.zeros((n, 100, 80, 3), np.uint8)
        figure = draw_map(found, images, np.zeros(n, np.int64), ("a",), "A map")
        assert len(figure.axes) == 2


def test_neighbours_stand_on_the_right_of_their_image_best_first():
    random = np.random.default_rng(0)
    asked = random.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    near = random.integers(0, 256, (2, 3, 8, 8, 3), dtype=np.uint8)
    captions = (("cat", "dog", "cat"), ("dog", "dog", "cat"))
    axes = Figure().add_subplot()
    NeighbourRows(asked, ("train 1, cat", "mine.png"), near, captions, "Like them").plot(axes)
    rows: list[list[tuple[float, np.ndarray]]] = [[], []]
    for image in axes.images:
        left, _, _, top = image.get_extent()
        rows[int(top > 1)].append((left, np.asarray(image.get_array())))
    for row, first, others in zip(rows, asked, near, strict=True):
        lefts = [left for left, _ in row]
        assert lefts == sorted(lefts)
        np.testing.assert_array_equal([image for _, image in row], [first, *others])
    texts = [text.get_text() for text in axes.texts]
    assert texts == ["train 1, cat", "cat", "dog", "cat", "mine.png", "dog", "dog", "cat"]
