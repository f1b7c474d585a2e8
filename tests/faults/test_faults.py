"""A short set of each fault by default; the long set with `make torture`."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def ends_well(script: str, *arguments: str) -> None:
    """Run a script of this folder, show what it found, and hold that it found nothing wrong."""
    command = [sys.executable, "-m", f"tests.faults.{script}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def short_and_long(short: int, long: int) -> pytest.MarkDecorator:
    numbers = [short, pytest.param(long, marks=pytest.mark.torture)]
    return pytest.mark.parametrize("n", numbers)


def test_a_kill_at_every_file_operation_of_a_checkpoint_loses_nothing():
    ends_well("kill_points")


@short_and_long(10, 100)
def test_of_two_processes_exactly_one_owns_a_folder(n):
    ends_well("owners", "--times", str(n))


@pytest.mark.parametrize("kind", ["archives", "images", "pickles", "recipes"])
@short_and_long(300, 10_000)
def test_mutated_files_are_read_or_refused(kind, n):
    ends_well("mutations", "--kind", kind, "--n", str(n))


@pytest.mark.torture
def test_mutated_models_are_read_or_refused():
    ends_well("mutations", "--kind", "models", "--n", "1000")


@pytest.mark.torture
def test_killed_runs_resume_to_the_same_bits():
    ends_well("sigkills", "--kills", "300")


@pytest.mark.torture
def test_a_failing_file_operation_leaves_a_status_and_a_run_that_can_be_resumed():
    ends_well("failing", "--every", "40")


@short_and_long(200, 20_000)
def test_mutated_uploads_are_answered_or_refused(n):
    ends_well("uploads", "--n", str(n))
