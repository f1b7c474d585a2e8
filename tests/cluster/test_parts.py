"""Parts, and what a folder of parts was made with."""

import json

import pytest

from tenfold.cluster.parts import Manifest, count_parts, part_name
from tenfold.core.errors import RunFolderError

MADE = Manifest(("/data/images",), "ab" * 32, 10, 25, "2026-01-01T00:00:00+00:00")
SAME = {"source": MADE.source, "model_sha256": MADE.model_sha256, "part_rows": 10}


@pytest.mark.parametrize(
    ("n_rows", "n_parts"), [(0, 0), (1, 1), (10, 1), (11, 2), (20, 2), (10**9, 10**8)]
)
def test_every_row_is_in_a_part_and_no_part_is_empty(n_rows, n_parts):
    assert count_parts(n_rows, 10) == n_parts


def test_names_of_parts_sort_as_their_numbers_do():
    names = [part_name(number) for number in (0, 9, 10, 99_999)]
    assert names[1] == "part-00009.parquet"
    assert names == sorted(names)


def test_the_parts_whose_files_are_not_there_are_the_work_that_is_left():
    there = [part_name(1), ".part-00002.77.part.parquet", "notes.txt"]
    assert MADE.missing(there) == [0, 2]
    assert MADE.missing(part_name(number) for number in range(3)) == []


def test_a_manifest_is_read_back_as_it_was_written():
    assert Manifest.from_json(MADE.to_json(), "manifest.json") == MADE


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", json.dumps({"format": 2}).encode(), MADE.to_json()[:-40]]
)
def test_refuses_a_manifest_that_is_damaged_or_of_another_version(content):
    with pytest.raises(RunFolderError, match=r"Cannot read out/manifest\.json: "):
        Manifest.from_json(content, "out/manifest.json")


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"source": ("/data/others",)}, "the images /data/images, not /data/others"),
        ({"model_sha256": "cd" * 32}, "the network abababababab, not cdcdcdcdcdcd"),
        ({"part_rows": 11}, "parts of 10 rows, not 11"),
    ],
)
def test_refuses_to_go_on_with_something_else(other, words):
    with pytest.raises(RunFolderError, match=f"out holds predictions of {words}.*choose another"):
        MADE.refuse_other(**{**SAME, **other}, where="out")


@pytest.mark.parametrize("part_rows", [10, None])
def test_goes_on_with_the_same(part_rows):
    MADE.refuse_other(**{**SAME, "part_rows": part_rows}, where="out")
