"""Looks at test images, in a file that only grows."""

import json
import re
import subprocess
import sys
from importlib.metadata import version

import pytest

from tenfold.runs import looks
from tenfold.runs.files import written_whole
from tenfold.runs.looks import add_look, count_looks, shorten


def test_a_look_is_one_line_that_says_when_which_command_and_which_version(tmp_path):
    add_look(tmp_path / "looks", "run")
    add_look(tmp_path / "looks", "evaluate")
    first, second = map(json.loads, (tmp_path / "looks").read_text().splitlines())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", first.pop("when"))
    assert first == {"command": "run", "version": version("tenfold")}
    assert second["command"] == "evaluate"
    assert count_looks(tmp_path / "looks") == 2


def test_the_looks_at_each_test_set_are_counted_and_damaged_lines_left_out(tmp_path):
    path = tmp_path / "looks"
    assert count_looks(path, "a") == 0
    for test in "aba":
        add_look(path, "run", test)
    with path.open("ab") as file:
        file.write(
            b'{"test": "a", "when": \xff\n[1]\n{"test": "a", "n": 5}\n{"test": "b", "n": "x"}\n'
        )
    assert (count_looks(path, "a"), count_looks(path, "b"), count_looks(path, "c")) == (7, 2, 0)


def test_lines_of_two_processes_do_not_mix(tmp_path):
    path = tmp_path / "looks"
    code = (
        "from pathlib import Path; from tenfold.runs.looks import add_look\n"
        f"for _ in range(500): add_look(Path({str(path)!r}), 'run', 'a' * 500)"
    )
    both = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
    assert [each.wait(timeout=60) for each in both] == [0, 0]
    assert count_looks(path, "a" * 500) == len(path.read_text().splitlines()) == 1000


def test_a_long_file_keeps_the_number_of_looks_of_the_latest_test_sets(tmp_path, monkeypatch):
    path = tmp_path / "looks"
    monkeypatch.setattr(looks, "MOST_TEST_SETS", 2)
    for test in "abacb":
        add_look(path, "run", test)
    shorten(path)
    assert len(path.read_text().splitlines()) == 5  # It is short.
    monkeypatch.setattr(looks, "MOST_BYTES", 100)
    shorten(path)
    assert [count_looks(path, test) for test in "abc"] == [0, 2, 1]
    add_look(path, "run", "b")
    assert count_looks(path, "b") == 3
    assert {each.name for each in tmp_path.iterdir()} == {"looks"}


def test_a_file_that_grows_while_it_is_shortened_is_left_as_it_is(tmp_path, monkeypatch):
    path = tmp_path / "looks"
    add_look(path, "run", "a")
    monkeypatch.setattr(looks, "MOST_BYTES", 10)
    whole = written_whole

    def while_another_adds(given):
        add_look(given, "run", "a")
        return whole(given)

    monkeypatch.setattr(looks, "written_whole", while_another_adds)
    shorten(path)
    assert count_looks(path, "a") == 2
    assert {each.name for each in tmp_path.iterdir()} == {"looks"}


def test_a_file_that_cannot_be_written_is_an_error_of_the_system(tmp_path):
    with pytest.raises(OSError, match="looks"):
        add_look(tmp_path / "nowhere" / "looks", "run")
