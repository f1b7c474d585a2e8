import pytest

from tenfold.core.html import html_table
from tenfold.core.text import counted, duration, percent, printable


def test_shares_become_percent():
    assert percent(0.48911) == "48.91 %"
    assert percent(1.0, decimals=0) == "100 %"


@pytest.mark.parametrize(
    ("n", "words"), [(0, "0 classes"), (1, "1 class"), (10_000, "10,000 classes")]
)
def test_nouns_follow_their_number(n, words):
    assert counted(n, "class", "classes") == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(44.6, "45 s"), (185, "3 min 05 s"), (7_620, "2 h 07 min"), (-1, "0 s")]
)
def test_a_duration_is_written_in_its_two_largest_units(seconds, words):
    assert duration(seconds) == words


def test_a_table_for_notebooks_escapes_what_it_shows():
    table = html_table(("class", "n"), [("<b>cat</b>", "1")])
    assert "&lt;b&gt;cat&lt;/b&gt;" in table
    assert "<b>" not in table


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", r"a\x1b[2Jb"),
        ("a\r\x07\x7f\x9b", r"a\r\x07\x7f\x9b"),
        ("abc\u202egnp", r"abc\u202egnp"),
        ("a\u2028b\ufeff", r"a\u2028b\ufeff"),
        ("caf\udce9", r"caf\udce9"),
        ("a\nb", r"a\nb"),
    ],
)
def test_what_would_command_a_terminal_is_written_out(text, shown):
    assert printable(text) == shown


@pytest.mark.parametrize(
    "text", ["", "Käfer", "a b", "猫", "שלום", "👩\u200d👧", "क\u200cष", "\\x1b"]
)
def test_letters_of_every_script_and_emoji_stay(text):
    assert printable(text) == text


def test_the_breaks_of_a_texts_own_lines_may_stay():
    assert printable("a\nb\x1b\n", lines=True) == "a\nb\\x1b\n"
