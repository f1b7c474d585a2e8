import json
from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from tenfold.cli.command import Terminated, command
from tenfold.cli.options import TrialOptions, spelling
from tenfold.cli.screen import Screen
from tenfold.core.errors import TenfoldError, argument, setting


@dataclass(frozen=True)
class Fruit:
    kind: Annotated[str, typer.Option(help="Which.")] = "apple"
    n_pieces: Annotated[int, typer.Option("--pieces", min=1)] = 2


def invoke(function, *arguments, resumable=False):
    app = typer.Typer(rich_markup_mode=None)
    app.command()(command(resumable=resumable)(function))
    return CliRunner().invoke(app, arguments)


def eat(place: str, *, fruit: Fruit, fast: bool = False, screen: Screen) -> None:
    """Eat."""
    screen.say("munch")
    screen.answer({"place": place, "fruit": (fruit.kind, fruit.n_pieces), "fast": fast}, "done")


def test_a_group_of_options_stands_for_its_fields_in_their_place():
    shown = invoke(eat, "--help").stdout
    order = [shown.index(each) for each in ("--kind", "--pieces", "--fast", "--json")]
    assert order == sorted(order)
    assert "--fruit" not in shown
    assert "[default: apple]" in shown


def test_a_group_is_built_again_from_what_was_given():
    done = invoke(eat, "home", "--pieces", "3", "--json")
    assert done.stderr == "munch\n"
    answer = {"place": "home", "fruit": ["apple", 3], "fast": False}
    assert json.loads(done.stdout) == answer


def test_without_json_story_and_answer_share_standard_output():
    assert invoke(eat, "home").stdout == "munch\ndone\n"


STOPS = [
    (KeyboardInterrupt, 130, "interrupted"),
    (Terminated, 143, "terminated"),
    (MemoryError, 1, "there is not enough memory"),
]


@pytest.mark.parametrize(("stop", "code", "message"), STOPS)
@pytest.mark.parametrize("resumable", [False, True])
def test_resuming_is_advised_only_where_it_can_be_done(stop, code, message, resumable):
    def stopped(*, screen: Screen) -> None:
        raise stop

    done = invoke(stopped, resumable=resumable)
    assert done.exit_code == code
    assert done.stderr.startswith(f"tenfold: {message}.")
    assert ("tenfold resume" in done.stderr) == resumable


def test_an_error_that_the_user_can_mend_speaks_of_options():
    def failing(*, screen: Screen) -> None:
        raise TenfoldError(
            f"Choose another {argument('side_px')}, or {setting('widths', '[64, 32]')}."
        )

    done = invoke(failing)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == "tenfold: Choose another --side, or --set 'widths=[64, 32]'.\n"


def test_a_bug_keeps_its_traceback():
    def wrong(*, screen: Screen) -> None:
        raise ZeroDivisionError

    assert isinstance(invoke(wrong).exception, ZeroDivisionError)


@pytest.mark.parametrize(
    ("name", "value", "spelt"),
    [
        ("side_px", None, "--side"),
        ("n_seeds", "3", "--seeds 3"),
        ("budget_s", None, "--budget"),
        ("checkpoint_every_s", None, "--checkpoint-every"),
        ("overrides", None, "--set"),
        ("overrides", "flip=false", "--set flip=false"),
        ("train_size", None, "--train-size"),
        ("trust", "True", "--trust"),
        ("recipe", None, "RECIPE"),
        ("recipes", None, "RECIPE"),
        ("recipe", "strong", "strong"),
        ("data", "digits", "--data digits"),
        ("data", "my pictures", "--data 'my pictures'"),
    ],
)
def test_arguments_are_spelt_so_that_they_can_be_typed(name, value, spelt):
    assert spelling(name, value) == spelt


def test_settings_are_read_as_yaml():
    given = ["epochs=5", "dropout = 0.1", "patience=null", "widths=[64, 32]", "flip=false"]
    assert TrialOptions(train_size=7, settings=given).overrides() == {
        "train_size": 7,
        "epochs": 5,
        "dropout": 0.1,
        "patience": None,
        "widths": [64, 32],
        "flip": False,
    }


def test_balance_is_a_setting_and_what_set_says_counts():
    assert TrialOptions(balance="inverse").overrides() == {"balance": "inverse"}
    both = TrialOptions(balance="inverse", settings=["balance=none"])
    assert both.overrides() == {"balance": "none"}


@pytest.mark.parametrize("value", ["2026-99-99", "[1", "'"])
def test_a_value_that_is_not_yaml_is_taken_as_text(value):
    assert TrialOptions(settings=[f"validation={value}"]).overrides() == {"validation": value}


@pytest.mark.parametrize("given", ["epochs", "=3", " =3"])
def test_refuses_a_setting_without_key_or_value(given):
    with pytest.raises(typer.BadParameter, match="Expected KEY=VALUE"):
        TrialOptions(settings=[given]).overrides()
