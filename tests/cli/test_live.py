import io
import re

import pytest
import typer

from tenfold.cli import live
from tenfold.cli.command import command
from tenfold.cli.screen import Screen, _SafeStream
from tenfold.core import progress
from tenfold.core.networks import ClassicNetwork
from tenfold.core.optimizers import AdamSettings
from tenfold.core.recipe import Recipe
from tenfold.experiment.epochs import EpochLines

RECIPE = Recipe(
    name="tiny",
    summary="for tests",
    network=ClassicNetwork(widths=(4,)),
    batch_size=10,
    epochs=3,
    optimizer=AdamSettings(learning_rate=0.01),
)
EPOCH = re.compile(r"epoch \d/3  loss .* validation .* left")


class Terminal(io.StringIO):
    """A terminal 79 columns wide, which obeys the one command that Tenfold gives."""

    def isatty(self):
        return True

    @property
    def pictures(self):
        """Each line that was the last one for a while."""
        return re.findall(r"\r\x1b\[K([^\r\n\x1b]+)(?=\r)", self.getvalue())

    @property
    def lines(self):
        """The text that can be read at the end."""
        return [line.split("\r\x1b[K")[-1] for line in self.getvalue().split("\n")]


@pytest.fixture(autouse=True)
def _surroundings(monkeypatch):
    monkeypatch.setattr(live, "EVERY_S", 0.0)
    for name, value in {"TERM": "xterm", "COLUMNS": "80", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def begin(monkeypatch):
    """Puts a terminal in the place of standard output; pytest does so itself until the test."""

    def put():
        stream = Terminal()
        monkeypatch.setattr("sys.stdout", stream)
        return stream

    return put


def shown(screen):
    """Its live line."""
    found = progress.live(screen.say)
    assert found is not None
    return found


def fit_three_epochs(screen, train, validation, monkeypatch):
    from tenfold.learn.callbacks import progress as callbacks
    from tenfold.learn.recipe import fit_recipe

    monkeypatch.setattr(callbacks, "EVERY_S", 0.0)
    screen.say("Fit tiny")
    listen = EpochLines(3, screen.say)
    fit_recipe(RECIPE, train, validation, seed=0, listen=listen, say=screen.say)
    screen.close()


def test_a_fit_shows_its_steps_and_leaves_whole_lines(begin, train, validation, monkeypatch):
    terminal = begin()
    fit_three_epochs(Screen(), train, validation, monkeypatch)
    first, *epochs, last = terminal.lines
    assert (first, last) == ("Fit tiny", "")
    assert len(epochs) == 3
    assert all(EPOCH.fullmatch(line) for line in epochs)
    pictures = terminal.pictures
    assert pictures[0].startswith("preparing the first step")
    n_steps = len(train) // 10
    assert any(f"epoch 1/3  step {n_steps}/{n_steps}  loss" in line for line in pictures)
    assert any("epoch 3/3" in line and "validation" in line for line in pictures)
    assert max(map(len, pictures)) <= 79


def test_a_story_that_goes_no_terminal_has_nothing_but_its_lines(train, validation, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stdout", stream)
    fit_three_epochs(Screen(), train, validation, monkeypatch)
    first, *epochs, last = stream.getvalue().split("\n")
    assert (first, last) == ("Fit tiny", "")
    assert len(epochs) == 3
    assert all(EPOCH.fullmatch(line) for line in epochs)


@pytest.mark.parametrize("term", ["dumb", ""])
def test_a_terminal_that_cannot_write_over_a_line_gets_lines_only(begin, monkeypatch, term):
    terminal = begin()
    monkeypatch.setenv("TERM", term)
    EpochLines(3, Screen().say).step(1, 1, 2, 0.5)
    assert terminal.getvalue() == ""


def test_json_has_no_live_line(begin, monkeypatch):
    terminal = begin()
    monkeypatch.setattr("sys.stderr", Terminal())
    EpochLines(3, Screen(as_json=True).say).step(1, 1, 2, 0.5)
    assert terminal.getvalue() == ""


def test_the_bar_is_as_long_as_what_is_done(begin):
    terminal = begin()
    screen = Screen()
    shown(screen).show("read 1 of 4 files", 1, 4)
    screen.close()
    assert terminal.pictures == [f"{'━' * 5}{' ' * 16}read 1 of 4 files"]
    assert terminal.lines == [""]


def test_a_second_picture_waits_for_its_time(begin, monkeypatch):
    terminal = begin()
    monkeypatch.setattr(live, "EVERY_S", 3600.0)
    screen = Screen()
    for n in range(9):
        shown(screen).show(f"read {n} files")
    screen.close()
    assert [line.rstrip() for line in terminal.pictures] == ["read 0 files"]


def test_an_answer_begins_on_a_line_of_its_own(begin):
    terminal = begin()
    screen = Screen()
    shown(screen).show("predicting")
    screen.answer({}, "the answer")
    assert terminal.lines == ["the answer", ""]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, ValueError])
def test_an_error_finds_the_live_line_gone(begin, monkeypatch, error):
    terminal = begin()
    monkeypatch.setattr("sys.stderr", terminal)

    @command()
    def broken(*, screen: Screen) -> None:
        shown(screen).show("reading")
        raise error

    with pytest.raises(ValueError if error is ValueError else typer.Exit):
        broken(as_json=False)
    assert len(terminal.pictures) == 1
    assert not any("reading" in line for line in terminal.lines)


def test_a_terminal_that_is_gone_ends_no_run(monkeypatch):
    class Gone(Terminal):
        def write(self, _):
            raise BrokenPipeError

    monkeypatch.setattr("sys.stdout", Gone())
    screen = Screen()
    shown(screen).show("reading")
    screen.say("a line")
    screen.close()


class Bytes(io.BytesIO):
    def isatty(self):
        return True


def test_names_command_nothing_and_plain_terminals_get_plain_characters(monkeypatch):
    sink = Bytes()
    stream = _SafeStream.around(io.TextIOWrapper(sink, encoding="ascii"))
    monkeypatch.setattr("sys.stdout", stream)
    screen = Screen()
    shown(screen).show("K\xe4fer\x1b[2J", 1, 2)
    screen.say("done")
    written = sink.getvalue()
    assert re.fullmatch(rb"\r\x1b\[K-{10} +K\\xe4fer\\x1b\[2J *\r\x1b\[Kdone\r?\n", written)
