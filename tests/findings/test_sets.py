"""Findings about whole sets: drift, rare classes, scenes in both sets."""

from dataclasses import replace

import numpy as np
from tests.findings.made import dataset, textures

from tenfold.core.audit import Findings
from tenfold.core.images import Dataset
from tenfold.findings.drift import Drift
from tenfold.findings.rare_classes import RareClasses
from tenfold.findings.shared_scenes import SharedScenes

CLOUDS = textures(300, seed=4)


def drift(train: np.ndarray, test: np.ndarray) -> Findings:
    return Drift().find(dataset(train, test), say=lambda _: None)


def test_parts_of_the_same_images_do_not_drift():
    findings = drift(CLOUDS[:200], CLOUDS[200:])
    low, high = findings.facts["area_interval_95"]
    assert low < 0.5 < high or abs(findings.facts["area"] - 0.5) < 0.1
    assert not findings.facts["differs"]


def test_darker_test_images_drift():
    findings = drift(CLOUDS[:200], CLOUDS[200:] // 2)
    assert findings.facts["area"] > 0.95
    assert findings.sentences[0].endswith("so they differ as a whole.")


def test_drift_is_not_measured_on_few_images():
    assert "Fewer than 50" in drift(CLOUDS[:200], CLOUDS[:49]).sentences[0]


def test_other_shares_of_the_classes_are_found():
    labels = [0] * 100 + [1] * 100
    made = dataset(CLOUDS[:200], CLOUDS[200:], train_labels=labels)  # All test images are ants.
    facts = Drift().find(made, say=lambda _: None).facts
    assert (facts["class_shift"], facts["classes_differ"]) == (0.5, True)


def test_names_rare_and_untested_classes_with_their_counts():
    made = dataset(CLOUDS[:200], CLOUDS[:30], train_labels=[0] * 190 + [1] * 10)
    findings = RareClasses().find(made, say=lambda _: None)
    assert findings.facts == {"rare": {"bee": 10}, "untested": {"bee": 0}}
    assert "Few training images: bee (10)." in findings.sentences[0]


def with_names(train: list[str], test: list[str]) -> Findings:
    made: Dataset = dataset(CLOUDS[: len(train)], CLOUDS[: len(test)])
    named = replace(
        made,
        train=replace(made.train, files=tuple(train)),
        test=replace(made.test, files=tuple(test)),
    )
    return SharedScenes().find(named, say=lambda _: None)


def test_finds_people_in_both_sets_by_the_names_of_files():
    people = [f"person{who:02}_{at}.jpg" for who in range(20) for at in range(3)]
    findings = with_names(people[:-4], [*people[-4:]])
    suspects = [(each.split, each.position, each.group) for each in findings.suspects]
    # Person 18 has two images left in training and one in the test set; person 19 is tested only.
    assert suspects == [("train", 54, 1), ("train", 55, 1), ("test", 0, 1)]
    assert findings.facts["n_test_images"] == 1
    assert all(each.keep for each in findings.suspects)


def test_finds_bursts_by_the_times_in_names():
    train = ["IMG_20240101_120000.jpg", "IMG_20240101_120500.jpg"]
    findings = with_names(train, ["IMG_20240101_120008.jpg", "IMG_20240101_121000.jpg"])
    assert [(each.split, each.position) for each in findings.suspects] == [
        ("train", 0),
        ("test", 0),
    ]


def test_numbered_images_of_a_class_are_not_a_scene():
    names = [f"n0144{label}_{at}.jpg" for label in range(2) for at in range(40)]
    assert with_names(names[::2], names[1::2]).suspects == ()
