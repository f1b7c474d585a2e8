"""An edited quarantine.csv is read, and checked against the images that it is about."""

import json
from pathlib import Path

import numpy as np
import pytest
from tests.findings.made import dataset, textures

from tenfold.core.corrections import Corrections
from tenfold.core.errors import DataError
from tenfold.core.images import Dataset
from tenfold.data.clean import clean
from tenfold.data.quarantine import excluded, read_quarantine, relabelled

HEADER = "split,position,file,finding,group,score,suggestion,keep"
IMAGES = textures(6)
PLAIN = dataset(IMAGES[:4], IMAGES[4:], train_labels=[0, 0, 1, 1])
NAMED = dataset(IMAGES[:4], IMAGES[4:], train_labels=[0, 0, 1, 1], files=True)


def edited(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "quarantine.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_rows_with_keep_no_are_left_out_and_test_images_never_are(tmp_path):
    path = edited(
        tmp_path,
        "train,2,,near-duplicate,1,0.9,same shot,no",
        "train,0,,dark,,1,,yes",
        "train,2,,dark,,1,,yes",
        "test,1,,near-duplicate,1,0.9,same shot,no",
        "train,1,,label,,1,bee,NO",
    )
    assert excluded(read_quarantine(path, PLAIN)).tolist() == [1, 2]


def test_suggestions_replace_labels_of_training_images(tmp_path):
    path = edited(
        tmp_path,
        "train,1,,label,,0.99,bee,yes",
        "train,0,,near-duplicate,,0.99,bee,yes",  # Its suggestion is not a class.
        "train,2,,label,,0.99,,yes",  # A person has removed the suggestion.
        "train,3,,label,,0.99,bee,yes",  # It has that label already.
        "train,2,,label,,0.99,ant,no",  # It is not kept.
        "test,0,,label,,0.99,bee,yes",
    )
    at, labels = relabelled(read_quarantine(path, PLAIN), PLAIN, path)
    assert (at.tolist(), labels.tolist()) == ([1], [1])


def test_a_spreadsheet_may_change_order_and_separator(tmp_path):
    path = edited(tmp_path, "no;1;train", header="\ufeffkeep;position;split")
    assert excluded(read_quarantine(path, PLAIN)).tolist() == [1]


def test_images_of_files_are_found_by_their_names(tmp_path):
    path = edited(tmp_path, "train,0,train/3.png,dark,,1,,no")
    assert excluded(read_quarantine(path, NAMED)).tolist() == [3]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("train,9,,dark,,1,,no", r"line 2: expected a position in 0\.\.3, .* received '9'"),
        ("train,-1,,dark,,1,,no", "received '-1'"),
        ("train,0,,dark,,1,,maybe", "line 2: expected keep to be yes or no; received 'maybe'"),
        ("val,0,,dark,,1,,no", "expected the split to be train or test; received 'val'"),
        ("train,0", "expected keep to be yes or no; received ''"),
    ],
)
def test_refuses_a_row_that_makes_no_sense(tmp_path, row, message):
    with pytest.raises(DataError, match=message):
        read_quarantine(edited(tmp_path, row), PLAIN)


def test_refuses_a_file_that_the_data_does_not_have(tmp_path):
    path = edited(tmp_path, "train,0,train/99.png,dark,,1,,no")
    with pytest.raises(DataError, match="there is no training image train/99.png in made"):
        read_quarantine(path, NAMED)


def test_refuses_another_table(tmp_path):
    path = edited(tmp_path, "cat,1.png", header="class,file")
    with pytest.raises(DataError, match="received class, file, without split, position, keep"):
        read_quarantine(path, PLAIN)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["train,0,,label,,1,been,yes"], "no class 'been'. Did you mean 'bee'"),
        (
            ["train,0,,label,,1,bee,yes", "train,0,,label,,1,ant,yes"],
            "line 3: an earlier line gives this image the class 'bee', this one 'ant'",
        ),
    ],
)
def test_refuses_suggestions_that_are_no_class_or_disagree(tmp_path, rows, message):
    path = edited(tmp_path, *rows)
    with pytest.raises(DataError, match=message):
        relabelled(read_quarantine(path, PLAIN), PLAIN, path)


def test_refuses_an_audit_of_other_images(tmp_path):
    path = edited(tmp_path, "train,0,,dark,,1,,no")
    about = {"data": {"name": "other", "digests": {"train": "x", "test": "y"}}}
    (tmp_path / "audit.json").write_text(json.dumps(about))
    with pytest.raises(DataError, match="is about other images"):
        read_quarantine(path, PLAIN)
    about["data"]["digests"] = PLAIN.digests()
    (tmp_path / "audit.json").write_text(json.dumps(about))
    assert len(read_quarantine(path, PLAIN)) == 1


def corrected(images: Dataset, out: list[int], at: list[int], labels: list[int]) -> Dataset:
    excluded_, at_, labels_ = (np.array(each, dtype=np.int64) for each in (out, at, labels))
    return images.corrected(Corrections(excluded_, at_, labels_))


def test_corrections_change_labels_but_not_the_checksums_of_the_images():
    changed = corrected(PLAIN, [0], [1], [1])
    assert changed.train.labels.tolist() == [0, 1, 1, 1]
    assert PLAIN.train.labels.tolist() == [0, 0, 1, 1]
    assert changed.digests() == PLAIN.digests()


def test_corrections_survive_being_written():
    before = corrected(PLAIN, [0], [1], [1]).corrections
    assert before is not None
    after = Corrections.from_dict(json.loads(json.dumps(before.to_dict())))
    assert after.to_dict() == before.to_dict()
    assert after.excluded.dtype == np.int64


def test_cleaning_leaves_out_what_a_person_excluded_and_lists_new_labels():
    cleaning = clean(corrected(PLAIN, [0], [2], [0]))
    assert cleaning.kept.tolist() == [1, 2, 3]
    found = [(each.kind, each.positions.tolist(), each.action) for each in cleaning.findings]
    assert found == [("excluded", [0], "removed"), ("relabelled", [2], "relabelled")]


def test_an_excluded_image_takes_no_copy_of_it_along():
    copies = dataset(IMAGES[[0, 0, 0, 1, 2]], IMAGES[4:], train_labels=[0, 1, 1, 1, 0])
    assert clean(copies).kept.tolist() == [3, 4]  # The labels of the copies contradict each other.
    assert clean(corrected(copies, [0], [], [])).kept.tolist() == [1, 3, 4]


def test_refuses_to_leave_out_a_whole_class():
    with pytest.raises(DataError, match=r"all 2 training images of 'ant' \(2 excluded\)"):
        clean(corrected(PLAIN, [0, 1], [], []))
