import io
import json
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from tenfold.core.data_request import DataRequest
from tenfold.core.errors import DataError
from tenfold.core.rendering import Rendering
from tenfold.data import labelled, parquet
from tenfold.data.parquet import gather_parquet
from tenfold.data.picture import read_picture
from tenfold.data.sources import source_for, source_named
from tenfold.report.skipped import skipped_sentences

ANIMALS = ("cat", "dog", "eel")


def picture(grey):
    """A PNG of 8 x 8 pixels, all of one grey."""
    content = io.BytesIO()
    Image.new("L", (8, 8), grey).save(content, "PNG")
    return content.getvalue()


def greys(images):
    """The grey of each image, each of one colour."""
    assert (images == images[:, :1, :1, :1]).all()
    return images[:, 0, 0, 0].tolist()


def struct(contents, paths=None):
    paths = paths or [None] * len(contents)
    rows = [{"bytes": c, "path": p} for c, p in zip(contents, paths, strict=True)]
    return pa.array(rows, pa.struct([("bytes", pa.binary()), ("path", pa.string())]))


def declared(names, column="label"):
    """The metadata that the hub's library writes into a schema."""
    features = {
        "image": {"_type": "Image"},
        column: {"_type": "ClassLabel", "names": list(names)},
    }
    return {b"huggingface": json.dumps({"info": {"features": features}}).encode()}


def write(path, labels, *, first=0, names=None, image="image", label="label", **columns):
    """A file whose images have the greys `first`, `first + 1` and so on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    images = struct([picture(first + i) for i in range(len(labels))])
    table = pa.table({image: images, label: labels, **columns})
    pq.write_table(table.replace_schema_metadata(declared(names, label) if names else None), path)
    return path


def pairs(part):
    """Each image's grey and class."""
    classes = [part.classes[label] for label in part.labels]
    return sorted(zip(greys(part.images), classes, strict=True))


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [
        (
            "data/train-0000{}-of-00002.parquet",
            "data/validation-00000-of-00001.parquet",
            "data/test-00000-of-00001.parquet",
        ),
        ("train-0000{}-of-00002.parquet", "dev.parquet", "my_eval.parquet"),
        ("train/000{}.parquet", "valid/0000.parquet", "Testing/0000.parquet"),
        ("default/train/{}.parquet", "default/val/0.parquet", "default/test/0.parquet"),
    ],
    ids=["hub", "beside", "folders", "converted"],
)
def test_reads_shards_of_three_sets_with_the_names_of_their_classes(
    tmp_path, train, validation, test
):
    write(tmp_path / train.format(0), [0, 1, 2], names=ANIMALS)
    write(tmp_path / train.format(1), [2, 1, 0], first=10, names=ANIMALS)
    write(tmp_path / validation, [1, 2], first=20, names=ANIMALS)
    write(tmp_path / test, [2, 0], first=30, names=ANIMALS)
    dataset = gather_parquet(tmp_path, Rendering(6))
    assert (dataset.name, dataset.classes, dataset.shape) == ("parquet", ANIMALS, (6, 6, 3))
    assert pairs(dataset.train) == [
        *[(0, "cat"), (1, "dog"), (2, "eel"), (10, "eel"), (11, "dog"), (12, "cat")],
        *[(20, "dog"), (21, "eel")],
    ]
    assert dataset.given_validation is not None
    assert pairs(dataset.train.take(dataset.given_validation)) == [(20, "dog"), (21, "eel")]
    assert pairs(dataset.test) == [(30, "eel"), (31, "cat")]
    assert dataset.provenance.rendering == Rendering(6)
    assert dataset.provenance.skipped == ()
    assert len(dataset.provenance.notes) == 4  # Resizing, columns, validation, no dog in test.


def test_a_single_file_is_for_training_and_a_fifth_of_it_is_held_out(tmp_path):
    path = write(tmp_path / "test-00000-of-00002.parquet", [0, 1] * 5, names=("a", "b"))
    dataset = gather_parquet(path)
    assert sorted(greys(dataset.train.images) + greys(dataset.test.images)) == list(range(10))
    assert sorted(dataset.test.labels) == [0, 1]
    assert dataset.shape == (32, 32, 3)
    notes = " ".join(dataset.provenance.notes)
    assert "Only 1 of the 2 files test-...-of-00002.parquet is read" in notes
    assert "fixed 20 % of each class" in notes


def test_plain_bytes_and_texts_are_read_in_natural_order_of_the_classes(tmp_path):
    texts = pa.array(["c10", "c2", "C2", "e\u0301"] * 3).dictionary_encode()
    table = pa.table({"picture": [picture(i) for i in range(12)], "class": texts})
    pq.write_table(table, tmp_path / "a.parquet")
    dataset = gather_parquet(tmp_path / "a.parquet", Rendering(4))
    assert dataset.classes == ("C2", "c2", "c10", "\u00e9")
    both = pairs(dataset.train) + pairs(dataset.test)
    assert sorted(both)[:4] == [(0, "c10"), (1, "c2"), (2, "C2"), (3, "\u00e9")]
    assert any("'C2' and 'c2' differ only in capitals" in n for n in dataset.provenance.notes)


def test_numbers_without_names_are_called_by_themselves(tmp_path):
    dataset = gather_parquet(write(tmp_path / "a.parquet", pa.array([-1, 7] * 3, pa.int8())))
    assert dataset.classes == ("-1", "7")


def test_a_file_keeps_its_name_and_another_is_called_by_its_row(tmp_path):
    images = struct([picture(i) for i in range(6)], ["cat/1.png", None, "", *"abc"])
    pq.write_table(pa.table({"img": images, "label": [0, 1] * 3}), tmp_path / "a.parquet")
    dataset = gather_parquet(tmp_path)
    named = dict(zip(greys(dataset.train.images), dataset.train.files, strict=True))
    named |= dict(zip(greys(dataset.test.images), dataset.test.files, strict=True))
    wanted = ("cat/1.png", "a.parquet row 1", "a.parquet row 2", *"abc")
    assert named == dict(enumerate(wanted))


def test_rows_that_cannot_be_used_are_listed_each_with_its_reason(tmp_path):
    contents = [picture(0), b"no image", None, None, picture(4), picture(5), picture(6)[:-30]]
    images = struct(contents, [None, None, None, "far.png", None, None, None]).to_pylist()
    images = pa.array([*images, None, *struct([picture(i) for i in range(8, 12)]).to_pylist()])
    labels = pa.array([0, 1, 0, 1, None, -1, 0, 1, 0, 1, 0, 1])
    table = pa.table({"image": images, "label": labels})
    path = tmp_path / "data" / "train-00000-of-00001.parquet"
    path.parent.mkdir()
    pq.write_table(table.replace_schema_metadata(declared("ab")), path, row_group_size=5)
    write(tmp_path / "data" / "test.parquet", [1, 0], first=20, names="ab")
    dataset = gather_parquet(tmp_path)
    assert greys(dataset.train.take(np.argsort(greys(dataset.train.images))).images) == [
        *[0, 8, 9, 10, 11]
    ]
    skipped = {int(row.rpartition(" ")[2]): reason for row, reason in dataset.provenance.skipped}
    assert dataset.provenance.skipped[0][0] == "data/train-00000-of-00001.parquet row 1"
    assert list(skipped) == [1, 2, 3, 4, 5, 6, 7]
    assert skipped[1].startswith("not a readable PNG")
    assert skipped[2] == skipped[7] == "no image"
    assert skipped[3] == "only the path of an image, not the image itself"
    assert skipped[4] == skipped[5] == "a row without a label"
    assert skipped[6].startswith("damaged or unreadable: ")
    lines = skipped_sentences(dataset)
    name = "data/train-00000-of-00001.parquet"
    assert f"Skipped 2 images (such as {name} row 2 and {name} row 7): no image" in lines
    assert lines[-1].endswith("7 of 14 images (50.0 %) cannot be used.")


def test_a_number_too_large_for_a_label_is_none(tmp_path):
    labels = pa.array([0, 1, 2**64 - 1, 0, 1, 0, 1], pa.uint64())
    dataset = gather_parquet(write(tmp_path / "a.parquet", labels))
    assert dataset.provenance.skipped == (("a.parquet row 2", "a row without a label"),)


@pytest.mark.parametrize("hidden", [[-1, -1], [None, None], "no column"])
def test_a_test_set_without_labels_is_not_used_and_said(tmp_path, hidden):
    write(tmp_path / "train.parquet", [0, 1] * 3)
    test = write(tmp_path / "test.parquet", pa.array([-1, -1] if hidden == "no column" else hidden))
    if hidden == "no column":
        pq.write_table(pq.read_table(test).select(["image"]), test)
    dataset = gather_parquet(tmp_path)
    assert (len(dataset.train), len(dataset.test)) == (4, 2)
    notes = " ".join(dataset.provenance.notes)
    assert "The test set is not used: none of its 2 rows has a label." in notes


def test_of_several_columns_those_of_usual_names_are_read(tmp_path):
    write(
        tmp_path / "a.parquet",
        [0, 1] * 3,
        image="img",
        label="fine_label",
        names=ANIMALS[:2],
        coarse_label=[0] * 6,
        audio=[b"RIFF"] * 6,
    )
    dataset = gather_parquet(tmp_path)
    assert dataset.classes == ANIMALS[:2]
    assert (
        "Images are read from the column img, labels from fine_label. These columns are not read: "
        "coarse_label and audio."
    ) in dataset.provenance.notes


def test_a_declared_column_is_read_before_others_of_unusual_names(tmp_path):
    write(tmp_path / "a.parquet", [0, 1] * 3, label="kind", names="xy", width=[8] * 6)
    assert gather_parquet(tmp_path).classes == ("x", "y")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"image": "image", "label": "one", "two": [1, 2]}, "which column .* holds the labels"),
        ({"image": "a", "label": "label", "b": [b"", b""]}, "which column .* holds the images"),
        ({"image": "a", "label": "label", "b": [b"", b""]}, r"a \(struct<.*b \(binary\)\. Write"),
        ({"image": "img", "label": "label", "class": [1, 2]}, r"class \(int64\)"),
    ],
)
def test_refuses_columns_that_are_not_clear_and_lists_them(tmp_path, columns, message):
    with pytest.raises(DataError, match=message):
        gather_parquet(write(tmp_path / "a.parquet", [0, 1], **columns))


CARD = """---
license: mit
dataset_info:
- config_name: default
  features:
  - name: image
    dtype: image
  - name: label
    dtype:
      class_label:
        names:
          '0': cat
          '10': ten
          '1': dog
---
Some animals.
"""


@pytest.mark.parametrize(
    ("card", "classes"),
    [
        (CARD, ("cat", "dog")),
        (CARD.replace("label\n", "other\n"), ("0", "1")),
        ("# No head", ("0", "1")),
        ("---\n- [}\n---\n", ("0", "1")),
        ("---\ndataset_info: 3\n---\n", ("0", "1")),
        (CARD.encode("utf-16"), ("0", "1")),
    ],
)
def test_the_card_of_a_data_set_may_name_its_classes(tmp_path, card, classes):
    (tmp_path / "README.md").write_bytes(card if isinstance(card, bytes) else card.encode())
    write(tmp_path / "data" / "train.parquet", [0, 1] * 3)
    for asked in (tmp_path, tmp_path / "data"):
        assert gather_parquet(asked).classes == classes


def test_classes_without_a_training_image_are_named(tmp_path):
    dataset = gather_parquet(write(tmp_path / "a.parquet", [0, 2] * 3, names=(*ANIMALS, "fly")))
    assert dataset.classes == ("cat", "eel")
    assert "There is no training image of 'dog' and 'fly'." in dataset.provenance.notes


@pytest.mark.parametrize(
    ("labels", "names", "said"),
    [([2], ANIMALS, r"label 2 \(eel\)"), ([5], None, "label 5"), (["x"], None, "label x")],
)
def test_refuses_a_test_label_that_no_training_image_has(tmp_path, labels, names, said):
    write(tmp_path / "train.parquet", [0, 1] * 3, names=names)
    write(tmp_path / "test.parquet", labels, names=names)
    with pytest.raises(DataError, match=f"test images of .* have the {said}, which no training"):
        gather_parquet(tmp_path)


def test_refuses_files_that_call_their_classes_differently(tmp_path):
    write(tmp_path / "train.parquet", [0, 1] * 3, names=("cat", "dog"))
    write(tmp_path / "test.parquet", [0, 1], names=("dog", "cat"))
    with pytest.raises(DataError, match=r"train.parquet and .*test.parquet call their classes"):
        gather_parquet(tmp_path)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (["test.parquet", "data.parquet"], "no Parquet file for training, only data.parquet and"),
        (["train_test.parquet"], "The name train_test in .* says two sets, test and train"),
        (["fine/train.parquet", "coarse/train.parquet"], "train files in 2 folders: coarse and"),
        (
            ["train-00000-of-00001.parquet", "train-00000-of-00002.parquet"],
            "train-...-of-00001 and train-...-of-00002: the same set, cut",
        ),
        (["a/b/c/train.parquet"], "There are no Parquet files in"),
    ],
)
def test_refuses_files_that_may_not_belong_together(tmp_path, files, message):
    for name in files:
        write(tmp_path / name, [0, 1])
    with pytest.raises(DataError, match=message):
        gather_parquet(tmp_path)


def test_a_file_that_names_no_set_is_skipped_beside_others_that_do(tmp_path):
    for name in ("train.parquet", "more.parquet", ".cache/test.parquet"):
        write(tmp_path / name, [0, 1] * 3)
    dataset = gather_parquet(tmp_path)
    assert [name for name, _ in dataset.provenance.skipped] == ["more.parquet"]
    assert len(dataset.train) + len(dataset.test) == 6


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it is empty"),
        (slice(-5), "it is cut short"),
        (slice(4), "Cannot read .*train.parquet as Parquet"),
        (b"PAR1" + bytes(80) + b"PAR1", "Cannot read .*train.parquet as Parquet"),
        (b"<html>", "it is a web page"),
        (b"id,label\n1,2\n", "it is not known to Tenfold"),
        (b"version https://git-lfs.github.com/spec/v1\n", "Run `git lfs pull` in its folder"),
    ],
)
def test_refuses_what_is_not_a_whole_parquet_file(tmp_path, content, message):
    path = write(tmp_path / "train.parquet", [0, 1] * 3)
    path.write_bytes(path.read_bytes()[content] if isinstance(content, slice) else content)
    with pytest.raises(DataError, match=message):
        gather_parquet(tmp_path)


def test_any_damage_gives_a_dataset_or_a_clear_refusal(tmp_path):
    path = write(tmp_path / "a.parquet", [0, 1] * 3, names="ab")
    content = path.read_bytes()
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(80):
        damaged = bytearray(content)
        damaged[random.integers(len(damaged))] ^= int(random.integers(1, 256))
        path.write_bytes(damaged)
        try:
            gather_parquet(path, Rendering(4))
        except DataError:
            refused += 1
    assert refused > 20


def test_refuses_training_files_without_rows_labels_or_images(tmp_path):
    with pytest.raises(DataError, match="None of the 0 rows for training"):
        gather_parquet(write(tmp_path / "a.parquet", pa.array([], pa.int64())))
    with pytest.raises(DataError, match="None of the 2 rows for training .* column label"):
        gather_parquet(write(tmp_path / "a.parquet", pa.array([None, None], pa.string())))
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"image": [b"x", b"y"], "label": [0, 1]}), path)
    with pytest.raises(DataError, match=r"No image of the train set .* \(a.parquet row 0: not a"):
        gather_parquet(path)


def test_refuses_what_is_not_there_too_large_or_of_a_wrong_side(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="There is no file .*nowhere.parquet"):
        gather_parquet(tmp_path / "nowhere.parquet")
    path = write(tmp_path / "a.parquet", [0, 1] * 3)
    monkeypatch.setattr(labelled, "memory_bytes", lambda: 2 * 6 * 8 * 8 * 3 - 1)
    with pytest.raises(DataError, match="more than half of this machine's"):
        gather_parquet(path, Rendering(8))


def test_says_what_to_install_where_pyarrow_is_missing(tmp_path, monkeypatch):
    path = write(tmp_path / "a.parquet", [0, 1])
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(DataError, match=r"pip install 'tenfold\[parquet\]'"):
        gather_parquet(path)


def test_is_asked_for_by_a_file_or_by_a_folder_without_image_files(tmp_path):
    path = write(tmp_path / "mine" / "data" / "train.parquet", [0, 1] * 3)
    assert source_for(DataRequest(str(path))).name == "parquet"
    assert source_for(DataRequest(str(path.with_name("nowhere.parquet")))).name == "parquet"
    asked = DataRequest(str(tmp_path / "mine"), side_px=5)
    assert source_for(asked).name == "parquet"
    dataset = source_for(asked).gather(asked, say=print)
    again = source_named("parquet").gather_again(dataset.provenance, say=print)
    assert again.digests() == dataset.digests()
    (tmp_path / "mine" / "cat").mkdir()
    (tmp_path / "mine" / "cat" / "1.png").write_bytes(picture(1))
    assert source_for(asked).name == "folder"


def test_reads_the_links_of_a_hubs_cache(tmp_path):
    blob = write(tmp_path / "blobs" / "abc", [0, 1] * 3)
    snapshot = tmp_path / "snapshots" / "1" / "data"
    snapshot.mkdir(parents=True)
    (snapshot / "train.parquet").symlink_to(blob)
    (snapshot.parent / "more").symlink_to(snapshot)
    dataset = gather_parquet(snapshot.parent)
    assert len(dataset.train) + len(dataset.test) == 6
    assert dataset.provenance.skipped == (("more", "a link to a folder"),)


def test_encoded_images_are_in_memory_a_row_group_at_a_time(tmp_path, monkeypatch):
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3), dtype=np.uint8)
    content = io.BytesIO()
    Image.fromarray(noise).save(content, "BMP")
    table = pa.table({"image": [content.getvalue()] * 200, "label": [0, 1] * 100})  # 10 MB.
    pq.write_table(
        table, tmp_path / "a.parquet", row_group_size=10, compression="none", use_dictionary=False
    )
    assert (tmp_path / "a.parquet").stat().st_size > 9e6
    del table
    before, held = pa.total_allocated_bytes(), []

    def read(*given, **how):
        held.append(pa.total_allocated_bytes() - before)
        return read_picture(*given, **how)

    monkeypatch.setattr(parquet, "read_picture", read)
    gather_parquet(tmp_path, Rendering(4))
    assert len(held) == 200
    assert max(held) < 2e6
