"""Pieces of work, streamed through Ray's workers."""

import os
import signal

import pytest

from tenfold.cluster.connect import connected
from tenfold.cluster.stream import MOST_TRIES, stream
from tenfold.core.errors import DataError, TenfoldError

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.filterwarnings("ignore"),  # Ray uses what it calls deprecated itself.
]


class Squares:
    """Squares numbers; 7 is refused, and 13 ends the process."""

    def work(self, number: int) -> str:
        if number == 7:
            raise DataError("Expected another number than 7.")
        if number == 13:
            os.kill(os.getpid(), signal.SIGKILL)
        return str(number * number)


@pytest.fixture(scope="module", autouse=True)
def _ray(two_nodes):
    with connected(two_nodes):
        yield


def test_each_piece_is_done_once():
    found = sorted(stream([n for n in range(300) if n not in (7, 13)], Squares, n_cores=2))
    assert found == [(n, str(n * n)) for n in range(300) if n not in (7, 13)]


def test_the_error_of_a_worker_is_raised_here():
    with pytest.raises(DataError, match="another number than 7"):
        list(stream([6, 7], Squares, n_cores=1))


def test_a_piece_that_ends_its_worker_again_and_again_is_an_error():
    with pytest.raises(
        TenfoldError, match=f"Part 13 ended its worker's process {MOST_TRIES} times"
    ):
        list(stream([12, 13], Squares, n_cores=1))
