import pytest

from tenfold.core.errors import TenfoldError, argument, nearest, setting


@pytest.mark.parametrize(
    ("marked", "python"),
    [
        (argument("out"), "`out`"),
        (argument("data", "digits"), "`data='digits'`"),
        (setting("flip", "false"), "`overrides={'flip': False}`"),
        (setting("learning_rate", "0.003"), "`overrides={'learning_rate': 0.003}`"),
    ],
)
def test_an_argument_is_named_as_python_names_it(marked, python):
    assert str(TenfoldError(f"Choose another {marked}.")) == f"Choose another {python}."


def test_a_caller_may_spell_arguments_as_it_likes():
    error = TenfoldError(f"Leave {argument('archive')} or {argument('data', 'x=y')} out.")
    assert error.spelt(lambda name, value: f"<{name}:{value}>") == (
        "Leave <archive:None> or <data:x=y> out."
    )


def test_names_the_nearest_of_the_choices():
    assert nearest("epohcs", ("epochs", "widths")) == " Did you mean 'epochs'?"
    assert nearest("qqq", ("epochs", "widths")) == ""


def test_an_error_shows_the_names_in_it_safely():
    error = TenfoldError(f"There is no a\x1b[2J\nb. Change {argument('data')}.")
    assert str(error) == r"There is no a\x1b[2J\nb. Change `data`."
