"""The page and the text of a search: figures are those of tune.json, and names are only text."""

from pathlib import Path

import pytest
from tests.made_searches import HOSTILE, made_search, settings
from tests.pages import check_safe, tables, words

from tenfold.measure.tuning import luck_of
from tenfold.report.page.tune_page import tune_page
from tenfold.report.tune import luck_sentences, tuning_text


@pytest.fixture(scope="module")
def page():
    return tune_page(made_search(), settings(), Path("search"))


def test_every_trial_has_its_row(page):
    head, *rows = tables(page)["Every trial"]
    assert head == ["trial", "learning_rate", "widths", "end", "validation, %", "epochs", "seconds"]
    assert rows[0] == ["1", "0.01", "[8]", "finished", "80.00", "9", "4.0"]
    assert rows[1] == ["2", "0.02", "[16, 8]", "stopped", "30.00", "1", "0.5"]
    assert rows[2][3] == "the winner"
    assert rows[3][3:5] == [f"failed: It diverged {HOSTILE}.", "-"]
    assert rows[4][4] == "50.00"  # At its last rung.


def test_the_page_says_how_much_is_luck_and_which_settings_matter(page):
    text = words(page)
    assert "the lead is +6.00 points (95 % interval +3.52 to +8.48)" in text
    assert "So 4.00 points of the lead were luck." in text
    assert "learning_rate 75 %, widths 25 %" in text
    assert "5 trials in 1 min 05 s, 2 of them stopped after epoch 1 or 3, 1 failed." in text
    assert tables(page)["The values that were tried"][1:] == [
        ["learning_rate", "0.001 to 0.1, by equal ratios"], ["widths", "one of [8], [16, 8]"],
    ]  # fmt: skip


def test_the_page_is_safe(page):
    check_safe(page)
    assert HOSTILE not in page


@pytest.mark.parametrize(
    ("luck", "sentence"),
    [
        (None, "not fitted again with fresh seeds"),
        (luck_of(0.9, 0.9, [0.9, 0.9], [0.9, 0.8]), "found nothing better than the recipe"),
        (luck_of(0.9, 0.8, [0.7, 0.7], [0.8, 0.7]), "All of the lead was luck"),
        (luck_of(0.9, 0.8, [0.9, 0.83], [0.8, 0.8]), "3.50 points of the lead were luck. So few"),
        (luck_of(0.9, 0.8, [0.95, 0.94], [0.8, 0.8]), "no luck shows in it"),
    ],
)
def test_the_words_fit_the_figures(luck, sentence):
    found = made_search(again=False)
    told = " ".join(luck_sentences(type(found)(**{**vars(found), "luck": luck})))
    assert sentence in told


def test_the_text_lists_the_trials_that_ended_best_first():
    rows = tuning_text(made_search()).splitlines()[2:4]
    assert [row.split()[:2] for row in rows] == [["3", "90.00"], ["1", "80.00"]]
