import unicodedata

import numpy as np
import pytest
from PIL import Image

from tenfold.core.errors import DataError
from tenfold.core.rendering import Rendering
from tenfold.data.class_names import composed, in_natural_order, listed
from tenfold.data.folder import gather_folder
from tenfold.data.tree import is_leftover


@pytest.fixture
def lay(tmp_path):
    """Make a folder of grey squares: `{"train/cat": 3}` makes three in train/cat, 0 none."""
    root = tmp_path / "root"

    def make(folders):
        root.mkdir(exist_ok=True)
        level = 100
        for folder, n in folders.items():
            (root / folder).mkdir(parents=True, exist_ok=True)
            for i in range(n):
                level += 1
                Image.new("L", (6, 6), level).save(root / folder / f"{i}.png")
        return root

    return make


def sets(*parts, classes=("cat", "dog"), n=3):
    return {f"{part}/{name}": n for part in parts for name in classes}


def gathered(root):
    return gather_folder(root, Rendering(4))


def said(dataset):
    return " ".join(dataset.provenance.notes)


def folders(image_set):
    return {file.rpartition("/")[0] for file in image_set.files}


@pytest.mark.parametrize("train", ["train", "Training", "TRAIN"])
@pytest.mark.parametrize("test", ["test", "Testing", "eval"])
def test_training_and_test_folders_go_by_any_usual_name(lay, train, test):
    dataset = gathered(lay(sets(train, test)))
    assert folders(dataset.train) == {f"{train}/cat", f"{train}/dog"}
    assert folders(dataset.test) == {f"{test}/cat", f"{test}/dog"}
    assert (len(dataset.train), len(dataset.test)) == (6, 6)
    assert dataset.provenance.skipped == ()


@pytest.mark.parametrize("val", ["val", "Valid", "validation", "dev"])
def test_a_validation_folder_is_the_test_set_where_there_is_no_other(lay, val):
    dataset = gathered(lay(sets("train", val)))
    assert folders(dataset.test) == {f"{val}/cat", f"{val}/dog"}
    assert dataset.given_validation is None
    assert f"There is no test folder beside train, so {val} is the test set." in said(dataset)


def test_validation_images_are_training_images_whose_positions_are_given(lay):
    dataset = gathered(lay({**sets("train", n=10), **sets("valid", "test", n=6)}))
    assert (len(dataset.train), len(dataset.test)) == (32, 12)
    given = dataset.given_validation
    assert given is not None
    assert given.dtype == np.int64
    assert (np.diff(given) > 0).all()
    in_valid = [i for i, file in enumerate(dataset.train.files) if file.startswith("valid/")]
    assert given.tolist() == in_valid
    assert len(in_valid) == 12
    for file, label in zip(dataset.train.files, dataset.train.labels, strict=True):
        assert file.split("/")[1] == dataset.classes[label]
    assert "The 12 images of valid are the validation set of this run." in dataset.provenance.notes
    again = gathered(lay({})).given_validation
    np.testing.assert_array_equal(given, again)


def test_pixels_stay_with_their_files_when_validation_images_are_added(lay):
    root = lay(sets("train", "val", "test"))
    dataset = gathered(root)
    for image, file in zip(dataset.train.images[:], dataset.train.files, strict=True):
        assert (image == np.asarray(Image.open(root / file))[0, 0]).all()


def test_a_class_that_validation_lacks_is_named(lay):
    dataset = gathered(lay({**sets("train", "test"), "val/cat": 2}))
    assert "The validation set has no image of dog." in dataset.provenance.notes


def test_a_train_folder_alone_is_the_root(lay):
    dataset = gathered(lay(sets("train", n=10)))
    assert (len(dataset.train), len(dataset.test)) == (16, 4)
    assert "There is only the folder train; its folders are the classes." in said(dataset)
    assert "fixed 20 %" in said(dataset)


def test_refuses_two_folders_that_mean_the_same(lay):
    with pytest.raises(
        DataError, match="holds Training and train, which mean the same: the train set"
    ):
        gathered(lay(sets("train", "Training", "test")))


def test_refuses_sets_without_training_images(lay):
    with pytest.raises(DataError, match="holds test and val .* no folder called train"):
        gathered(lay(sets("test", "val")))


def test_a_class_may_be_called_train(lay):
    dataset = gathered(lay({"train": 5, "car": 5, "test": 5}))
    assert dataset.classes == ("car", "test", "train")
    assert len(dataset.train) + len(dataset.test) == 15


def test_refuses_a_train_folder_that_may_be_a_class(lay):
    root = lay({"train/steam": 3, "train/diesel": 3, "car": 3})
    with pytest.raises(DataError, match="not clear whether train is a training set or a class"):
        gathered(root)


def test_a_class_in_validation_only_is_refused_by_name(lay):
    with pytest.raises(DataError, match="class 'cow' of .*val has no readable image"):
        gathered(lay({**sets("train", "test"), "val/cow": 2}))


def test_a_set_that_is_linked_from_elsewhere_is_named_and_not_read(lay, tmp_path):
    root = lay(sets("train", "out"))
    (root / "out").rename(tmp_path / "out")
    (root / "test").symlink_to(tmp_path / "out")
    dataset = gathered(root)
    assert "test is a link to outside the folder" in said(dataset)
    assert dataset.provenance.skipped == (("test", "a link to outside the folder"),)
    assert folders(dataset.test) == {"train/cat", "train/dog"}


@pytest.mark.parametrize("around", ["pets", "pets/v1"])
def test_folders_around_everything_are_read_through(lay, around):
    root = lay(sets(around, n=5))
    (root / "README.txt").write_text("x")
    dataset = gathered(root)
    assert dataset.classes == ("cat", "dog")
    assert folders(dataset.train) == {f"{around}/cat", f"{around}/dog"}
    assert f"The folder {around} contains everything else" in said(dataset)
    assert dataset.provenance.skipped == (("README.txt", "lies outside the class folders"),)
    assert dataset.provenance.location == str(root)


def test_sets_in_a_folder_around_everything_are_found(lay):
    dataset = gathered(lay(sets("pets/train", "pets/val")))
    assert folders(dataset.test) == {"pets/val/cat", "pets/val/dog"}


def test_a_train_folder_inside_the_train_folder_is_read(lay):
    dataset = gathered(lay(sets("train/train", "test")))
    assert folders(dataset.train) == {"train/train/cat", "train/train/dog"}
    assert "train holds only the folder train" in said(dataset)


def test_names_the_folder_that_fits_a_level_below(lay):
    root = lay({**sets("pets/train", "pets/test"), "notes": 0})
    with pytest.raises(DataError, match=r"a level too high: .*pets holds .* Give .*root/pets as"):
        gathered(root)


def test_names_the_class_folders_below_where_there_is_one_class(lay):
    with pytest.raises(DataError, match=r"received one, 'pets'.* Give .*root/pets as `data`"):
        gathered(lay({**sets("pets"), "notes": 0}))


def test_names_the_parent_of_a_single_class(lay):
    root = lay(sets("train", "test"))
    with pytest.raises(DataError, match=r"If cat is one class beside dog, give .*root/train as"):
        gathered(root / "train" / "cat")


def test_images_without_class_folders_are_explained(lay):
    root = lay({"train": 4, "test": 2})
    (root / "trainLabels.csv").write_text("id,label\n0,frog\n")
    for folder in (root, root / "train"):
        with pytest.raises(DataError) as refused:
            gathered(folder)
        text = str(refused.value)
        assert f"{root / 'train'} has no class folders: its images (4, such as 0.png)" in text
        labels = root / "trainLabels.csv"
        assert f"If trainLabels.csv lists labels, give it: `data='{labels}'`." in text
        assert "make a folder for each class" in text
        assert "one class beside" not in text


def test_a_test_folder_without_labels_names_the_train_folder(lay):
    root = lay({**sets("train"), "test": 3})
    with pytest.raises(DataError) as refused:
        gathered(root)
    assert f"{root / 'test'} has no class folders" in str(refused.value)
    assert f"If they have no labels, give {root / 'train'} as `data`" in str(refused.value)
    assert "one class beside" not in str(refused.value)


def test_advice_for_one_class_does_not_name_another_set(lay):
    root = lay({"train/cat": 2, "train/dog": 0, "test/cat": 2, "test/dog": 2})
    with pytest.raises(
        DataError, match="received one, 'cat'.* train/dog holds no files"
    ) as refused:
        gathered(root)
    assert "Give" not in str(refused.value)


def test_reasons_for_no_training_image_are_those_of_the_training_folder(lay):
    root = lay({**sets("test"), "train/cat": 0})
    for bad in ("train/cat/1.png", "test/cat/x.png"):
        (root / bad).write_bytes(b"x")
    with pytest.raises(DataError, match=r"No image in .*train can be read: train/cat/1.png") as r:
        gathered(root)
    assert "test/cat" not in str(r.value)


def test_refuses_sets_inside_class_folders(lay):
    root = lay(sets("cat", "dog", classes=("train", "test")))
    with pytest.raises(DataError, match="other way round: train/cat and test/cat"):
        gathered(root)


def test_images_below_a_class_folder_are_of_its_class(lay):
    dataset = gathered(lay({"pet/cat": 2, "pet/dog/old": 2, "pet": 1, "cow": 5}))
    assert dataset.classes == ("cow", "pet")
    labels = np.concatenate([dataset.train.labels, dataset.test.labels])
    np.testing.assert_array_equal(np.bincount(labels), [5, 5])
    assert "inside them (pet/cat and pet/dog/old) belong to the class" in said(dataset)
    assert dataset.provenance.skipped == ()


def test_asks_whether_folders_of_the_same_content_are_sets(lay):
    dataset = gathered(lay(sets("seg_train", "seg_test")))
    assert dataset.classes == ("seg_test", "seg_train")
    assert "If seg_test and seg_train are sets, not classes" in said(dataset)


def test_loops_of_links_end(lay):
    root = lay({"cat/more": 2, "dog": 3})
    (root / "cat" / "up").symlink_to(root)
    (root / "cat" / "more" / "self").symlink_to(root / "cat" / "more")
    (root / "all").symlink_to(root)
    dataset = gathered(root)
    assert dataset.classes == ("cat", "dog")
    assert len(dataset.train) + len(dataset.test) == 5
    assert dict(dataset.provenance.skipped) == dict.fromkeys(
        ["all", "cat/up", "cat/more/self"], "the same folder as one that is read already"
    )


def test_a_folder_inside_a_class_that_is_linked_from_elsewhere_is_skipped(lay, tmp_path):
    root = lay({"cat": 3, "dog": 3, "out": 2})
    (root / "out").rename(tmp_path / "out")
    (root / "cat" / "out").symlink_to(tmp_path / "out")
    dataset = gathered(root)
    assert dataset.provenance.skipped == (("cat/out", "a link to outside the folder"),)
    assert len(dataset.train) + len(dataset.test) == 6


@pytest.mark.parametrize(
    "name",
    [
        *("__MACOSX", "@eaDir", "@EADIR", "$RECYCLE.BIN", "System Volume Information"),
        *("lost+found", "Thumbs.db", "THUMBS.DB", "Desktop.ini", ".ipynb_checkpoints"),
        *("._1.png", ".DS_Store"),
    ],
)
def test_leftovers_of_systems_are_neither_classes_nor_images(lay, name):
    assert is_leftover(name)
    root = lay({"cat": 3, "dog": 3, name: 3, f"cat/{name}": 2})
    dataset = gathered(root)
    assert dataset.classes == ("cat", "dog")
    assert len(dataset.train) + len(dataset.test) == 6
    assert dataset.provenance.skipped == ()


def test_ordinary_names_are_not_leftovers():
    assert not any(map(is_leftover, ["cat", "macosx", "lost", "thumbs", "a.b"]))


def test_two_spellings_in_unicode_are_one_class(lay):
    short, long = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    assert short != long
    assert composed(long) == short
    dataset = gathered(lay({f"train/{short}": 2, f"train/{long}": 2, "train/tea": 2,
                            f"test/{long}": 1, "test/tea": 1}))  # fmt: skip
    assert dataset.classes == (short, "tea")
    np.testing.assert_array_equal(np.bincount(dataset.train.labels), [4, 2])
    np.testing.assert_array_equal(np.bincount(dataset.test.labels), [1, 1])
    assert f"train has more than one folder for '{short}'" in said(dataset)


@pytest.mark.parametrize("other", ["APPLE", "apple ", " apple"])
def test_class_names_that_look_alike_are_pointed_out(lay, other):
    dataset = gathered(lay({"apple": 3, other: 3}))
    assert len(dataset.classes) == 2
    assert f"'{other}'" in said(dataset)
    assert "differ only in capitals or in spaces at the ends" in said(dataset)


def test_a_class_to_test_only_names_the_one_that_looks_alike(lay):
    root = lay({"train/Apple": 2, "train/pear": 2, "test/apple": 2})
    with pytest.raises(DataError, match="class 'apple' of .* 'Apple' differs only"):
        gathered(root)


def test_classes_are_sorted_with_numbers_as_numbers(lay):
    names = ("10", "2", "1", "a10", "a2", "B", "-1")
    assert in_natural_order(names) == ("-1", "1", "2", "10", "B", "a2", "a10")
    assert in_natural_order(["b", "A", "a", "_", "a"]) == tuple(sorted("bAa_"))
    assert in_natural_order(["1", "01"]) == ("01", "1")
    dataset = gathered(lay(dict.fromkeys(("10", "2", "1"), 3)))
    assert dataset.classes == ("1", "2", "10")
    for file, label in zip(dataset.train.files, dataset.train.labels, strict=True):
        assert file.split("/")[0] == dataset.classes[label]


def test_empty_and_unreadable_class_folders_are_named(lay):
    root = lay({"cat": 3, "dog": 3, "horse": 0, "zebra": 0, "bird": 0})
    (root / "zebra" / ".DS_Store").write_bytes(b"x")
    (root / "bird" / "1.png").write_bytes(b"x")
    dataset = gathered(root)
    assert dataset.classes == ("cat", "dog")
    assert "horse and zebra hold no files, so they are not classes." in said(dataset)
    assert "No image in bird can be read, so it is not a class." in said(dataset)


def test_classes_that_a_set_lacks_are_named(lay):
    dataset = gathered(lay({**sets("train"), "train/cow": 0, "test/cat": 2, "test/ox": 0}))
    assert "train/cow holds no files, so it is not a class." in said(dataset)
    assert "test/ox holds no files, so it is not a class." in said(dataset)
    assert "The test set has no image of dog." in said(dataset)


def test_lists_many_names_with_a_count():
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
    assert listed("abcde", most=3) == "a, b, c and 2 more"
