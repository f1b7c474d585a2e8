import numpy as np
import pytest
from PIL import Image

from tenfold.core.errors import DataError
from tenfold.experiment.gather import gather


@pytest.fixture
def lay(tmp_path):
    """Write a small picture for each path below a folder; return the folder."""

    def write(*paths):
        root = tmp_path / "root"
        for level, path in enumerate(paths):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            Image.new("L", (6, 6), 50 + level).save(root / path)
        return root

    return write


def many(pattern, n=3):
    return [pattern.format(i) for i in range(n)]


def gathered(root, rule):
    told: list[str] = []
    dataset = gather(str(root), label_from=rule, say=told.append)
    return dataset, " ".join(told)


def class_of_each(dataset):
    return {
        file: part.classes[label]
        for part in (dataset.train, dataset.test)
        for file, label in zip(part.files, part.labels, strict=True)
    }


NESTED = [*many("animals/cats/{}.png"), *many("animals/dogs/old/{}.png"), *many("cars/{}.png")]


def test_classes_are_the_whole_paths_of_folders_where_that_is_asked_for(lay):
    dataset, story = gathered(lay(*NESTED), "path")
    assert dataset.classes == ("animals/cats", "animals/dogs/old", "cars")
    assert class_of_each(dataset) == {file: file.rpartition("/")[0] for file in NESTED}
    assert "Classes are the whole paths of folders, such as 'animals/dogs/old'." in story


def test_a_folder_with_images_and_folders_is_a_class_beside_those_in_it(lay):
    dataset, _ = gathered(lay(*many("pets/{}.png"), *many("pets/cats/{}.png")), "path")
    assert dataset.classes == ("pets", "pets/cats")


def test_paths_of_classes_begin_below_the_folder_of_their_set(lay):
    parts = ("train", "test")
    files = [f"{part}/{name}/{i}.png" for part in parts for name in ("a/x", "b") for i in "123"]
    dataset, _ = gathered(lay(*files), "path")
    assert dataset.classes == ("a/x", "b")
    assert class_of_each(dataset)["test/a/x/1.png"] == "a/x"
    assert {file.partition("/")[0] for file in dataset.test.files} == {"test"}


def test_nested_folders_name_the_option_that_makes_classes_of_them(lay):
    root = lay(*NESTED)
    dataset, story = gathered(root, "folder")
    assert dataset.classes == ("animals", "cars")
    assert "belong to the class of the folder around them" in story
    assert (
        "make them classes of their own: --label-from path (in Python, label_from='path')." in story
    )
    assert gathered(root, "path")[0].classes == ("animals/cats", "animals/dogs/old", "cars")


def test_a_file_beside_the_folders_has_no_class_by_path(lay):
    dataset, _ = gathered(lay(*NESTED, "stray.png"), "path")
    assert dict(dataset.provenance.skipped) == {"stray.png": "lies outside the class folders"}


NAMES = [
    *(("cat.0.jpg", "cat"), ("cat.11.jpg", "cat"), ("cat.2.jpg", "cat")),
    *(("dog_001.png", "dog"), ("dog (3).png", "dog"), ("dog4.png", "dog"), ("dog-5.PNG", "dog")),
    *(("n01440764_10026.JPEG", "n01440764"), ("n01440764_8.JPEG", "n01440764")),
    *(("5_0001.png", "5"), ("5_0002.png", "5")),
    *(("great_pyrenees_12.jpg", "great_pyrenees"), ("tea.png", "tea")),
]


def test_classes_are_read_from_the_names_of_files(lay):
    dataset, story = gathered(lay(*dict(NAMES), "0001.png"), "name")
    assert dataset.classes == ("5", "cat", "dog", "great_pyrenees", "n01440764", "tea")
    assert class_of_each(dataset) == dict(NAMES)
    assert dict(dataset.provenance.skipped) == {"0001.png": "no class in its name"}
    assert "Classes are the names of files without the number at their end, such as" in story
    assert "Skipped 0001.png: no class in its name" in story


def test_names_carry_classes_in_folders_of_sets_and_below_them(lay):
    files = [
        *(*many("train/cat.{}.png"), *many("train/more/dog.{}.png")),
        *(*many("test/cat.{}.png", 2), *many("test/dog.{}.png", 1)),
    ]
    dataset, _ = gathered(lay(*files), "name")
    assert dataset.classes == ("cat", "dog")
    assert {*dataset.train.files} == set(files[:6])
    assert {*dataset.test.files} == set(files[6:])


def test_folders_do_not_divide_classes_that_names_carry(lay):
    files = [*many("a/cat.{}.png"), *many("b/cat.{}.png"), *many("b/dog.{}.png")]
    dataset, _ = gathered(lay(*files), "name")
    np.testing.assert_array_equal(
        np.bincount(np.concatenate([dataset.train.labels, dataset.test.labels])), [6, 3]
    )


def test_files_that_are_not_named_as_images_have_no_class_by_name(lay):
    root = lay(*many("cat.{}.png"), *many("dog.{}.png"))
    (root / "notes.1.txt").write_text("x")
    dataset, _ = gathered(root, "name")
    reason = "lies among the images, but is not named as one"
    assert dict(dataset.provenance.skipped) == {"notes.1.txt": reason}


def test_refuses_names_of_one_class(lay):
    root = lay(*many("cat.{}.png"))
    with pytest.raises(DataError, match="received one class, such as 'cat', in .*root"):
        gathered(root, "name")


def test_refuses_a_class_for_each_name(lay):
    root = lay("Anna.png", "Bert.png", "Carl.png")
    with pytest.raises(DataError, match="received a class for each of 3 files, such as 'Anna'"):
        gathered(root, "name")


def test_a_rule_for_labels_that_there_is_not_is_refused(lay):
    with pytest.raises(
        DataError, match="`label_from` to be folder, path or name; received 'paths'"
    ):
        gathered(lay(*NESTED), "paths")


def test_names_that_carry_classes_lead_to_the_option_that_reads_them(lay):
    root = lay(*many("cat.{}.png"), *many("dog.{}.png"))
    with pytest.raises(DataError) as refused:
        gathered(root, "folder")
    advice = "If their names carry the classes (cat and dog), add `label_from='name'`."
    assert advice in str(refused.value)
    dataset, _ = gathered(root, "name")
    assert dataset.classes == ("cat", "dog")


@pytest.mark.parametrize(
    "files", [many("{}.png", 6), many("cat.{}.png", 6), ["anna.png", "bert.png", "carl.1.png"]]
)
def test_names_that_carry_no_classes_do_not_lead_there(lay, files):
    with pytest.raises(DataError, match="has no class folders") as refused:
        gathered(lay(*files), "folder")
    assert "label_from" not in str(refused.value)


@pytest.mark.parametrize("place", [".", "train"])
def test_a_list_that_lies_near_is_named_and_is_read(lay, place):
    root = lay(*many("train/{}.png", 10))
    at = root / place / "trainLabels.csv"
    at.write_text("id,label\n" + "".join(f"{i},{'cat' if i % 2 else 'dog'}\n" for i in range(10)))
    (root / "sampleSubmission.csv").write_text("id,label\n1,cat\n")
    with pytest.raises(DataError) as refused:
        gathered(root, "folder")
    assert f"If trainLabels.csv lists labels, give it: `data='{at}'`." in str(refused.value)
    assert "sampleSubmission" not in str(refused.value)
    dataset = gather(str(at), say=lambda _: None)
    assert dataset.classes == ("cat", "dog")
    assert len(dataset.train) + len(dataset.test) == 10


def test_a_test_folder_whose_names_carry_no_class_leads_to_the_train_folder(lay):
    root = lay(*many("train/cat.{}.jpg"), *many("train/dog.{}.jpg"), "test/1.jpg", "test/2.jpg")
    with pytest.raises(DataError, match=r"test can be read \(test/1.jpg: no class in its") as r:
        gathered(root, "name")
    assert f"give {root / 'train'} as `data`" in str(r.value)
    dataset, _ = gathered(root / "train", "name")
    assert (len(dataset.train), len(dataset.test)) == (4, 2)
