from dataclasses import replace

import numpy as np

from tenfold.core.images import Dataset, ImageSet, Provenance
from tenfold.report.skipped import skipped_sentences

BROKEN = "not a readable PNG"


def dataset(skipped, folders=("cat", "dog"), n=20):
    """`n` images read from each folder; the last part of a folder's name is its class."""
    classes = tuple(sorted({folder.rpartition("/")[2] for folder in folders}))
    files = tuple(f"{folder}/{i}.png" for folder in folders for i in range(n))
    labels = np.array([classes.index(file.split("/")[-2]) for file in files], dtype=np.int64)
    images = ImageSet(np.zeros((len(files), 1, 1, 3), np.uint8), labels, classes, files)
    nothing = images.take(np.arange(0))
    return Dataset("folder", images, nothing, Provenance("folder", "/x", skipped=tuple(skipped)))


def broken(folder, n, reason=BROKEN):
    return [(f"{folder}/broken-{i:04d}.jpg", reason) for i in range(n)]


def test_says_nothing_where_nothing_was_skipped():
    assert skipped_sentences(dataset([])) == ()


def test_a_single_file_has_a_line_of_its_own():
    assert skipped_sentences(dataset([("cat/x.txt", BROKEN)])) == (f"Skipped cat/x.txt: {BROKEN}",)


def test_a_flood_is_summed_up_by_folder_and_reason():
    lines = skipped_sentences(dataset([*broken("cat", 600), *broken("dog", 600)]))
    assert lines == (
        "Skipped 600 of 620 files in cat (such as broken-0000.jpg, broken-0001.jpg and "
        f"broken-0002.jpg): {BROKEN}",
        "Skipped 600 of 620 files in dog (such as broken-0000.jpg, broken-0001.jpg and "
        f"broken-0002.jpg): {BROKEN}",
        "Look at these files before you continue: 1,200 of 1,240 files (96.8 %) cannot be used.",
    )


def test_reasons_that_differ_in_details_count_as_one():
    files = [(f"cat/{i}.jpg", f"damaged or unreadable: {i} bytes missing") for i in range(4)]
    (line,) = skipped_sentences(dataset(files))
    assert line == (
        "Skipped 4 of 24 files in cat (such as 0.jpg, 1.jpg and 2.jpg): damaged or unreadable "
        "(each for its own reason)"
    )


def test_many_folders_are_summed_up_by_reason():
    folders = [f"class{i:03d}" for i in range(300)]
    files = [entry for folder in folders for entry in broken(folder, 2)]
    lines = skipped_sentences(dataset(files, folders, n=30))
    assert len(lines) == 1
    assert lines[0].startswith("Skipped 600 files in 300 folders (such as class000/broken-0000.jpg")


def test_many_reasons_are_cut_and_counted():
    files = [(f"cat/{c}.png", c * 3) for c in "abcdefghijkl"]
    lines = skipped_sentences(dataset(files, n=500))
    assert len(lines) == 8
    assert lines[-1] == "Skipped 5 files for 5 other reasons."


def test_files_below_a_class_folder_count_to_it():
    files = [("train/cat/old/a/1.png", BROKEN), ("train/cat/2.png", BROKEN)]
    (line,) = skipped_sentences(dataset(files, ("train/cat", "train/dog")))
    assert line == f"Skipped 2 of 22 files in train/cat (old/a/1.png and 2.png): {BROKEN}"


def test_a_class_without_an_image_stands_in_the_last_line():
    lines = skipped_sentences(dataset(broken("bird", 2), n=50))
    assert lines == (
        "Skipped 2 of 2 files in bird (broken-0000.jpg and broken-0001.jpg): not a readable PNG",
        "Look at these files before you continue: nothing in bird can be used.",
    )


def test_a_class_folder_that_is_a_link_is_a_lost_class():
    lines = skipped_sentences(dataset([("bird", "a link to outside the folder")], n=50))
    assert lines == (
        "Skipped the folder bird: a link to outside the folder",
        "Look at these files before you continue: nothing in bird can be used.",
    )


def test_a_tenth_is_not_yet_a_great_loss():
    assert len(skipped_sentences(dataset(broken("cat", 2), n=9))) == 1  # 2 of 20.
    lines = skipped_sentences(dataset(broken("cat", 3), n=9))  # 3 of 21.
    assert lines[-1].endswith("3 of 21 files (14.3 %) cannot be used.")


def test_what_lies_beside_the_classes_is_lost_only_if_it_is_an_image():
    reason = "lies outside the class folders"
    assert skipped_sentences(dataset([("README.md", reason), ("labels.csv", reason)], n=2)) == (
        f"Skipped 2 files or folders (README.md and labels.csv): {reason}",
    )
    lines = skipped_sentences(dataset([("1.png", reason), ("2.png", reason)], n=2))
    assert lines[-1].endswith("2 of 6 files (33.3 %) cannot be used.")


def test_control_characters_do_not_reach_the_screen():
    (line,) = skipped_sentences(dataset([("cat/\x1b[31m.png", BROKEN)]))
    assert line == rf"Skipped cat/\x1b[31m.png: {BROKEN}"


def test_rows_of_a_table_are_summed_up_by_reason_whatever_their_images_are_called():
    rows = [(f"data/train.parquet row {i}", BROKEN) for i in range(12)]
    read = dataset([*rows, ("data/train.parquet row 70", "no image")])
    lines = skipped_sentences(replace(read, provenance=replace(read.provenance, source="parquet")))
    assert lines == (
        "Skipped 12 images (such as data/train.parquet row 0, data/train.parquet row 1 and "
        f"data/train.parquet row 2): {BROKEN}",
        "Skipped data/train.parquet row 70: no image",
        "Look at these images before you continue: 13 of 53 images (24.5 %) cannot be used.",
    )
