"""The page of a study: its figures are those of study.json, and names are only text."""

from pathlib import Path

import pytest
from tests.made_studies import HOSTILE, made_study, settings
from tests.pages import check_safe, tables, words

from tenfold.measure.study import StudyFit, compare
from tenfold.report.page.study_page import study_page
from tenfold.report.study import study_dict

BEFORE = ("recipe", "seed", "validation_accuracy", "train_accuracy", "epochs")
"""What earlier versions wrote of a fit."""


@pytest.fixture(scope="module")
def found():
    return made_study()


@pytest.fixture(scope="module")
def page(found):
    return study_page(found, settings(), Path("study"), None)


def test_the_figures_of_recipes_are_those_of_study_json(found, page):
    recipes = study_dict(found)["recipes"]
    rows = tables(page)["Figures of each recipe"][1:]
    assert [row[0] for row in rows] == list(recipes)
    for name, mean, interval, sd, train, gap, seconds, parameters in rows:
        score = recipes[name]["validation_accuracy"]
        assert float(mean) == pytest.approx(100 * score["mean"], abs=0.005)
        ends = [100 * end for end in score["interval_95"]]
        assert list(map(float, interval.split(" to "))) == pytest.approx(ends, abs=0.005)
        assert float(sd) == pytest.approx(100 * score["sd"], abs=0.005)
        train_mean = recipes[name]["train_accuracy"]["mean"]
        assert float(train) == pytest.approx(100 * train_mean, abs=0.005)
        assert float(gap) == pytest.approx(10)
        assert (float(seconds), parameters) == (recipes[name]["fit_s"], "1,234")


def test_the_differences_and_answers_are_those_of_study_json(found, page):
    comparisons = study_dict(found)["comparisons"]
    rows = tables(page)["Differences from the first recipe"][1:]
    for (_, mean, interval, _, answer, *_), expected in zip(rows, comparisons, strict=True):
        difference = expected["difference"]
        assert float(mean) == pytest.approx(100 * difference["mean"], abs=0.005)
        ends = [100 * end for end in difference["interval_95"]]
        assert list(map(float, interval.split(" to "))) == pytest.approx(ends, abs=0.005)
        assert answer == expected["answer"]
        assert expected["sentence"] in words(page)
    assert [row[4] for row in rows] == ["better", "can't tell"]
    same_images = tables(page)["The two networks of each seed, on the same validation images"][1:]
    assert [(row[1], row[5], row[6]) for row in same_images[:3]] == [
        ("0", "10", "0"), ("1", "9", "0"), ("2", "12", "0"),
    ]  # fmt: skip


def test_every_fit_has_a_row_and_a_dot(page):
    fits = tables(page)["Figures of each fit"][1:]
    assert fits[0] == ["classic", "0", "60.00", "70.00", "1", "10.0"]
    assert len(fits) == 9
    [scores, differences] = page.split("<svg")[1:]
    assert scores.count('class="mark s1"') == 9
    assert scores.count('class="mark s0"') == scores.count('<path class="whisker s0"') == 3
    assert differences.count('class="mark s1"') == 6
    assert "line guide" in differences


def test_settings_that_differ_are_listed(page):
    assert tables(page)["Settings that differ"] == [
        ["setting", "classic", HOSTILE, "quick"],
        ["epochs", "10", "11", "12"],
        ["network.dropout", "0.0", "0.1", "0.2"],
    ]


def test_says_what_was_compared_on_which_data(page):
    said = words(page)
    assert "Learnt from 200 images of 4 classes, 8 x 8 pixels, from <b>nowhere</b>." in said
    assert "3 recipes, each fitted with 3 seeds on the same splits" in said
    assert "scored on 50 validation images. The test images were not used." in said


def test_hostile_names_are_only_text(page):
    check_safe(page)
    assert HOSTILE in words(page)
    assert "<b>nowhere" not in page


def test_a_single_recipe_with_a_single_seed_has_no_interval():
    one = compare([fit for fit in made_study().results[0].fits if fit.seed == 0])
    asked = {**settings(), "recipes": settings()["recipes"][:1], "data": {}}
    page = study_page(one, asked, Path("study"), None)
    [row] = tables(page)["Figures of each recipe"][1:]
    assert row[1:4] == ["60.00", "-", "-"]
    assert "A single recipe was fitted" in words(page)
    assert "whisker s0" not in page.partition("<body>")[2]


def test_a_study_of_an_earlier_version_has_no_cost_but_all_other_figures():
    earlier = compare([
        StudyFit.from_dict({k: v for k, v in fit.to_dict().items() if k in BEFORE})
        for result in made_study().results
        for fit in result.fits
    ])  # fmt: skip
    asked = {name: value for name, value in settings().items() if name != "data"}
    page = study_page(earlier, asked, Path("study"), None)
    rows = tables(page)["Figures of each recipe"][1:]
    assert [row[1] for row in rows] == ["62.00", "82.67", "62.67"]
    assert {tuple(row[6:]) for row in rows} == {("-", "-")}
    assert "scored on validation images" in words(page)
