"""The space of a search is typed, and every value in it is one that the recipe takes."""

import pytest

from tenfold.core.errors import TenfoldError
from tenfold.core.space import Choice, Range, space_dict, space_from
from tenfold.recipes import find_recipe
from tenfold.recipes.space import checked, read_space

CLASSIC, STANDARD = find_recipe("classic"), find_recipe("standard")


def test_reads_ranges_and_choices(tmp_path):
    path = tmp_path / "space.yaml"
    path.write_text(
        "learning_rate: {low: 0.003, high: 0.1, log: true}\n"
        "widths: {choose: [[64], [128, 64]]}\n"
        "epochs: {low: 5, high: 20}\n"
    )
    space = read_space(path, CLASSIC)
    assert space == {
        "learning_rate": Range(0.003, 0.1, log=True),
        "widths": Choice(([64], [128, 64])),
        "epochs": Range(5, 20, whole=True),
    }
    assert space_from(space_dict(space)) == space


@pytest.mark.parametrize(
    ("key", "low", "high", "whole"),
    [("epochs", 5, 20, True), ("batch_size", 8, 9, True), ("learning_rate", 1, 2, False),
     ("shift", 0, 0.25, False), ("mixup", 0, 1, False),
     ("cutmix", 0, 1, False)],
)  # fmt: skip
def test_a_range_is_of_whole_numbers_where_the_recipe_takes_no_others(key, low, high, whole):
    assert checked({key: {"low": low, "high": high}}, STANDARD)[key] == Range(
        low, high, False, whole
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"learnin_rate": {"low": 0.1, "high": 1}}, "no setting 'learnin_rate'.*'learning_rate'"),
        ({"input_dropout": {"low": 0.1, "high": 1.5}}, "input_dropout to be less than 1"),
        ({"cutmix": {"low": 0.25, "high": 1.5}}, "cutmix to be 1 or less; received 1.5"),
        ({"epochs": {"low": 0, "high": 5}}, "epochs to be 1 or more; received 0"),
        ({"epochs": {"low": 5.5, "high": 20}}, "epochs to be a whole number; received 5.5"),
        ({"widths": {"choose": [[64], [0]]}}, "widths.* to be 1 or more; received 0"),
        ({"widths": {"low": 1, "high": 5}}, "widths to be a list"),
        ({"learning_rate": {"low": 0.1, "high": 0.1}}, "low below high; received low 0.1"),
        ({"learning_rate": {"low": True, "high": 2}}, "received low True"),
        ({"learning_rate": {"high": 0.1}}, "received low None"),
        ({"input_dropout": {"low": 0, "high": 0.5, "log": True}}, "more than 0, which log"),
        ({"learning_rate": {"low": 1, "high": 2, "log": "yes"}}, "log of learning_rate to be true"),
        ({"learning_rate": {"low": 1, "high": 2, "logs": True}}, "no 'logs'. Did you mean 'log'"),
        ({"widths": {"choose": [[64]]}}, "at least two different values"),
        ({"widths": {"choose": [[64], [64]]}}, "at least two different values"),
        ({"widths": {"choose": [[64], [32]], "low": 1}}, "have no 'low'"),
        ({"widths": [[64], [32]]}, r"Expected the values of widths to be \{low"),
        ({"validation": {"choose": ["10%", "20%"]}}, "scored on the same validation images"),
        ({"name": {"choose": ["a", "b"]}}, "no setting 'name'"),
        ({}, "at least one setting"),
        # The two go well alone, and not together: `adam` has no warm-up.
        ({"optimizer": {"choose": ["muon", "adam"]}, "warm_up": {"low": 0.1, "high": 0.2}},
         "no setting 'warm_up'.*optimizer muon"),
    ],
)  # fmt: skip
def test_refuses_a_space_that_the_recipe_does_not_take(content, words):
    with pytest.raises(TenfoldError, match=words):
        checked(content, CLASSIC)


def test_names_the_file_that_is_wrong_or_missing(tmp_path):
    path = tmp_path / "space.yaml"
    with pytest.raises(TenfoldError, match=r"no file of a space .*space\.yaml\. Write one"):
        read_space(path, CLASSIC)
    path.write_text("epochs: {low: 0, high: 5}\n")
    with pytest.raises(TenfoldError, match=r"In .*space\.yaml: .*epochs to be 1 or more"):
        read_space(path, CLASSIC)
    path.write_text("epochs: {low: 1, high: 5}\nepochs: {low: 2, high: 5}\n")
    with pytest.raises(TenfoldError, match="line 2: 'epochs' is set twice"):
        read_space(path, CLASSIC)
