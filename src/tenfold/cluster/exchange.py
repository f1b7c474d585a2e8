"""Carry arrays between the workers of a fit, over plain sockets.

Every worker is connected to every other. Only numbers travel, in a shape that both sides know.
"""

import select
import socket
import struct
from collections.abc import Callable, Sequence

import numpy as np

BUFFER_BYTES = 4_000_000
"""Bytes that the system keeps for each direction of a connection."""
MOST_WAIT_S = 120.0
"""Seconds within which all workers must have connected."""
TOKEN_BYTES = 16


class LostWorkerError(ConnectionError):
    """Another worker has ended or cannot be reached."""


class Sockets:
    """Connections to all other workers.

    Args:
        rank: The number of this worker, from 0.
        peers: The connection to each worker; None for this one.

    Attributes:
        lost: Whether another worker has ended.
    """

    def __init__(self, rank: int, peers: Sequence[socket.socket | None]) -> None:
        self.rank, self.n_workers = rank, len(peers)
        self._peers = tuple(peers)
        self.lost = False
        for peer in filter(None, peers):
            peer.setblocking(False)

    def swap(
        self, outgoing: Sequence[Sequence[np.ndarray]], incoming: Sequence[Sequence[np.ndarray]]
    ) -> None:
        """Send `outgoing[i]` to worker i, and fill `incoming[i]` with what worker i sends.

        Raises:
            LostWorkerError: A worker has ended.
        """
        sending, receiving = self._pending(outgoing), self._pending(incoming)
        try:
            while sending or receiving:
                readable, writable, _ = select.select(list(receiving), list(sending), [])
                for peer in readable:
                    _move(peer, receiving, peer.recv_into)
                for peer in writable:
                    _move(peer, sending, peer.send)
        except LostWorkerError:
            self.lost = True
            raise

    def _pending(
        self, arrays: Sequence[Sequence[np.ndarray]]
    ) -> dict[socket.socket, list[memoryview]]:
        """The bytes of arrays for each connection, last array first."""
        found = {}
        for peer, each in zip(self._peers, arrays, strict=True):
            parts = [_bytes(array) for array in reversed(each) if array.size]
            if peer is not None and parts:
                found[peer] = parts
        return found

    def close(self) -> None:
        """End all connections."""
        for peer in filter(None, self._peers):
            peer.close()


def _bytes(array: np.ndarray) -> memoryview:
    return array.reshape(-1).view(np.uint8).data


def _move(
    peer: socket.socket,
    pending: dict[socket.socket, list[memoryview]],
    move: Callable[[memoryview], int],
) -> None:
    """Send or receive as much as the connection takes now."""
    parts = pending[peer]
    try:
        n_moved = move(parts[-1])
    except (BlockingIOError, InterruptedError):
        return
    except OSError as error:
        raise LostWorkerError("Another worker has ended.") from error
    if not n_moved:
        raise LostWorkerError("Another worker has ended.")
    if n_moved < len(parts[-1]):
        parts[-1] = parts[-1][n_moved:]
        return
    parts.pop()
    if not parts:
        del pending[peer]


def listener(host: str) -> socket.socket:
    """Wait for other workers at a free port of `host`."""
    return socket.create_server((host, 0))


def connected_workers(
    rank: int, addresses: Sequence[tuple[str, int]], own: socket.socket, token: bytes
) -> Sockets:
    """Connect all workers with each other; every worker calls this.

    Args:
        rank: The number of this worker.
        addresses: Host and port of the listener of each worker.
        own: The listener of this worker.
        token: `TOKEN_BYTES` that the workers of this fit know, and nobody else.

    Raises:
        LostWorkerError: Another worker cannot be reached.
    """
    peers: list[socket.socket | None] = [None] * len(addresses)
    hello = token + struct.pack("!I", rank)
    try:
        for number, address in enumerate(addresses[:rank]):
            peers[number] = peer = socket.create_connection(address, timeout=MOST_WAIT_S)
            peer.sendall(hello)
        own.settimeout(MOST_WAIT_S)
        while any(peer is None for number, peer in enumerate(peers) if number > rank):
            peer, _ = own.accept()
            peer.settimeout(MOST_WAIT_S)
            said = peer.recv(len(hello), socket.MSG_WAITALL)
            if said[:TOKEN_BYTES] != token:  # A stranger.
                peer.close()
                continue
            peers[struct.unpack("!I", said[TOKEN_BYTES:])[0]] = peer
    except OSError as error:
        raise LostWorkerError(f"Another worker cannot be reached: {error}.") from error
    for peer in filter(None, peers):
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for size in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            peer.setsockopt(socket.SOL_SOCKET, size, BUFFER_BYTES)
    return Sockets(rank, peers)
