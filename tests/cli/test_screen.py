import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tenfold.cli.screen import Screen, complain
from tenfold.core.errors import TenfoldError

NO_ROOM = "Cannot write the answer to standard output: No space left on device"
NO_READER = "Cannot write the answer to standard output: Broken pipe"
CLOSED = "Cannot write the answer to standard output: it is closed"


class Broken(io.StringIO):
    def __init__(self, number):
        super().__init__()
        self.number = number

    def write(self, _):
        raise OSError(self.number, os.strerror(self.number))


@pytest.fixture
def standard(monkeypatch):
    """Puts two streams in the place of standard output and standard error."""

    def put(out, error):
        monkeypatch.setattr("sys.stdout", out)
        monkeypatch.setattr("sys.stderr", error)
        return out, error

    return put


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC])
def test_a_story_that_nobody_can_take_does_not_end_the_run(standard, number, as_json):
    standard(Broken(number), Broken(number))
    Screen(as_json).say("a line")


def test_a_story_without_standard_error_never_lands_in_the_answer(standard):
    out, _ = standard(io.StringIO(), None)
    Screen(as_json=True).say("a line")
    complain("a mistake")
    assert out.getvalue() == ""


def test_the_answer_has_standard_output_to_itself_in_json(standard):
    out, error = standard(io.StringIO(), io.StringIO())
    screen = Screen(as_json=True)
    screen.say("a line")
    screen.answer({"a": 1}, "words")
    assert json.loads(out.getvalue()) == {"a": 1}
    assert error.getvalue() == "a line\n"


def test_without_json_the_story_or_the_words_are_the_answer(standard):
    out, error = standard(io.StringIO(), io.StringIO())
    screen = Screen()
    screen.say("a line")
    screen.answer({"a": 1})
    screen.answer({"a": 1}, "words")
    assert (out.getvalue(), error.getvalue()) == ("a line\nwords\n", "")


@pytest.mark.parametrize(
    ("stream", "message"),
    [(Broken(errno.EPIPE), NO_READER), (Broken(errno.ENOSPC), NO_ROOM), (None, CLOSED)],
)
def test_an_answer_that_cannot_be_written_is_an_error(standard, stream, message):
    standard(stream, io.StringIO())
    with pytest.raises(TenfoldError, match=message):
        Screen().answer({}, "words")


def test_json_is_valid_whatever_the_encoding_of_standard_output(standard):
    held = io.BytesIO()
    standard(io.TextIOWrapper(held, encoding="ascii", errors="backslashreplace"), None)
    Screen(as_json=True).answer({"class": "Käfer"})
    assert json.loads(held.getvalue()) == {"class": "Käfer"}


def tenfold(redirection, *arguments):
    """A real process, with its standard streams redirected by a shell."""
    return subprocess.run(
        ["sh", "-c", f'exec "$0" -m tenfold "$@" {redirection}', sys.executable, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def unread():
    """A pipe with a closed reading end."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


needs_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")


@needs_full
@pytest.mark.parametrize(
    ("arguments", "redirection", "message"),
    [
        (["recipes"], ">/dev/full", NO_ROOM),
        (["recipes", "--json"], ">&-", CLOSED),
        (["doctor"], ">&-", CLOSED),
        (["doctor", "--json"], ">/dev/full", NO_ROOM),
        (["--help"], ">/dev/full", "cannot write to standard output: No space left on device"),
    ],
)
def test_a_lost_answer_is_exit_code_1_and_one_line(arguments, redirection, message):
    done = tenfold(redirection, *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(f"tenfold: {message}")
    assert done.stderr.count("\n") == 1


def through(pipe, *arguments):
    """A real process whose standard output is `pipe`."""
    return subprocess.run(
        [sys.executable, "-m", "tenfold", *arguments],
        stdout=pipe,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )


def test_an_answer_without_reader_is_exit_code_1_and_one_line(unread):
    done = through(unread, "recipes")
    assert done.returncode == 1
    assert done.stderr.startswith(f"tenfold: {NO_READER}")
    assert done.stderr.count("\n") == 1


def test_a_story_without_reader_ends_well(unread):
    done = through(unread, "gather", "--data", "digits")
    assert (done.returncode, done.stderr) == (0, "")


@needs_full
def test_a_story_on_a_full_disk_leaves_the_answer(tmp_path):
    done = tenfold("2>/dev/full", "gather", "--data", "digits", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["source"] == "digits"
