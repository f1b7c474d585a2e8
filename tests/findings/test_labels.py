"""Labels in doubt are ranked; images that are mislabelled together are one finding."""

import numpy as np
import pytest
from tests.findings.made import textures

from tenfold.core.audit import Findings
from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.core.unseen import Unseen
from tenfold.findings.labels import IN_DOUBT, N_NEIGHBOURS, Labels

CLASSES = ("ant", "bee", "cat")
N_EACH = 20
TRUTH = np.repeat(np.arange(3), N_EACH)


def certain(seen: np.ndarray, *, sure: float = 0.995) -> np.ndarray:
    """Probabilities of a network that is sure of the classes `seen`: float32 (n, 3)."""
    shares = np.full((len(seen), 3), (1 - sure) / 2, dtype=np.float32)
    shares[np.arange(len(seen)), seen] = sure
    return shares


def dataset(
    train: np.ndarray,
    test: np.ndarray = TRUTH,
    *,
    folders: list[str] | None = None,
    groups: np.ndarray | None = None,
) -> Dataset:
    """Images with these labels; each training image in its folder, if there are folders."""
    pictures = textures(len(train) + len(test))
    files = tuple(f"{folder}/{at}.png" for at, folder in enumerate(folders or ()))
    return Dataset(
        "made",
        ImageSet(pictures[: len(train)], train, CLASSES, files),
        ImageSet(pictures[len(train) :], test, CLASSES),
        Provenance("folder", "made"),
        groups=groups,
    )


def found_in(images: Dataset, *, train: np.ndarray = TRUTH, test: np.ndarray = TRUTH) -> Findings:
    """What is found if networks are sure of these classes."""
    unseen = Unseen(certain(train), certain(test), np.arange(len(train)) % 3, "quick", 1.0)
    return Labels(predict=lambda: unseen).find(images, say=lambda _: None)


def relabelled(labels: np.ndarray, **changes: int) -> np.ndarray:
    """The labels, with some changed: `at7=1` gives image 7 the label 1."""
    changed = labels.copy()
    for at, label in changes.items():
        changed[int(at.removeprefix("at"))] = label
    return changed


def test_right_labels_are_not_in_doubt():
    found = found_in(dataset(TRUTH))
    assert found.suspects == ()
    assert found.facts["agreement_train"] == found.facts["agreement_test"] == 1.0


def test_a_wrong_label_is_a_suspect_with_the_class_that_the_image_looks_like():
    [suspect] = found_in(dataset(relabelled(TRUTH, at7=2))).suspects
    assert (suspect.split, suspect.position, suspect.finding) == ("train", 7, "label")
    assert suspect.suggestion == "ant"
    usual = (20 * 0.995 + 0.0025) / 21  # Of cats: 20 are certain, and the ant is not.
    assert suspect.score == pytest.approx(1 - 0.0025 / usual)


def test_the_most_doubtful_label_comes_first():
    labels = relabelled(TRUTH, at3=1, at30=0)
    shares = certain(TRUTH)
    shares[3], shares[30] = (0.985, 0.01, 0.005), (0.001, 0.989, 0.01)
    unseen = Unseen(shares, certain(TRUTH), np.arange(len(TRUTH)) % 3, "quick", 1.0)
    found = Labels(predict=lambda: unseen).find(dataset(labels), say=lambda _: None)
    assert [suspect.position for suspect in found.suspects] == [30, 3]


def test_a_label_that_is_merely_unlikely_is_not_listed():
    shares = certain(TRUTH)
    shares[0] = (1 - IN_DOUBT + 0.001, 0.5, 0.499 - (1 - IN_DOUBT))  # Just above the limit.
    unseen = Unseen(shares, certain(TRUTH), np.arange(len(TRUTH)) % 3, "quick", 1.0)
    found = Labels(predict=lambda: unseen).find(dataset(TRUTH), say=lambda _: None)
    assert found.suspects == ()


def test_a_test_label_in_doubt_is_listed_and_always_kept():
    [suspect] = found_in(dataset(TRUTH, relabelled(TRUTH, at50=0))).suspects
    assert (suspect.split, suspect.position, suspect.suggestion) == ("test", 50, "cat")
    assert suspect.keep


def test_a_folder_that_is_mislabelled_together_is_one_finding():
    labels = TRUTH.copy()
    labels[:8] = 1  # The first ants lie in a folder of bees.
    folders = ["bee/new"] * 8 + ["ant"] * 12 + ["bee/old"] * 20 + ["cat"] * 20
    found = found_in(dataset(labels, folders=folders))
    assert [suspect.position for suspect in found.suspects] == list(range(8))
    assert {(each.group, each.suggestion) for each in found.suspects} == {(1, "ant")}
    assert found.facts["n_together"] == 1
    assert any(
        "Folder bee/new of the training images: 8 of 8 images look like ant" in line
        for line in found.sentences
    )


def test_a_group_that_is_mislabelled_together_is_one_finding_whatever_its_other_images():
    labels = TRUTH.copy()
    labels[:8] = 1
    groups = np.where(np.arange(len(TRUTH)) < 8, 7, np.arange(len(TRUTH)))
    groups[59] = 7  # A cat of the same group, rightly labelled.
    found = found_in(dataset(labels, groups=groups))
    assert [(each.position, each.group) for each in found.suspects] == [(at, 1) for at in range(8)]


def test_a_folder_like_the_rest_of_its_class_is_not_a_finding():
    seen = TRUTH.copy()
    seen[20:40:2] = 0  # Every other bee looks like an ant, in both folders.
    folders = ["ant"] * 20 + ["bee/old"] * 10 + ["bee/new"] * 10 + ["cat"] * 20
    found = found_in(dataset(TRUTH, folders=folders), train=seen)
    assert found.facts["n_together"] == 0


def test_a_class_that_has_another_name_in_the_test_set_is_one_finding():
    swapped = np.array([1, 0, 2])[TRUTH]
    found = found_in(dataset(TRUTH, swapped))
    assert found.facts["n_together"] == 2
    assert {(each.split, each.group) for each in found.suspects} == {("test", 1), ("test", 2)}
    assert all(each.keep for each in found.suspects)
    assert any("Class bee of the test images: 20 of 20 images look like ant" in line
               for line in found.sentences)  # fmt: skip


def test_a_class_with_few_images_is_neither_judged_nor_suggested():
    labels = np.concatenate([TRUTH[:40], np.full(3, 2)])
    seen = labels.copy()
    seen[[0, 42]] = 2, 1  # An ant looks like a cat, and a cat like a bee.
    found = found_in(dataset(labels), train=seen)
    assert [(each.position, each.suggestion) for each in found.suspects] == [(0, "bee")]
    assert found.facts["classes_not_judged"] == ["cat"]


@pytest.mark.parametrize(
    ("images", "reason"),
    [
        (dataset(np.zeros(20, dtype=np.int64)), "fewer than two classes have 10 training images"),
        (dataset(TRUTH, groups=np.arange(60) % 2), "fewer than 3 groups of training images"),
    ],
    ids=["one class", "two groups"],
)
def test_networks_are_not_fitted_if_they_cannot_check_labels(images, reason):
    def fail() -> Unseen:
        raise AssertionError

    found = Labels(predict=fail).find(images, say=lambda _: None)
    assert found.suspects == ()
    assert reason in found.sentences[0]


def test_each_suspect_has_the_training_images_most_like_it():
    images = dataset(relabelled(TRUTH, at7=2))
    pixels = images.train.images[:]
    pixels[12] = pixels[7] // 2 + 40  # The same, duller.
    [row] = found_in(images).tables["labels"]
    near = str(row["nearest_train"]).split()
    assert near[0] == "12"
    assert "7" not in near
    assert len(near) == len(str(row["nearest_labels"]).split(", ")) == N_NEIGHBOURS
    assert str(row["nearest_labels"]).startswith("ant, ")


def test_the_noise_of_each_class_is_counted_in_both_sets():
    rows = found_in(dataset(relabelled(TRUTH, at7=2, at8=2))).tables["labels-noise"]
    row = next(row for row in rows if (row["split"], row["class"]) == ("train", "cat"))
    assert (row["n"], row["n_sure"], row["n_confident"], row["n_contradicted"]) == (22, 2, 22, 2)
    assert 0 < float(str(row["low"])) < 2 / 22 < float(str(row["high"]))
    assert {row["split"] for row in rows} == {"train", "test"}
