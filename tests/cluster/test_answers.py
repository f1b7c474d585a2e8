"""What a finished part holds."""

import os

import numpy as np
from pyarrow.parquet import read_table

from tenfold.cluster.answers import PartAnswers, PartFacts, read_facts
from tenfold.cluster.listing import Row
from tenfold.cluster.place import place_of


def test_an_unreadable_image_is_a_row_with_an_error_among_the_others(tmp_path):
    answers = PartAnswers(("cat", "dog"))
    rows = [Row("a", "a"), Row(os.fsdecode(b"\xff"), ""), Row("c", "c", 7)]
    found = np.array([[0.25, 0.75], [0.5, 0.5]], np.float32)
    answers.add(rows, ["", "damaged", ""], found, [True, False])
    answers.add([Row("d", "d")], ["gone"], np.empty((0, 2), np.float32), [])
    place = place_of(str(tmp_path / "parts" / "part-00000.parquet"))
    facts = PartFacts(2, 2, {"dog": 1, "cat": 1}, "\\xff: damaged")
    assert answers.write(place) == facts == read_facts(place)
    assert read_table(place.path).to_pydict() == {
        "file": ["a", "\\xff", "c", "d"],
        "row": [None, None, 7, None],
        "class": ["dog", None, "cat", None],
        "probability": [0.75, None, 0.5, None],
        "probability_cat": [0.25, None, 0.5, None],
        "probability_dog": [0.75, None, 0.5, None],
        "unfamiliar": [True, None, False, None],
        "error": [None, "damaged", None, "gone"],
    }


def test_a_part_without_a_readable_image_has_the_same_columns(tmp_path):
    answers, other = PartAnswers(("cat", "dog")), PartAnswers(("cat", "dog"))
    none = np.empty((0, 2), np.float32)
    answers.add([Row("a", "a")], ["damaged"], none, [])
    other.add([Row("a", "a")], [""], np.ones((1, 2), np.float32), [None])
    assert answers.table().schema.equals(other.table().schema)
    assert answers.facts() == PartFacts(0, 1, {}, "a: damaged")
