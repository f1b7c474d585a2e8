"""Images of the same shot are found and described; images that are merely alike are not."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image
from tests.findings.made import dataset, textures

from tenfold.core.audit import Findings
from tenfold.core.images import Dataset
from tenfold.data.digits import gather_digits
from tenfold.findings.near_duplicates import NearDuplicates

OTHERS = textures(30, seed=1)
_MODES = {1: "L", 3: "RGB"}
NONE = np.empty((0, 32, 32, 3), dtype=np.uint8)


def found_in(images: Dataset) -> Findings:
    return NearDuplicates().find(images, say=lambda _: None)


def pairs(findings: Findings) -> list[tuple[object, ...]]:
    wanted = ("split", "position", "other_split", "other_position")
    return [
        tuple(row[name] for name in wanted) for row in findings.tables.get("near-duplicates", ())
    ]


def shifted(image: np.ndarray) -> np.ndarray:
    return np.pad(image, ((3, 0), (0, 2), (0, 0)), mode="edge")[:32, 2:]


def smaller(image: np.ndarray) -> np.ndarray:
    small = np.asarray(Image.fromarray(image).resize((28, 28), Image.Resampling.BICUBIC))
    return np.pad(small, ((2, 2), (2, 2), (0, 0)), mode="edge")


def jpeg(image: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=50)
    return np.asarray(Image.open(file))


CHANGES: dict[str, tuple[Callable[[np.ndarray], np.ndarray], str]] = {
    "compressed": (jpeg, ""),
    "darker": (lambda image: (image * 0.5).astype(np.uint8), "colour"),
    "grey": (lambda image: image.mean(2, keepdims=True).repeat(3, 2).astype(np.uint8), "colour"),
    "mirrored": (lambda image: image[:, ::-1], "mirrored"),
    "shifted": (shifted, "place"),
    "smaller": (smaller, "size"),
    "mirrored, darker": (lambda image: image[:, ::-1] // 2, "mirrored colour"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_finds_a_changed_copy_and_names_the_change(name):
    change, named = CHANGES[name]
    image = textures(1)[0]
    findings = found_in(dataset(np.stack([*OTHERS, image]), change(image)[None]))
    assert pairs(findings) == [("train", 30, "test", 0)]
    row = findings.tables["near-duplicates"][0]
    assert (row["kind"], row["changed"]) == ("same shot", named)


def test_finds_nothing_among_images_that_are_unlike_each_other():
    findings = found_in(dataset(OTHERS, textures(20, seed=2)))
    assert (findings.suspects, findings.tables["near-duplicates"]) == ((), ())
    assert findings.sentences == ("No two of 50 images show the same shot.",)


def horizons(n: int) -> np.ndarray:
    """A bright sky above a dark sea, with another ship on each horizon."""
    rng = np.random.default_rng(0)
    made = np.full((n, 32, 32, 3), (60, 90, 120), dtype=np.uint8)
    made[:, :16] = (190, 205, 220)
    for image in made:
        for _ in range(4):
            left, length, height = rng.integers(2, 26), rng.integers(2, 9), rng.integers(1, 5)
            image[16 - height : 16, left : left + length] = rng.integers(0, 256)
    return np.clip(made + rng.normal(0, 2, made.shape), 0, 255).astype(np.uint8)


def test_takes_flat_scenes_that_are_alike_for_different_ones():
    ships = horizons(12)
    plain = np.corrcoef(ships.reshape(12, -1))
    assert np.quantile(plain, 0.5) > 0.85  # Plain correlation takes them for the same.
    assert pairs(found_in(dataset(np.concatenate([OTHERS, ships]), NONE))) == []


def test_calls_identical_images_duplicates_and_keeps_the_first():
    image = textures(1)
    findings = found_in(dataset(np.concatenate([OTHERS[:3], image, image]), NONE))
    assert [(s.position, s.finding, s.score, s.suggestion, s.keep) for s in findings.suspects] == [
        (3, "duplicate", 1.0, "same pixels, as train 4", True),
        (4, "duplicate", 1.0, "same pixels, as train 3", False),
    ]


def test_finds_identical_images_even_if_they_are_blank():
    blank = np.zeros((2, 32, 32, 3), dtype=np.uint8)
    assert pairs(found_in(dataset(blank[:1], blank[1:]))) == [("train", 0, "test", 0)]


def test_suggests_to_leave_out_training_images_but_never_test_images():
    image = textures(1)[0]
    train = np.stack([image, *OTHERS[:2], image[:, ::-1]])
    findings = found_in(dataset(train, np.stack([OTHERS[3], image // 2])))
    kept = {(s.split, s.position): s.keep for s in findings.suspects}
    assert kept == {("train", 0): False, ("train", 3): False, ("test", 1): True}
    assert {s.group for s in findings.suspects} == {1}


def test_names_the_test_image_first_for_a_training_image():
    image = textures(1)[0]
    findings = found_in(dataset(np.stack([image, image]), (image // 2)[None]))
    by_place = {(s.split, s.position): s.suggestion for s in findings.suspects}
    assert by_place["train", 0] == "same shot: colour, as test 0"


def test_puts_images_that_belong_together_into_one_group_and_others_into_another():
    a, b = textures(2)
    train = np.stack([a, b, a // 2, OTHERS[0], b[:, ::-1], a[:, ::-1]])
    findings = found_in(dataset(train, NONE))
    group = {s.position: s.group for s in findings.suspects}
    assert set(group) == {0, 1, 2, 4, 5}
    assert group[0] == group[2] == group[5] != group[1] == group[4]
    assert findings.facts["n_groups"] == 2


def test_counts_test_images_that_are_known_from_training_and_mixed_classes():
    image = textures(1)[0]
    train = np.stack([image, image[:, ::-1], *OTHERS[:3]])
    made = dataset(train, np.stack([image // 2, OTHERS[4]]), train_labels=[0, 1, 0, 0, 0])
    findings = found_in(made)
    facts = findings.facts
    assert (facts["n_test_images_like_train"], facts["n_groups_with_several_classes"]) == (1, 1)
    assert any("1 test image of 2 (50.00 %) shows" in line for line in findings.sentences)
    assert any("Different classes for the same shot: 1 of" in line for line in findings.sentences)


def test_asks_for_more_where_all_images_are_alike():
    digits = gather_digits()
    some, none = digits.train.take(np.arange(300)), digits.test.take(np.arange(0))
    small = Dataset("digits", some, none, digits.provenance)
    findings = found_in(small)
    assert findings.thresholds["same_shot"] > findings.thresholds["same_shot_usually"]
    assert "much alike" in findings.sentences[0]


@pytest.mark.parametrize(("n_train", "n_test"), [(1, 0), (1, 1), (2, 1)])
def test_a_few_images_are_enough(n_train, n_test):
    assert pairs(found_in(dataset(OTHERS[:n_train], OTHERS[9 : 9 + n_test]))) == []


@pytest.mark.parametrize("shape", [(28, 28, 1), (64, 48, 3), (16, 16, 1)])
def test_takes_images_of_any_shape(shape):
    height, width, channels = shape
    images = np.stack(
        [
            np.asarray(Image.fromarray(each).resize((width, height)).convert(_MODES[channels]))
            for each in OTHERS[:8]
        ]
    ).reshape(8, *shape)
    findings = found_in(dataset(images, images[3:4] // 2))
    assert pairs(findings) == [("train", 3, "test", 0)]
