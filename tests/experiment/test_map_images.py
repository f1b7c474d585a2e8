"""Maps and neighbours of images, without and with a run."""

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tenfold.core.errors import DataError
from tenfold.core.image_map import ImageMap
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.experiment import map_images as story
from tenfold.experiment.map_images import map_images
from tenfold.experiment.neighbours import neighbours
from tenfold.report.display import new_figure


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_the_place_of_each_image(dataset, tmp_path):
    [found] = map_images(dataset, tmp_path, say=lambda _: None)[:1]
    rows = rows_of(tmp_path / "map.csv")
    assert [int(row["position"]) for row in rows] == list(range(80))
    assert [row["class"] for row in rows] == ["dark", "bright"] * 40
    places = np.array([[float(row["pixels_1"]), float(row["pixels_2"])] for row in rows])
    np.testing.assert_allclose(places, found.places, rtol=1e-4, atol=1e-3)
    dark = places[::2, 0]
    bright = places[1::2, 0]
    assert max(dark) < min(bright) or min(dark) > max(bright)  # The main difference of them all.
    assert (tmp_path / "plots" / "map-pixels.png").is_file()


def test_of_many_images_some_are_mapped_evenly_spread(dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(story, "MOST_IMAGES", 4)
    said: list[str] = []
    map_images(dataset, tmp_path, say=said.append)
    positions = [int(row["position"]) for row in rows_of(tmp_path / "map.csv")]
    assert positions == [0, 26, 52, 79]
    assert said[-1].startswith("Mapped 4 of 80 training images, by their pixels")


def test_large_images_on_the_disk_are_shrunk_before_they_are_drawn(tmp_path, on_disk, monkeypatch):
    monkeypatch.setattr("tenfold.core.images.PART_BYTES", 100_000)
    images = np.zeros((30, 160, 120, 1), np.uint8)
    images[:, :80] = np.arange(30)[:, None, None, None]
    train = ImageSet(images, np.arange(30) % 2, ("ant", "bee"))
    drawn: list[np.ndarray] = []

    def draw(found, small, *_):
        drawn.append(small)
        return new_figure(1, 1)

    monkeypatch.setattr("tenfold.report.image_map.draw_map", draw)
    moved = Dataset("large", on_disk(train), train, Provenance("folder", "made"))
    map_images(moved, tmp_path, say=lambda _: None)
    small = drawn[0]
    assert small.shape == (30, 64, 64, 1)
    assert small[:, :32].mean(axis=(1, 2, 3)).tolist() == list(range(30))
    assert not small[:, 32:].any()


def test_umap_adds_its_maps_where_it_is_installed(dataset, tmp_path, monkeypatch):
    def first_two(rows, *, name, of):
        return ImageMap(name, of, rows[:, :2].astype(np.float64), ("UMAP 1", "UMAP 2"))

    monkeypatch.setattr(story, "has_umap", lambda: True)
    monkeypatch.setattr(story, "umap_map", first_two)
    maps = map_images(dataset, tmp_path, say=lambda _: None)
    assert [each.name for each in maps] == ["pixels", "pixels-umap"]
    first = rows_of(tmp_path / "map.csv")[0]
    assert float(first["pixels-umap_1"]) == dataset.train.images[0, 0, 0, 0]


@pytest.fixture
def shades() -> Dataset:
    """Three pairs of patterns; the second image of a pair is the first, a little brighter."""
    random = np.random.default_rng(0)
    patterns = random.integers(0, 200, (3, 8, 8, 1), dtype=np.uint8)
    images = np.concatenate([patterns, patterns + 20])
    files = tuple(f"{number}.png" for number in range(6))
    train = ImageSet(images, np.array([0, 1, 1, 0, 1, 1]), ("ant", "bee"), files)
    test = ImageSet(patterns[1:2] + 10, np.array([0]), ("ant", "bee"), ("other.png",))
    return Dataset("shades", train, test, Provenance("folder", "made"))


def test_the_nearest_is_the_same_pattern_and_never_the_image_itself(shades, tmp_path):
    found = neighbours(shades, [2, "test:0", "3.png"], tmp_path, say=lambda _: None)
    best = {row["of"]: (row["position"], row["class"]) for row in found if row["rank"] == 1}
    assert best == {"2": (5, "bee"), "test:0": (1, "bee"), "3.png": (0, "ant")}
    assert [row["rank"] for row in found] == [1, 2, 3, 4, 5] * 3
    assert not any((row["of"], row["position"]) in {("2", 2), ("3.png", 3)} for row in found)
    likeness = [row["likeness"] for row in found if row["of"] == "2"]
    assert likeness == sorted(likeness, reverse=True)
    assert likeness[0] == pytest.approx(1, abs=1e-3)
    table = rows_of(tmp_path / "neighbours.csv")
    assert [row["file"] for row in table[:1]] == ["5.png"]
    assert (tmp_path / "plots" / "neighbours.png").is_file()


def test_a_picture_of_ones_own_has_neighbours_too(shades, tmp_path):
    Image.fromarray(shades.train.images[4, :, :, 0]).save(tmp_path / "mine.png")
    found = neighbours(shades, [tmp_path / "mine.png"], tmp_path, say=lambda _: None)
    assert found[0]["position"] == 4
    assert found[0]["likeness"] == 1


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("6", r"a position in 0\.\.5 among the train images; received 6"),
        ("test:1", r"in 0\.\.0 among the test images; received test:1"),
        ("nothing.png", r"Expected a position .*; received nothing\.png"),
    ],
)
def test_refuses_an_image_that_is_not_there(shades, tmp_path, image, message):
    with pytest.raises(DataError, match=message):
        neighbours(shades, [image], tmp_path, say=lambda _: None)


def test_refuses_a_file_that_is_not_a_picture(shades, tmp_path):
    (tmp_path / "mine.png").write_text("words")
    with pytest.raises(DataError, match=r"mine\.png cannot be read: "):
        neighbours(shades, [tmp_path / "mine.png"], tmp_path, say=lambda _: None)


def test_refuses_to_compare_a_single_image(shades, tmp_path):
    alone = replace(shades, train=shades.train.take(np.array([0])))
    with pytest.raises(DataError, match="at least two training images.*received 1"):
        neighbours(alone, [0], tmp_path, say=lambda _: None)
