from tenfold.report.text import text_table


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
