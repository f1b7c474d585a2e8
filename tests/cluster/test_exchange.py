"""Workers exchange arrays over sockets."""

import socket
import threading
from collections.abc import Callable

import numpy as np
import pytest

from tenfold.cluster.exchange import (
    TOKEN_BYTES,
    LostWorkerError,
    Sockets,
    connected_workers,
    listener,
)

TOKEN = b"t" * TOKEN_BYTES
LARGE = 3_000_000
"""More numbers than the system's buffers hold."""


def at_once(*actions: Callable[[], list[list[np.ndarray]]]) -> list[list[list[np.ndarray]]]:
    """The results of actions in threads of their own."""
    found: list[list[list[np.ndarray]]] = [[] for _ in actions]

    def act(number: int, action: Callable[[], list[list[np.ndarray]]]) -> None:
        found[number] = action()

    threads = [threading.Thread(target=act, args=each) for each in enumerate(actions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_three_workers_send_each_other_what_is_theirs():
    listeners = [listener("127.0.0.1") for _ in range(3)]
    addresses = [each.getsockname() for each in listeners]
    stranger = socket.create_connection(addresses[0])
    stranger.sendall(b"x" * (TOKEN_BYTES + 4))

    def work(rank: int) -> list[list[np.ndarray]]:
        sockets = connected_workers(rank, addresses, listeners[rank], TOKEN)
        outgoing = [[np.full(LARGE, 10 * rank + to), np.arange(rank)] for to in range(3)]
        incoming = [[np.zeros(LARGE, int), np.zeros(by, int)] for by in range(3)]
        sockets.swap(outgoing, incoming)
        sockets.close()
        return incoming

    found = at_once(*(lambda rank=rank: work(rank) for rank in range(3)))
    for rank, incoming in enumerate(found):
        for by, (numbers, few) in enumerate(incoming):
            if by != rank:
                assert (numbers == 10 * by + rank).all()
                assert few.tolist() == list(range(by))
    stranger.close()
    for each in listeners:
        each.close()


def test_the_end_of_another_worker_is_noticed():
    own, other = socket.socketpair()
    sockets = Sockets(0, [None, own])
    other.close()
    with pytest.raises(LostWorkerError, match="Another worker has ended"):
        sockets.swap([[], []], [[], [np.zeros(1)]])
    assert sockets.lost
    sockets.close()
