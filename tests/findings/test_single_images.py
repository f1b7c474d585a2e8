"""Single images with a fault are found, and only those."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter
from tests.findings.made import dataset, textures

from tenfold.core.originals import Originals
from tenfold.findings.single_images import SingleImages

GRAIN = np.random.default_rng(9).normal(0, 12, (120, 32, 32, 1))
USUAL = np.clip(textures(120, seed=1) + GRAIN, 0, 255).astype(np.uint8)
"""Grainy clouds, since blur can only be seen where there is detail."""


def findings(train: np.ndarray, test: np.ndarray | None = None) -> list[tuple[str, int, str, bool]]:
    made = dataset(train, USUAL[:3] if test is None else test)
    found = SingleImages().find(made, say=lambda _: None)
    return [(each.split, each.position, each.finding, each.keep) for each in found.suspects]


def blurred(image: np.ndarray) -> np.ndarray:
    return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(3)))


def placeholder(image: np.ndarray) -> np.ndarray:
    made = np.full_like(image, 200)
    made[:8, :8] = image[:8, :8]
    return made


FAULTS = {
    "blank": lambda image: np.full_like(image, 90),
    "dark": lambda image: image // 8,
    "bright": lambda image: 255 - image // 8,
    "blurred": blurred,
    "low-information": placeholder,
    "noise": lambda image: np.random.default_rng(0).integers(0, 256, image.shape, dtype=np.uint8),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_finds_a_planted_fault(fault):
    image = FAULTS[fault](USUAL[0])
    found = findings(np.concatenate([USUAL, image[None]]))
    assert [(split, at) for split, at, finding, _ in found if finding == fault] == [("train", 120)]


def test_finds_nothing_in_images_without_a_fault():
    assert findings(USUAL) == []


def test_suggests_to_leave_out_blank_training_images_and_keeps_test_images():
    blank = np.full((1, 32, 32, 3), 90, np.uint8)
    found = findings(np.concatenate([USUAL, blank]), np.concatenate([USUAL[:2], blank]))
    assert found == [("train", 120, "blank", False), ("test", 2, "blank", True)]


def test_an_image_far_from_all_others_is_an_outlier():
    odd = USUAL[0].copy()
    odd[:16] = (255, 0, 255)
    odd[16:, ::2] = (0, 255, 0)
    clouds = textures(1_000, seed=2)
    found = findings(np.concatenate([clouds, odd[None]]), clouds[:3])
    assert ("train", 1_000, "outlier", True) in found


def test_images_that_were_not_measured_on_are_not_outliers_for_that():
    assert findings(textures(960, seed=2), textures(200, seed=3)) == []
    assert findings(textures(60, seed=2), textures(20, seed=3)) == []


def test_of_few_images_none_is_called_unusual():
    assert findings(np.stack([*USUAL[:20], blurred(USUAL[0])])) == []


def with_sizes(sizes: list[tuple[int, int]]) -> list[tuple[int, str]]:
    made = dataset(USUAL[: len(sizes)], USUAL[:1])
    width, height = np.array(sizes, dtype=np.int32).T
    texts = np.array(["RGB"] * len(sizes))
    originals = Originals(width, height, np.zeros(len(sizes), np.uint8), texts, texts)
    made = replace(made, train=replace(made.train, originals=originals))
    found = SingleImages().find(made, say=lambda _: None)
    return [(each.position, each.finding) for each in found.suspects]


def test_finds_files_of_an_odd_size_or_shape_and_those_that_are_tiny():
    assert with_sizes([(100, 100)] * 60 + [(100, 401), (500, 500), (15, 15)]) == [
        (60, "odd-aspect"),
        (61, "odd-size"),
        (62, "tiny"),
    ]


def test_sizes_that_differ_anyway_are_not_odd():
    rng = np.random.default_rng(0)
    assert with_sizes([(int(w), int(h)) for w, h in rng.integers(100, 400, (100, 2))]) == []
