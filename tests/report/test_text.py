import pytest

from tenfold.report.text import counted, percent, text_table


def test_shares_become_percent():
    assert percent(0.48911) == "48.91 %"
    assert percent(1.0, decimals=0) == "100 %"


@pytest.mark.parametrize(
    ("n", "words"), [(0, "0 classes"), (1, "1 class"), (10_000, "10,000 classes")]
)
def test_nouns_follow_their_number(n, words):
    assert counted(n, "class", "classes") == words


def test_numbers_stand_to_the_right_and_words_to_the_left():
    found = text_table(["class", "n", "note"], [["cat", "1,000", "x"], ["horse", "7", "yes"]])
    assert found.splitlines() == [
        "class      n  note",
        "-----  -----  ----",
        "cat    1,000  x",
        "horse      7  yes",
    ]


def test_a_missing_number_does_not_turn_its_column_into_words():
    assert text_table(["a", "sd"], [["x", "0.25"], ["y", "-"]]).splitlines()[-1] == "y     -"


def test_a_terminals_control_codes_are_not_passed_on():
    assert "\x1b" not in text_table(["name"], [["\x1b[2Jcat\n"]])
